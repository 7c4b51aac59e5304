/** The text of a record of containers: the parts of its lines behind each other, and a line end between whole lines. */
import type { ParsedColumn } from '../scan/parsed-column.ts'
import type { TextScratch } from '../scan/text-scratch.ts'

const LF = 10

/** Gathers the text of one record at a time. Parts are ranges into the bytes of the scratch. */
export class Message {
  readonly #scratch: TextScratch
  #ranges: number[] = []
  #length = 0
  /** Whether the last part ended a line. */
  isWhole = true

  constructor(scratch: TextScratch) {
    this.#scratch = scratch
  }

  begin(): void {
    if (this.#ranges.length > 2) this.#ranges = []
    else this.#ranges.length = 0
    this.#length = 0
    this.isWhole = true
  }

  /** Adds a part, which may end its line. A part behind a whole line begins the next. */
  add(from: number, end: number, isWhole: boolean): void {
    this.#ranges.push(from, end)
    this.#length += end - from + 1
    // A line end is put behind a whole line as a part of its own, without a place.
    if (isWhole) this.#ranges.push(-1, -1)
    this.isWhole = isWhole
  }

  /** Puts the text, without a line end at its end. */
  put(column: ParsedColumn, row: number): void {
    const ranges = this.#ranges
    if (ranges.length <= 4) {
      column.putRange(ranges[0] as number, ranges[1] as number, row)
      return
    }
    const scratch = this.#scratch
    scratch.reserve(this.#length)
    const { bytes } = scratch
    const start = scratch.end
    let to = start
    for (let i = 0; i < ranges.length - 2; i += 2) {
      const from = ranges[i] as number
      const end = ranges[i + 1] as number
      if (from < 0) bytes[to++] = LF
      else {
        bytes.copyWithin(to, from, end)
        to += end - from
      }
    }
    scratch.end = to
    column.putRange(start, to, row)
  }
}
