/**
 * Reads a batch of records into columns. A kernel reads the usual records, in blocks that are copied to it; the format's
 * reader, which can read any record, reads the others.
 *
 * The kernel takes only records that are rows, and puts the same values as the reader. Every reject comes from the reader,
 * with its reason. Unusual values, which the kernel skips (late values), are put here; if one is not of its column's type,
 * the reader reads the record again, to reject it.
 */
import { assert } from '../../base/assert.ts'
import { END, FULL, LEFT } from '../../kernel/assembly/value/kinds.ts'
import { PADDING } from '../../kernel/open.ts'
import type { Batch, Column, Records } from '../../record/column.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import type { Decoder, Rejects } from '../format.ts'
import type { InnerRows } from './inner-rows.ts'
import { originsWithout } from './origins.ts'
import { ParsedColumn } from './parsed-column.ts'
import { BLOCK_BYTES, BLOCK_RECORDS, type KernelRoom, LATE_INTEGERS, type ParsedKernel } from './parsed-kernel.ts'
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
  /** Opens a kernel. */
  open(room: KernelRoom): ParsedKernel
  /** Puts the text [from, end) into the scratch without its escapes, and returns where it starts; it ends at the scratch's end. */
  plainText(scratch: TextScratch, bytes: Uint8Array, from: number, end: number): number
  /** Where columns contain others. */
  readonly nested?: NestedParts
}

/** Columns that contain others. */
export type NestedParts = {
  /** The declared columns and those inside them. */
  readonly columns: readonly ParsedColumn[]
  readonly inner: readonly InnerRows[]
  /** The values of `rows` rows of a declared column; strings are ranges into `bytes`. */
  column(index: number, rows: number, bytes: Uint8Array): Column
}

/**
 * A decoder of the wanted ones of the declared columns. `partsOf` gives its parts for all of these columns; where they are
 * nested, `grow` makes room for inner rows. A call throws a Failure `limit` when the process has no addresses left for the
 * kernel.
 */
export function parsedDecoder(
  declared: readonly DeclaredColumn[],
  wanted: readonly number[],
  partsOf: (columns: readonly ParsedColumn[], scratch: TextScratch, grow: () => void) => ParsedParts,
): Decoder {
  const columns = declared.map((column, i) => new ParsedColumn(column, wanted.includes(i)))
  const scratch = new TextScratch()
  let blocks: ParsedBlocks | undefined
  const parts = partsOf(columns, scratch, () => blocks?.grow())
  blocks = new ParsedBlocks({ ...parts, columns, scratch })
  const { read } = blocks
  return (records, rejects) => read(records, wanted, rejects)
}

type AllParts = ParsedParts & { readonly columns: readonly ParsedColumn[]; readonly scratch: TextScratch }

const LONGEST_BLOCK = 1 << 26

/** Decodes batches for one decoder. */
class ParsedBlocks {
  readonly #parts: AllParts
  /** All columns, those inside others too. */
  readonly #columns: readonly ParsedColumn[]
  /** Those that have a value in each record. */
  readonly #outer: readonly ParsedColumn[]
  readonly #inner: readonly InnerRows[]
  #kernel: ParsedKernel | undefined
  #room: KernelRoom = { rows: 0, kept: 0, block: BLOCK_BYTES }
  // The batch that is being read.
  #records: Records = { bytes: new Uint8Array(0), start: new Int32Array(0), end: new Int32Array(0), count: 0 }
  #bytes = this.#records.bytes
  #rejects: Rejects = { add: () => undefined }
  #rejected: number[] = []

