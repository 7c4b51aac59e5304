/**
 * Opens a kernel that reads records into columns of all types (JSON, CSV), and lays the arrays of the columns that are wanted
 * into its memory, so that what it reads comes at no cost.
 */
import { BOOLEAN, DOUBLE, INSTANT, INT, LATE, TEXT, WALL, WHOLE } from '../../kernel/assembly/value/kinds.ts'
import { align, openKernel, PADDING } from '../../kernel/open.ts'
import type { Type } from '../../record/type.ts'
import type { ParsedColumn } from './parsed-column.ts'

/** Bytes and records of a block: what stays near to the processor. */
export const BLOCK_BYTES: number = 1 << 16
export const BLOCK_RECORDS: number = 1 << 11
/** Integers of a late value. */
export const LATE_INTEGERS = 4

/** What all these kernels do. */
type Scan = {
  take(from: number, to: number, shift: number): void
  scan(index: number, count: number, row: number): number
}

export type ParsedKernel = {
  readonly functions: Scan
  readonly memory: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Records taken, what the scan stopped at, and the late values. */
  readonly notes: Int32Array
}

/** A kernel that has been opened, and is to be told of its columns. */
export type OpenedKernel<Functions> = ParsedKernel & {
  readonly functions: Functions
  /** Where its notes are; behind them is the room that it asked for. */
  readonly atNotes: number
  readonly atStarts: number
  /** Where the values of a column are; 0 where it is not wanted. */
  readonly address: (column: ParsedColumn | undefined) => number
}

/** A kernel with room for so many rows, and for `own` bytes of its own. The wanted columns have their arrays in it afterwards. */
export function openParsedKernel<Functions extends Scan>(
  module: string,
  columns: readonly ParsedColumn[],
  capacity: number,
  own: number,
): OpenedKernel<Functions> {
  const atStarts = BLOCK_BYTES + 2 * PADDING
  const atNotes = atStarts + 8 * BLOCK_RECORDS
  const values = align(atNotes + 8 + 4 * LATE_INTEGERS * columns.length + own)
  // Not a power of two, as then all columns of a row would want the same few places in the processor's cache.
  const stride = align(9 * capacity) + PADDING
  const wanted = columns.filter(({ isWanted }) => isWanted)
  const { functions, memory } = openKernel<Functions>(module, values + stride * wanted.length)
  const addresses = new Map(wanted.map((column, i) => [column, values + stride * i]))
  for (const [column, address] of addresses) column.lay(memory, address, capacity)
  return {
    functions,
    memory: new Uint8Array(memory),
    starts: new Int32Array(memory, atStarts, BLOCK_RECORDS),
    ends: new Int32Array(memory, atStarts + 4 * BLOCK_RECORDS, BLOCK_RECORDS),
    notes: new Int32Array(memory, atNotes, 2 + LATE_INTEGERS * columns.length),
    atNotes,
    atStarts,
    address: (column) => (column === undefined ? 0 : (addresses.get(column) ?? 0)),
  }
}

export function kindOfType({ kind }: Type): number {
  switch (kind) {
    case 'STRING':
      return TEXT
    case 'INT':
      return INT
    case 'BIGINT':
      return WHOLE
    case 'DOUBLE':
      return DOUBLE
    case 'BOOLEAN':
      return BOOLEAN
    case 'TIMESTAMP':
      return WALL
    case 'TIMESTAMP_LTZ':
      return INSTANT
    default:
      return LATE
  }
}
