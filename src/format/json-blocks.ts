/**
 * Reads a batch of JSON records into columns: by the kernel, in blocks that are copied to it, and what it leaves by the
 * reader of any record.
 *
 * The kernel takes records that are rows, and only those, so what it puts is what the reader would; every reject, and its
 * reason, is the reader's. Values that it passes over (late ones) are put here; where one is not of its column's type, the
 * reader has the record, to say so.
 */

import { END, LEFT } from '../kernel/assembly/json-layout.ts'
import type { Records } from '../record/column.ts'
import type { Rejects } from './format.ts'
import { BLOCK, BLOCK_BYTES, type JsonKernel, LATE_INTEGERS, openJsonKernel, PADDING } from './json-kernel.ts'
import type { Member } from './json-members.ts'
import type { JsonReader } from './json-reader.ts'
import { unescapeJson } from './json-unescape.ts'
import type { ParsedColumn } from './parsed-column.ts'
import type { TextScratch } from './text-scratch.ts'

const LEAST_ROWS = 1 << 13

/** What all parts of a decoder work on. */
export type JsonParts = {
  readonly root: Member
  readonly columns: readonly ParsedColumn[]
  readonly reader: JsonReader
  readonly scratch: TextScratch
}

export class JsonBlocks {
  /** The record that each row was made of; undefined where row i is record i. */
  origin: Int32Array | undefined
  readonly #parts: JsonParts
  #kernel: JsonKernel | undefined
  #capacity = 0
  // Of the batch that is read.
  #records: Records = { bytes: new Uint8Array(0), start: new Int32Array(0), end: new Int32Array(0), count: 0 }
  #rejects: Rejects = { add: () => undefined }
  #rejected: number[] = []

  constructor(parts: JsonParts) {
    this.#parts = parts
  }

  /** Reads all records and returns how many are rows. */
  read(records: Records, rejects: Rejects): number {
    const { start, end, count } = records
    const { bytes } = this.#parts.reader.scan
    const kernel = this.#begin(count)
    this.#records = records
    this.#rejects = rejects
    this.#rejected = []
    let row = 0
    for (let record = 0; record < count; ) {
      const from = start[record] as number
      if ((end[record] as number) - from > BLOCK_BYTES) {
        row = this.#readOne(record++, row)
        continue
      }
      const behind = Math.min(count, record + BLOCK)
      // Records mostly lie one behind the other; those that do not lie in what is copied are left for the next block.
      const to = Math.min(from + BLOCK_BYTES, Math.max(end[record] as number, end[behind - 1] as number))
      kernel.memory.set(bytes.subarray(from, to), PADDING)
      kernel.starts.set(start.subarray(record, behind))
      kernel.ends.set(end.subarray(record, behind))
      kernel.functions.take(PADDING, PADDING + to - from, PADDING - from)
      row = this.#readBlock(kernel, record, behind - record, row)
      record += kernel.notes[0] as number
    }
    this.origin = row === count ? undefined : this.#origins(count, row)
    return row
  }

  /** Makes room for so many rows, all of whose columns become NULL. */
  #begin(rows: number): JsonKernel {
    const { root, columns } = this.#parts
    if (this.#kernel === undefined || rows > this.#capacity) {
      this.#capacity = Math.max(LEAST_ROWS, rows, 2 * this.#capacity)
      this.#kernel = openJsonKernel(root, columns, this.#capacity)
    }
    for (const column of columns) column.begin(rows)
    for (const column of columns) column.nulls.fill(1, 0, rows)
    return this.#kernel
  }

  /** Reads the `count` records of a block, of which `first` is the first, as far as they lie in the kernel's memory. */
  #readBlock({ functions, notes }: JsonKernel, first: number, count: number, firstRow: number): number {
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
    const { root, reader } = this.#parts
    const { start, end } = this.#records
    const from = start[record] as number
    root.clear(row)
    if (reader.record(from, end[record] as number, row)) return row + 1
    this.#rejects.add(record, reader.scan.troubleAt - from, reader.scan.trouble)
    this.#rejected.push(record)
    return row
  }

  /** Puts the late values of a row; returns whether they are all of their types. */
  #putLate(notes: Int32Array, count: number, row: number): boolean {
    const { columns, reader, scratch } = this.#parts
    const { bytes } = reader.scan
    for (let i = 0; i < count; i++) {
      const at = 2 + LATE_INTEGERS * i
      const column = columns[notes[at] as number] as ParsedColumn
      const from = notes[at + 1] as number
      const end = notes[at + 2] as number
      if (notes[at + 3] === 1) {
        const start = unescapeJson(scratch, bytes, from, end)
        column.putRange(start, scratch.end, row)
      } else if (!column.put(bytes, from, end, row)) return false
    }
    return true
  }

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
