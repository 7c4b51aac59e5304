/** Reads a record with a pattern: each named group is the text of a column. */
import type { RecordMatcher } from '../../regex/record-matcher.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { type RowReader, withoutCr } from '../scan/record-decoder.ts'
import { hasBytesAt } from '../scan/word.ts'
import { Utf8Text } from './utf8-text.ts'

/** Reads one record of a batch at a time. */
export class RegexReader implements RowReader {
  troubleAt = 0
  trouble = ''
  readonly #matcher: RecordMatcher
  /** In the order of the groups. */
  readonly #columns: readonly ParsedColumn[]
  /** A text that means NULL. */
  readonly #null: Uint8Array | undefined
  readonly #places: Int32Array
  readonly #text = new Utf8Text()
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(matcher: RecordMatcher, columns: readonly ParsedColumn[], nullText: Uint8Array | undefined) {
    this.#matcher = matcher
    this.#columns = columns
    this.#null = nullText
    this.#places = new Int32Array(2 * columns.length)
  }

  begin(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#text.begin(bytes)
  }

  record(from: number, end: number, row: number): boolean {
    const places = this.#places
    const found = this.#matcher.match(this.#text.text(from, withoutCr(this.#bytes, from, end)), places)
    if (found !== true) return this.#reject(from, found === false ? 'the pattern does not match' : found)
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i] as ParsedColumn
      const start = places[2 * i] as number
      if (start < 0) continue
      const first = this.#text.byteOf(start)
      const last = this.#text.byteOf(places[2 * i + 1] as number)
      if (this.#isNull(column, first, last)) continue
      if (!column.put(this.#bytes, first, last, row)) {
        return this.#reject(first, column.complaint(this.#bytes, first, last))
      }
    }
    return true
  }

  /** Whether a text is NULL: an empty one is, except in a STRING. */
  #isNull(column: ParsedColumn, from: number, end: number): boolean {
    if (from === end && column.type.kind !== 'STRING') return true
    const text = this.#null
    return text !== undefined && text.length === end - from && hasBytesAt(this.#bytes, from, text)
  }

  #reject(at: number, trouble: string): false {
    this.troubleAt = at
    this.trouble = trouble
    return false
  }
}
