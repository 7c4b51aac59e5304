/**
 * Reads a batch of records into columns. A kernel reads the usual records, in blocks that are copied to it; the format's
 * reader, which can read any record, reads the others.
 *
 * The kernel takes only records that are rows, and puts the same values as the reader. Every reject comes from the reader,
 * with its reason. Unusual values, which the kernel skips (late values), are put here; if one is not of its column's type,
 * the reader reads the record again, to reject it.
 */

import { END, LEFT } from '../../kernel/assembly/value/kinds.ts'
import { PADDING } from '../../kernel/open.ts'
import type { Batch, Records } from '../../record/column.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import type { Decoder, Rejects } from '../format.ts'
import { originsWithout } from './origins.ts'
import { ParsedColumn } from './parsed-column.ts'
import { BLOCK_BYTES, BLOCK_RECORDS, LATE_INTEGERS, type ParsedKernel } from './parsed-kernel.ts'
import { TextScratch } from './text-scratch.ts'
import { plainBytes } from './word.ts'

const LEAST_ROWS = 1 << 13

/** Reads any record. */
export type RecordReader = {
  /** Begins a batch; `bytes` are those of its records. */
  begin(bytes: Uint8Array): void
  /**
   * Reads the record [from, end) into a row whose columns are all NULL. False where it is no row: then `troubleAt` and `trouble`
   * say where and why, and some values may have been put.
   */
  record(from: number, end: number, row: number): boolean
  readonly troubleAt: number
  readonly trouble: string
}

/** The parts that differ between formats. */
export type ParsedParts = {
  readonly reader: RecordReader
  /** Opens a kernel with room for `capacity` rows. */
  open(capacity: number): ParsedKernel
  /** Puts the text [from, end) into the scratch without its escapes, and returns where it starts; it ends at the scratch's end. */
  plainText(scratch: TextScratch, bytes: Uint8Array, from: number, end: number): number
}

/**
 * A decoder of the wanted ones of the declared columns. `partsOf` gives its parts for all of these columns. A call throws a
 * Failure `limit` when the process has no addresses left for the kernel.
 */
export function parsedDecoder(
  declared: readonly DeclaredColumn[],
  wanted: readonly number[],
  partsOf: (columns: readonly ParsedColumn[], scratch: TextScratch) => ParsedParts,
): Decoder {
  const columns = declared.map((column, i) => new ParsedColumn(column, wanted.includes(i)))
  const scratch = new TextScratch()
  const blocks = new ParsedBlocks({ ...partsOf(columns, scratch), columns, scratch })
  return (records, rejects) => blocks.read(records, wanted, rejects)
}

type AllParts = ParsedParts & { readonly columns: readonly ParsedColumn[]; readonly scratch: TextScratch }

/** Decodes batches for one decoder. */
class ParsedBlocks {
  readonly #parts: AllParts
  #kernel: ParsedKernel | undefined
  #capacity = 0
  // The batch that is being read.
  #records: Records = { bytes: new Uint8Array(0), start: new Int32Array(0), end: new Int32Array(0), count: 0 }
  #bytes = this.#records.bytes
  #rejects: Rejects = { add: () => undefined }
  #rejected: number[] = []

  constructor(parts: AllParts) {
    this.#parts = parts
  }

  /** Reads all records into a batch of the wanted columns. */
  read(records: Records, wanted: readonly number[], rejects: Rejects): Batch {
    const { columns, scratch, reader } = this.#parts
    const bytes = plainBytes(records.bytes)
    scratch.begin(records, bytes)
    reader.begin(bytes)
    const count = this.#read(records, bytes, rejects)
    return {
      count,
      columns: wanted.map((index) => (columns[index] as ParsedColumn).column(count, scratch.bytes)),
      partition: 0,
      origin: count === records.count ? undefined : originsWithout(this.#rejected, records.count),
      watermark: undefined,
    }
  }

  /** Reads the records into the columns, and returns how many are rows. */
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
      // Most records follow each other. Those that do not lie in the copied bytes are left to the next block.
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

  /** Makes room for `rows` rows, and makes all of their columns NULL. */
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

  /** Reads the `count` records of a block, from record `first` on, up to the last one that is in the kernel's memory. */
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

  /** Reads a record that the kernel has not read, or not completely, into a row; returns the next row. */
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

  /** Puts the late values of a row; false if one is not of its column's type. */
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
}
