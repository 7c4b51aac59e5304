/**
 * Runs a reader of single records over a batch, and keeps what was a row and what a reject.
 *
 * In blocks, because V8 optimises a function that is called often as a whole, but a long loop in its midst, and again
 * at every batch.
 */
import type { Records } from '../record/column.ts'
import type { Rejects } from './format.ts'

const BLOCK = 256

/** Reads one record as a row; where it is none, says so and leaves where and why. */
export type RecordReader = {
  record(from: number, end: number, row: number): boolean
  readonly troubleAt: number
  readonly trouble: string
}

export class RecordBlocks {
  readonly #reader: RecordReader
  #origins = new Int32Array(0)
  /** The record that each row was made of; undefined where row i is record i. */
  origin: Int32Array | undefined

  constructor(reader: RecordReader) {
    this.#reader = reader
  }

  /** Reads all records and returns how many are rows. */
  read(records: Records, rejects: Rejects): number {
    if (this.#origins.length < records.count) this.#origins = new Int32Array(records.count)
    let row = 0
    for (let first = 0; first < records.count; first += BLOCK) row = this.#readBlock(records, rejects, first, row)
    this.origin = row === records.count ? undefined : this.#origins
    return row
  }

  #readBlock({ start, end, count }: Records, rejects: Rejects, first: number, firstRow: number): number {
    const reader = this.#reader
    const last = Math.min(count, first + BLOCK)
    let row = firstRow
    for (let record = first; record < last; record++) {
      const from = start[record] as number
      if (reader.record(from, end[record] as number, row)) this.#origins[row++] = record
      else rejects.add(record, reader.troubleAt - from, reader.trouble)
    }
    return row
  }
}
