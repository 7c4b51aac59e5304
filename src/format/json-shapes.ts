/**
 * The shapes that records have had lately, a few: one program may write several kinds of records, or leave members out. The
 * shape that followed the last one before is tried first, then the others.
 *
 * What a shape has put before a record leaves it is put again by who reads the record in the end: up to there the bytes
 * are members of the same names.
 */
import type { JsonShape } from './json-shape.ts'
import type { TextScratch } from './text-scratch.ts'

const MOST_SHAPES = 8
/** So many rows of no known shape there are between two looks at what has helped. */
const PATIENCE = 16

type Known = {
  readonly shape: JsonShape
  /** Whether a row had it since the last look. */
  helped: boolean
  /** What the row after the last one of this shape had. */
  next: Known | undefined
}

export class JsonShapes {
  readonly #scratch: TextScratch
  #known: Known[] = []
  #last: Known | undefined
  /** Rows of no known shape until the next look; the first shapes are taken as they come. */
  #patience = 1
  #looks = 0

  constructor(scratch: TextScratch) {
    this.#scratch = scratch
  }

  /** Reads the record [from, end) by its shape; false where it has none of these. */
  read(from: number, end: number, row: number): boolean {
    const expected = this.#last?.next
    const texts = this.#scratch.end
    if (expected?.shape.read(from, end, row) === true) {
      expected.helped = true
      this.#last = expected
      return true
    }
    for (const known of this.#known) {
      this.#scratch.end = texts // What the one before has unescaped is wanted by nobody.
      if (known === expected || !known.shape.read(from, end, row)) continue
      this.#follow(known)
      return true
    }
    this.#scratch.end = texts
    return false
  }

  /** After a row that had none of the shapes: whether its own is wanted. */
  wantsMore(): boolean {
    this.#patience--
    return this.#patience <= 0
  }

  /** Takes the shape of a row, if it has one, and gives up those that have not helped. */
  add(shape: JsonShape | undefined): void {
    this.#looks++
    this.#patience = this.#looks < MOST_SHAPES ? 1 : PATIENCE
    if (this.#looks > MOST_SHAPES) this.#known = this.#known.filter(({ helped }) => helped)
    for (const known of this.#known) known.helped = false
    if (shape === undefined || this.#known.length === MOST_SHAPES) return
    const known: Known = { shape, helped: true, next: undefined }
    this.#known.push(known)
    this.#follow(known)
  }

  #follow(known: Known): void {
    known.helped = true
    known.next ??= known
    if (this.#last !== undefined) this.#last.next = known
    this.#last = known
  }
}
