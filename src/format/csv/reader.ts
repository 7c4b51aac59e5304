/**
 * Reads CSV records (RFC 4180) into columns by their place. `span.ts` has put the lines of a record together.
 *
 * A field that begins with a quote goes to the quote that closes it, `""` in it is one quote, and delimiters in it are
 * text. In any other field a quote is an ordinary character, but a field that ends with an unpaired quote is refused: it
 * may be the end of a quoted field that began in an earlier line, and then the fields before it are no fields. All fields
 * of a record are read and checked, wanted or not: whether it is a row does not depend on the query.
 */
import { Buffer } from 'node:buffer'
import { viewOf } from '../../record/bytes.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { byteIn, firstHit, hasBytesAt } from '../scan/word.ts'

const CR = 13
const QUOTE = 34

/** Why a line is no record whose last field does not end in it. */
export const OPEN_QUOTE = 'a quote begins this field, and none ends it'

export type CsvShape = {
  readonly delimiter: number
  /** The fewest fields of a record; columns beyond its fields are NULL. */
  readonly fewest: number
  /** An unquoted field with this text is NULL in a column of any type. */
  readonly nullText: Uint8Array | undefined
}

/** Reads one record of a batch at a time. */
export class CsvReader {
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(this.#bytes.buffer)
  troubleAt = 0
  trouble = ''
  readonly #columns: readonly ParsedColumn[]
  readonly #shape: CsvShape
  readonly #pattern: number
  readonly #scratch: TextScratch

  constructor(columns: readonly ParsedColumn[], shape: CsvShape, scratch: TextScratch) {
    this.#columns = columns
    this.#shape = shape
    this.#pattern = shape.delimiter * 0x01010101
    this.#scratch = scratch
  }

  /** Begins a batch; `bytes` are those of its records. */
  begin(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
  }

  /** Reads the record [from, to) as a row. False where it is no row: `trouble` and `troubleAt` say why and where. */
  record(from: number, to: number, row: number): boolean {
    const bytes = this.#bytes
    const { delimiter, fewest } = this.#shape
    const columns = this.#columns
    const end = to > from && bytes[to - 1] === CR ? to - 1 : to
    let at = from
    let fields = 0
    for (;;) {
      if (fields === columns.length) return this.#tooMany(at, end)
      const column = columns[fields++] as ParsedColumn
      if (at < end && bytes[at] === QUOTE) {
        at = this.#quoted(column, at + 1, end, row)
        if (at < 0) return false
      } else {
        const stop = this.#delimiterFrom(at, end)
        if (isUnpaired(bytes, at, stop)) return this.#fail(stop - 1, 'a quote ends this field, and none begins it') > 0
        if (!this.#put(column, at, stop, row)) return this.#fail(at, column.complaint(bytes, at, stop)) > 0
        at = stop
      }
      if (at >= end) break
      if (bytes[at] !== delimiter) return this.#fail(at, 'expected a delimiter or the end behind the closing quote') > 0
      at++
    }
    if (fields < fewest) {
      return this.#fail(end, from === end ? 'the line is empty' : `expected ${fewest} fields, found ${fields}`) > 0
    }
    for (let i = fields; i < columns.length; i++) (columns[i] as ParsedColumn).putNull(row)
    return true
  }

  #delimiterFrom(from: number, end: number): number {
    const bytes = this.#bytes
    const view = this.#view
    const { delimiter } = this.#shape
    let at = from
    for (; at + 4 <= end; at += 4) {
      const hit = byteIn(view.getInt32(at, true), this.#pattern)
      if (hit !== 0) return at + firstHit(hit)
    }
    while (at < end && bytes[at] !== delimiter) at++
    return at
  }

  /** Puts an unquoted field. An empty one is an empty STRING, and NULL in all other types. */
  #put(column: ParsedColumn, from: number, end: number, row: number): boolean {
    const { nullText } = this.#shape
    const isEmpty = from === end && column.type.kind !== 'STRING'
    if (isEmpty || (nullText?.length === end - from && hasBytesAt(this.#bytes, from, nullText))) {
      column.putNull(row)
      return true
    }
    return column.put(this.#bytes, from, end, row)
  }

  /** Puts the field whose opening quote is before `from`. Returns the position after the closing quote, or -1. */
  #quoted(column: ParsedColumn, from: number, end: number, row: number): number {
    const bytes = this.#bytes
    let doubled = 0
    let at = from
    for (; at < end; at++) {
      if (bytes[at] !== QUOTE) continue
      if (at + 1 >= end || bytes[at + 1] !== QUOTE) break
      doubled++
      at++
    }
    if (at >= end) return this.#fail(end, OPEN_QUOTE)
    if (at === from && column.type.kind !== 'STRING') {
      column.putNull(row)
      return at + 1
    }
    const start = doubled === 0 ? from : undouble(this.#scratch, bytes, from, at)
    const source = doubled === 0 ? bytes : this.#scratch.bytes
    const isPut = column.put(source, start, doubled === 0 ? at : this.#scratch.end, row)
    return isPut ? at + 1 : this.#fail(from, column.complaint(bytes, from, at))
  }

  #tooMany(at: number, end: number): false {
    let found = this.#columns.length + 1
    for (let next = this.#delimiterFrom(at, end); next < end; next = this.#delimiterFrom(next + 1, end)) found++
    this.#fail(at, `expected ${this.#columns.length} fields, found ${found}`)
    return false
  }

  #fail(at: number, reason: string): -1 {
    this.troubleAt = at
    this.trouble = reason
    return -1
  }
}

/** Whether an unquoted field ends with a quote, and has an odd number of quotes. */
function isUnpaired(bytes: Uint8Array, from: number, end: number): boolean {
  if (from === end || bytes[end - 1] !== QUOTE) return false
  let quotes = 0
  for (let at = from; at < end; at++) if (bytes[at] === QUOTE) quotes++
  return quotes % 2 === 1
}

/** Puts a quoted text into the scratch, with one quote for each two, and returns where it starts there. */
export function undouble(scratch: TextScratch, bytes: Uint8Array, from: number, end: number): number {
  scratch.reserve(end - from)
  const start = scratch.end
  let to = start
  for (let at = from; at < end; at++) {
    const byte = bytes[at] as number
    scratch.bytes[to++] = byte
    if (byte === QUOTE) at++
  }
  scratch.end = to
  return start
}

/** The fields of a record as strings, for the head and the sample; undefined if a quote does not close, or is unpaired. */
export function fieldsOf(record: Uint8Array, delimiter: number): string[] | undefined {
  const text = Buffer.from(record)
    .toString()
    .replace(/^\ufeff/, '')
    .replace(/\r$/, '')
  const mark = String.fromCharCode(delimiter)
  if (!text.includes('"')) return text.split(mark)
  const fields: string[] = []
  for (let at = 0; ; ) {
    if (text[at] === '"') {
      const quoted = /"((?:[^"]|"")*)"/y
      quoted.lastIndex = at
      const match = quoted.exec(text)
      if (match === null) return undefined
      fields.push((match[1] as string).replaceAll('""', '"'))
      at = quoted.lastIndex
    } else {
      const next = text.indexOf(mark, at)
      const stop = next < 0 ? text.length : next
      const field = text.slice(at, stop)
      if (field.endsWith('"') && field.split('"').length % 2 === 0) return undefined
      fields.push(field)
      at = stop
    }
    if (at >= text.length) return fields
    if (text[at] !== mark) return undefined
    at++
  }
}
