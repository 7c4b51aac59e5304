/**
 * Decodes records one after the other with a reader that puts values into columns. It is for formats without a kernel: see
 * `parsed-blocks.ts` for those with one.
 */
import type { Records } from '../../record/column.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import type { Arrivals, Decoder } from '../format.ts'
import { originsWithout } from './origins.ts'
import { ParsedColumn } from './parsed-column.ts'
import { TextScratch } from './text-scratch.ts'
import { plainBytes } from './word.ts'

/** Reads any record. */
export type RowReader = {
  /** Begins a batch; `bytes` are those of its records. */
  begin(bytes: Uint8Array, records: Records, arrivals: Arrivals | undefined): void
  /**
   * Reads the record [from, end) into a row whose columns are all NULL; `record` is its number. False where it is no row: then
   * `troubleAt`, a place in the bytes, and `trouble` say where and why, and some values may have been put.
   */
  record(from: number, end: number, row: number, record: number): boolean
  readonly troubleAt: number
  readonly trouble: string
}

/** A decoder of the wanted ones of the columns. `readerOf` gives its reader for all of them. */
export function recordDecoder(
  declared: readonly DeclaredColumn[],
  wanted: readonly number[],
  readerOf: (columns: readonly ParsedColumn[], scratch: TextScratch) => RowReader,
): Decoder {
  const columns = declared.map((column, i) => new ParsedColumn(column, wanted.includes(i)))
  const scratch = new TextScratch()
  const reader = readerOf(columns, scratch)
  return (records, rejects, arrivals) => {
    const { start, end, count } = records
    const bytes = plainBytes(records.bytes)
    scratch.begin(records, bytes)
    reader.begin(bytes, records, arrivals)
    for (const column of columns) column.begin(count)
    for (const column of columns) column.nulls.fill(1, 0, count)
    const rejected: number[] = []
    let row = 0
    for (let record = 0; record < count; record++) {
      const from = start[record] as number
      if (reader.record(from, end[record] as number, row, record)) {
        row++
        continue
      }
      for (const column of columns) column.putNull(row) // The next record has this row.
      rejects.add(record, reader.troubleAt - from, reader.trouble)
      rejected.push(record)
    }
    return {
      count: row,
      columns: wanted.map((index) => (columns[index] as ParsedColumn).column(row, scratch.bytes)),
      partition: 0,
      origin: rejected.length === 0 ? undefined : originsWithout(rejected, count),
      watermark: undefined,
    }
  }
}

const CR = 13

/** The end of a record without a CR, which belongs to its line end. */
export const withoutCr = (bytes: Uint8Array, from: number, end: number): number =>
  end > from && bytes[end - 1] === CR ? end - 1 : end
