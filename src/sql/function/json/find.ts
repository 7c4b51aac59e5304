/**
 * Finds what a path leads to. A path of names and single indexes is followed in one pass over the bytes: the text is checked
 * while it is searched, and nothing is made of what the path passes by. Other paths are followed in a text that was checked
 * before (`select.ts`).
 */
import { toBytes } from '../text/bytes.ts'
import type { JsonTextPath, PathStep } from './path.ts'
import { type Selected, select } from './select.ts'
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, JsonText, LOWER_N, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './text.ts'

/** What a text has at the path: a value; nothing, or `null`; or the search failed, for `JsonSearch.reason`. */
export type SearchOutcome = 'found' | 'empty' | 'error'

type PlainStep =
  | { readonly name: string; readonly bytes: Uint8Array; readonly index?: undefined }
  | { readonly name?: undefined; readonly bytes?: undefined; readonly index: number }

/** The search for one path, in one text after another. */
export class JsonSearch {
  readonly path: JsonTextPath
  readonly text: JsonText = new JsonText()
  /** Whether the path is one of names and single indexes: then what is found is the range [start, end). */
  readonly isPlain: boolean
  start = 0
  end = 0
  /** Whether that is a string with escapes. */
  isEscaped = false
  /** What any other path has found: one value of a definite path, else all that there are. */
  found: readonly Selected[] = []
  readonly #steps: readonly PlainStep[]
  #isFound = false
  #valueEnd = 0
  /** Where the text of the row begins, and whether it is no JSON. */
  #from = 0
  #isBroken = false

  constructor(path: JsonTextPath) {
    this.path = path
    const plain = path.steps.map(plainStep)
    this.#steps = plain.filter((step) => step !== undefined)
    this.isPlain = this.#steps.length === plain.length
  }

  /** Searches the text [from, end) of the column that `text` was opened with. */
  find(from: number, end: number): SearchOutcome {
    const { path, text } = this
    const isLax = path.mode === 'lax'
    this.#from = from
    this.#isFound = false
    this.found = []
    const root = text.begin(from, end)
    const isPlain = this.isPlain && path.problem === undefined
    this.end = text.rootEnd(root, isPlain ? this.#walk(root, 0) : text.scan.skip(root))
    this.#isBroken = this.end < 0
    if (this.#isBroken) return isLax ? 'empty' : 'error'
    if (path.problem !== undefined || text.scan.bytes[root] === LOWER_N) return 'error'
    if (!isPlain) return this.#select(root)
    if (!this.#isFound) return isLax ? 'empty' : 'error'
    this.end = this.#valueEnd
    return text.scan.bytes[this.start] === LOWER_N ? 'empty' : 'found'
  }

  /** Why the last search failed. */
  reason(): string {
    const { path, text } = this
    if (this.#isBroken) return text.trouble(this.#from)
    return path.problem === undefined ? `there is nothing at ${path.text}` : `the path is none: ${path.problem}`
  }

  /** Whether the value found is neither an object nor an array. */
  isScalar(): boolean {
    const first = this.text.scan.bytes[this.start]
    return this.isPlain && first !== OPEN_OBJECT && first !== OPEN_ARRAY
  }

  #select(root: number): SearchOutcome {
    const { path, text } = this
    const found = select(path, text, root)
    if (found === undefined) return 'error'
    this.found = found
    if (!path.isDefinite || found.length > 0) return 'found'
    return path.mode === 'lax' ? 'empty' : 'error'
  }

  /** Follows the path from step `depth` on in the value at `from`; returns the position behind the value, or -1. */
  #walk(from: number, depth: number): number {
    const { scan } = this.text
    const step = this.#steps[depth]
    if (step === undefined) {
      this.#isFound = true
      this.start = from
      this.#valueEnd = scan.skip(from)
      this.isEscaped = scan.isEscaped
      return this.#valueEnd
    }
    const first = from < scan.end ? scan.bytes[from] : 0
    if (first === OPEN_OBJECT && step.index === undefined) return this.#object(from, depth, step)
    if (first === OPEN_ARRAY && step.index !== undefined) return this.#array(from, depth, step.index)
    return scan.skip(from)
  }

  #object(from: number, depth: number, step: PlainStep & { readonly name: string }): number {
    const { scan } = this.text
    const { bytes, end } = scan
    let at = scan.blanks(from + 1)
    if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1
    for (;;) {
      if (at >= end || bytes[at] !== QUOTE) return scan.fail(at, 'expected the name of a member')
      const nameEnd = scan.string(at + 1)
      if (nameEnd < 0) return -1
      const isMeant = this.#isNamed(at + 1, nameEnd - 1, step)
      at = scan.colon(nameEnd)
      if (at < 0) return -1
      if (isMeant) {
        // Of members with one name the last counts.
        this.#isFound = false
        at = this.#walk(at, depth + 1)
      } else at = scan.skip(at)
      if (at < 0) return -1
      at = scan.blanks(at)
      const next = at < end ? bytes[at] : 0
      if (next === CLOSE_OBJECT) return at + 1
      if (next !== COMMA) return scan.fail(at, 'expected , or }')
      at = scan.blanks(at + 1)
    }
  }

  /** Whether the name [from, end), which was read last, is that of the step. */
  #isNamed(from: number, end: number, { name, bytes }: PlainStep & { readonly name: string }): boolean {
    if (this.text.scan.isEscaped) return this.text.string(from, end) === name
    if (bytes.length !== end - from) return false
    const of = this.text.scan.bytes
    for (let index = 0; index < bytes.length; index++) if (of[from + index] !== bytes[index]) return false
    return true
  }

  #array(from: number, depth: number, index: number): number {
    const { text } = this
    const { scan } = text
    const { bytes, end } = scan
    if (index < 0) {
      const arrayEnd = scan.skip(from)
      const element = arrayEnd < 0 ? undefined : text.elements(from).at(index)
      if (element !== undefined) this.#walk(element, depth + 1)
      return arrayEnd
    }
    let at = scan.blanks(from + 1)
    if (at < end && bytes[at] === CLOSE_ARRAY) return at + 1
    for (let left = index; ; left--) {
      at = left === 0 ? this.#walk(at, depth + 1) : scan.skip(at)
      if (at < 0) return -1
      at = scan.blanks(at)
      const next = at < end ? bytes[at] : 0
      if (next === CLOSE_ARRAY) return at + 1
      if (next !== COMMA) return scan.fail(at, 'expected , or ]')
      at = scan.blanks(at + 1)
    }
  }
}

function plainStep(step: PathStep): PlainStep | undefined {
  if (step.kind === 'names' && step.names.length === 1) {
    const name = step.names[0] ?? ''
    return { name, bytes: toBytes(name) }
  }
  return step.kind === 'indexes' && step.indexes.length === 1 ? { index: step.indexes[0] ?? 0 } : undefined
}
