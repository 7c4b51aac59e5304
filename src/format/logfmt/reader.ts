/** Reads lines of logfmt into columns, each of which is the value of a key. Of two values of one key the last counts. */
import { Buffer } from 'node:buffer'
import { unescapeJson } from '../json/unescape.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { type RowReader, withoutCr } from '../scan/record-decoder.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { hasBytesAt, plainBytes } from '../scan/word.ts'
import { LogfmtScan } from './scan.ts'

/** What go-kit writes for a value that is not there; the text "null" has quotes. */
const NULL = plainBytes(Buffer.from('null'))
/** What a key alone means. */
const TRUE = plainBytes(Buffer.from('true'))

/** Reads one line of a batch at a time. */
export class LogfmtReader implements RowReader {
  troubleAt = 0
  trouble = ''
  readonly #columns: readonly ParsedColumn[]
  /** The key of each column. */
  readonly #keys: readonly Uint8Array[]
  readonly #scratch: TextScratch
  readonly #scan = new LogfmtScan()

  constructor(columns: readonly ParsedColumn[], keys: readonly string[], scratch: TextScratch) {
    this.#columns = columns
    this.#keys = keys.map((key) => plainBytes(Buffer.from(key)))
    this.#scratch = scratch
  }

  begin(bytes: Uint8Array): void {
    this.#scan.bytes = bytes
  }

  record(from: number, end: number, row: number): boolean {
    const scan = this.#scan
    scan.begin(from, withoutCr(scan.bytes, from, end))
    let hasPair = false
    // Most lines have their keys in the same order.
    let next = 0
    while (scan.next()) {
      hasPair ||= scan.hasValue
      const found = this.#find(next)
      if (found < 0) continue
      next = found + 1
      if (!this.#put(this.#columns[found] as ParsedColumn, row)) return false
    }
    if (scan.trouble !== '') return this.#reject(scan.troubleAt, scan.trouble)
    return hasPair || this.#reject(from, 'expected a pair, as level=info')
  }

  /** The column of the key that was read, looked for from `first` on; -1 for none. */
  #find(first: number): number {
    const { bytes, keyStart, keyEnd } = this.#scan
    const keys = this.#keys
    for (let i = 0; i < keys.length; i++) {
      const index = first + i < keys.length ? first + i : first + i - keys.length
      const key = keys[index] as Uint8Array
      if (key.length === keyEnd - keyStart && hasBytesAt(bytes, keyStart, key)) return index
    }
    return -1
  }

  #put(column: ParsedColumn, row: number): boolean {
    const { bytes, start, end, hasValue, isQuoted, isEscaped } = this.#scan
    if (!hasValue) return column.type.kind === 'STRING' ? this.#putTrue(column, row) : this.#putText(column, TRUE, row)
    const isText = column.type.kind === 'STRING'
    if (!isText && start === end) column.putNull(row)
    else if (!isQuoted && end - start === NULL.length && hasBytesAt(bytes, start, NULL)) column.putNull(row)
    else if (isEscaped && (column.isWanted || !isText)) {
      const from = unescapeJson(this.#scratch, bytes, start, end)
      if (isText) column.putRange(from, this.#scratch.end, row)
      else if (!column.put(this.#scratch.bytes, from, this.#scratch.end, row)) return this.#refuse(column)
    } else if (!column.put(bytes, start, end, row)) return this.#refuse(column)
    return true
  }

  /** Puts the text `true` into the scratch. */
  #putTrue(column: ParsedColumn, row: number): boolean {
    const scratch = this.#scratch
    scratch.reserve(TRUE.length)
    scratch.bytes.set(TRUE, scratch.end)
    column.putRange(scratch.end, scratch.end + TRUE.length, row)
    scratch.end += TRUE.length
    return true
  }

  #putText(column: ParsedColumn, text: Uint8Array, row: number): boolean {
    if (column.put(text, 0, text.length, row)) return true
    return this.#reject(this.#scan.keyStart, column.complaint(text, 0, text.length))
  }

  #refuse(column: ParsedColumn): false {
    const { bytes, start, end } = this.#scan
    return this.#reject(start, column.complaint(bytes, start, end))
  }

  #reject(at: number, trouble: string): false {
    this.troubleAt = at
    this.trouble = trouble
    return false
  }
}
