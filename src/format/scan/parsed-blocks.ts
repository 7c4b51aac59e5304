/**
 * Reads a batch of records into columns: by a kernel, in blocks that are copied to it, and what it leaves by the reader of
 * any record.
 *
 * The kernel takes records that are rows, and only those, so what it puts is what the reader would; every reject, and its
 * reason, is the reader's. Values that it passes over (late ones) are put here; where one is not of its column's type, the
 * reader has the record, to say so.
 */

import { END, LEFT } from '../../kernel/assembly/value/kinds.ts'
import { PADDING } from '../../kernel/open.ts'
import type { Batch, Records } from '../../record/column.ts'
import type { Rejects } from '../format.ts'
import type { ParsedColumn } from './parsed-column.ts'
import { BLOCK_BYTES, BLOCK_RECORDS, LATE_INTEGERS, type ParsedKernel } from './parsed-kernel.ts'
import type { TextScratch } from './text-scratch.ts'

const LEAST_ROWS = 1 << 13

/** Reads one record as a row, all of whose columns are NULL; where it is none, leaves where and why, and perhaps some values. */
export type RecordReader = {
  record(from: number, end: number, row: number): boolean
  readonly troubleAt: number
  readonly trouble: string
}

/** What is of the format. */
export type ParsedParts = {
  readonly columns: readonly ParsedColumn[]
  readonly reader: RecordReader
  readonly scratch: TextScratch
  /** A kernel with room for so many rows. */
  open(capacity: number): ParsedKernel
  /** Puts the text [from, end) into the scratch as it is meant, up to its end, and returns where it starts. */
  plainText(scratch: TextScratch, bytes: Uint8Array, from: number, end: number): number
}

export class ParsedBlocks {
  readonly #parts: ParsedParts
  #kernel: ParsedKernel | undefined
  #capacity = 0
  // Of the batch that is read.
  #records: Records = { bytes: new Uint8Array(0), start: new Int32Array(0), end: new Int32Array(0), count: 0 }
  #bytes = this.#records.bytes
  #rejects: Rejects = { add: () => undefined }
  #rejected: number[] = []

  constructor(parts: ParsedParts) {
    this.#parts = parts
  }

  /** Reads all records, which lie in `bytes`, into a batch of the columns that are wanted. */
  read(records: Records, bytes: Uint8Array, wanted: readonly number[], rejects: Rejects): Batch {
    const { columns, scratch } = this.#parts
    scratch.begin(records, bytes)
    const count = this.#read(records, bytes, rejects)
    return {
      count,
      columns: wanted.map((index) => (columns[index] as ParsedColumn).column(count, scratch.bytes)),
      partition: 0,
      origin: count === records.count ? undefined : this.#origins(records.count, count),
      watermark: undefined,
    }
  }

  /** Returns how many are rows. */
  #read(records: Records, bytes: Uint8Array, rejects: Rejects): number {
    const { start, end, count } = records
    const kernel = this.#begin(count)
    this.#records = records
    this.#bytes = bytes
    this.#rejects = rejects
    this.#rejected = []
    let row = 0
    for (let record = 0; record < count; ) {
      const from = start[record] as number
      if ((end[record] as number) - from > BLOCK_BYTES) {
        row = this.#readOne(record++, row)
        continue
      }
      const behind = Math.min(count, record + BLOCK_RECORDS)
      // Records mostly lie one behind the other; those that do not lie in what is copied are left for the next block.
      const to = Math.min(from + BLOCK_BYTES, Math.max(end[record] as number, end[behind - 1] as number))
      kernel.memory.set(bytes.subarray(from, to), PADDING)
      kernel.starts.set(start.subarray(record, behind))
      kernel.ends.set(end.subarray(record, behind))
      kernel.functions.take(PADDING, PADDING + to - from, PADDING - from)
      row = this.#readBlock(kernel, record, behind - record, row)
      record += kernel.notes[0] as number
    }
    return row
  }

  /** Makes room for so many rows, all of whose columns become NULL. */
  #begin(rows: number): ParsedKernel {
    const { columns } = this.#parts
    if (this.#kernel === undefined || rows > this.#capacity) {
      this.#capacity = Math.max(LEAST_ROWS, rows, 2 * this.#capacity)
      this.#kernel = this.#parts.open(this.#capacity)
    }
    for (const column of columns) column.begin(rows)
    for (const column of columns) column.nulls.fill(1, 0, rows)
    return this.#kernel
  }

  /** Reads the `count` records of a block, of which `first` is the first, as far as they lie in the kernel's memory. */
  #readBlock({ functions, notes }: ParsedKernel, first: number, count: number, firstRow: number): number {
    let row = firstRow
    for (let index = 0; ; ) {
      row = functions.scan(index, count, row)
      index = notes[0] as number
      const outcome = notes[1] as number
      if (outcome === END) return row
      if (outcome === LEFT) {
        row = this.#readOne(first + index, row)
        notes[0] = ++index
      } else if (!this.#putLate(notes, outcome, row - 1)) row = this.#readOne(first + index - 1, row - 1)
      if (index === count) return row
    }
  }

  /** Reads a record that the kernel has not, or not wholly, read into a row; returns the row behind. */
  #readOne(record: number, row: number): number {
    const { reader } = this.#parts
    const { start, end } = this.#records
    const from = start[record] as number
    this.#clear(row)
    if (reader.record(from, end[record] as number, row)) return row + 1
    this.#clear(row) // The next record has this row.
    this.#rejects.add(record, reader.troubleAt - from, reader.trouble)
    this.#rejected.push(record)
    return row
  }

  #clear(row: number): void {
    for (const column of this.#parts.columns) column.putNull(row)
  }

  /** Puts the late values of a row; returns whether they are all of their types. */
  #putLate(notes: Int32Array, count: number, row: number): boolean {
    const { columns, scratch, plainText } = this.#parts
    const bytes = this.#bytes
    for (let i = 0; i < count; i++) {
      const at = 2 + LATE_INTEGERS * i
      const column = columns[notes[at] as number] as ParsedColumn
      const from = notes[at + 1] as number
      const end = notes[at + 2] as number
      if (notes[at + 3] === 1) {
        const start = plainText(scratch, bytes, from, end)
        column.putRange(start, scratch.end, row)
      } else if (!column.put(bytes, from, end, row)) return false
    }
    return true
  }

  /** The record that each row was made of. */
  #origins(count: number, rows: number): Int32Array {
    const origins = new Int32Array(rows)
    let row = 0
    let next = 0
    for (let record = 0; record < count; record++) {
      if (record === this.#rejected[next]) next++
      else origins[row++] = record
    }
    return origins
  }
}