  constructor(parts: AllParts) {
    this.#parts = parts
    this.#columns = parts.nested?.columns ?? parts.columns
    this.#inner = parts.nested?.inner ?? []
    const inside = new Set(this.#inner.flatMap(({ columns }) => columns))
    this.#outer = this.#columns.filter((column) => !inside.has(column))
  }

  /** Reads all records into a batch of the wanted columns. */
  readonly read = (records: Records, wanted: readonly number[], rejects: Rejects): Batch => {
    const { columns, nested, scratch, reader } = this.#parts
    const bytes = plainBytes(records.bytes)
    scratch.begin(records, bytes)
    reader.begin(bytes)
    const count = this.#read(records, bytes, rejects)
    return {
      count,
      columns: wanted.map(
        (index) =>
          nested?.column(index, count, scratch.bytes) ?? (columns[index] as ParsedColumn).column(count, scratch.bytes),
      ),
      partition: 0,
      origin: count === records.count ? undefined : originsWithout(this.#rejected, records.count),
      watermark: undefined,
    }
  }

  /** Makes room for more inner rows, where all of it is taken. What was read stays. */
  grow(): void {
    for (const rows of this.#inner) rows.widen()
    this.#open({ ...this.#room, kept: this.#records.count })
  }

  #open(room: KernelRoom): void {
    this.#room = room
    this.#kernel = this.#parts.open(room)
  }

  /** Reads the records into the columns, and returns how many are rows. */
  #read(records: Records, bytes: Uint8Array, rejects: Rejects): number {
    const { start, end, count } = records
    this.#records = records
    this.#bytes = bytes
    this.#rejects = rejects
    this.#rejected = []
    this.#begin(count)
    let row = 0
    for (let record = 0; record < count; ) {
      const from = start[record] as number
      const length = (end[record] as number) - from
      if (length > LONGEST_BLOCK) {
        row = this.#readOne(record++, row)
        for (const rows of this.#inner) rows.mark()
        continue
      }
      const kernel = this.#kernelFor(length)
      const behind = Math.min(count, record + BLOCK_RECORDS)
      // Most records follow each other. Those that do not lie in the copied bytes are left to the next block.
      const most = Math.max(length, BLOCK_BYTES)
      const to = Math.min(from + most, Math.max(end[record] as number, end[behind - 1] as number))
      kernel.memory.set(bytes.subarray(from, to), PADDING)
      kernel.starts.set(start.subarray(record, behind))
      kernel.ends.set(end.subarray(record, behind))
      kernel.functions.take(PADDING, PADDING + to - from, PADDING - from)
      row = this.#readBlock(kernel, record, behind - record, row)
      record += kernel.notes[0] as number
      // What comes next may be left: it frees no rows of these.
      for (const rows of this.#inner) rows.mark()
    }
    return row
  }

  /** Makes room for `rows` rows, and makes all of their columns NULL. */
  #begin(rows: number): void {
    for (const each of this.#inner) each.begin()
    if (this.#kernel === undefined || rows > this.#room.rows) {
      this.#open({ ...this.#room, rows: Math.max(LEAST_ROWS, rows, 2 * this.#room.rows), kept: 0 })
    }
    for (const { columns: inner } of this.#inner) for (const column of inner) column.begin(1)
    for (const column of this.#outer) column.begin(rows)
    for (const column of this.#outer) column.nulls.fill(1, 0, rows)
  }

  /** The kernel, with room for a record of `length` bytes. */
  #kernelFor(length: number): ParsedKernel {
    if (length > this.#room.block) {
      const block = 2 ** Math.ceil(Math.log2(length))
      this.#open({ ...this.#room, block, kept: this.#records.count })
    }
    const kernel = this.#kernel
    assert(kernel !== undefined, 'a batch has begun')
    return kernel
  }

  /** Reads the `count` records of a block, from record `first` on, up to the last one that is in the kernel's memory. */
  #readBlock(kernel: ParsedKernel, first: number, count: number, firstRow: number): number {
    const { functions, notes } = kernel
    let row = firstRow
    for (let index = 0; ; ) {
      row = functions.scan(index, count, row)
      index = notes[0] as number
      const outcome = notes[1] as number
      if (outcome === END) return row
      if (outcome === FULL) {
        for (const rows of this.#inner) rows.widen()
        this.#clear(row)
        this.#open({ ...this.#room, kept: this.#records.count })
        return row
      }
      if (outcome === LEFT) {
        row = this.#readOne(first + index, row)
        notes[0] = ++index
      } else if (!this.#putLate(notes, outcome)) row = this.#readOne(first + index - 1, row - 1)
      // Another kernel does not have these records.
      if (index === count || kernel !== this.#kernel) return row
    }
  }

  /** Reads a record that the kernel has not read, or not completely, into a row; returns the next row. */
  #readOne(record: number, row: number): number {
    const { reader } = this.#parts
    const { start, end } = this.#records
    const from = start[record] as number
    this.#clear(row)
    for (const rows of this.#inner) rows.mark()
    if (reader.record(from, end[record] as number, row)) return row + 1
    this.#clear(row) // The next record has this row.
    this.#rejects.add(record, reader.troubleAt - from, reader.trouble)
    this.#rejected.push(record)
    return row
  }

  /** Makes a row NULL, and frees the inner rows of the last record. */
  #clear(row: number): void {
    for (const column of this.#outer) column.putNull(row)
    for (const rows of this.#inner) rows.leave()
  }

  /** Puts the late values of a record; false if one is not of its column's type. */
  #putLate(notes: Int32Array, count: number): boolean {
    const { scratch, plainText } = this.#parts
    const columns = this.#columns
    const bytes = this.#bytes
    for (let i = 0; i < count; i++) {
      const at = 2 + LATE_INTEGERS * i
      const column = columns[notes[at] as number] as ParsedColumn
      const from = notes[at + 1] as number
      const end = notes[at + 2] as number
      const row = notes[at + 4] as number
      if (notes[at + 3] === 1) {
        const start = plainText(scratch, bytes, from, end)
        column.putRange(start, scratch.end, row)
      } else if (!column.put(bytes, from, end, row)) return false
    }
    return true
  }
}
