/**
 * Opens a kernel that reads records into columns of all types (JSON, CSV). The arrays of the wanted columns lie in its memory,
 * so its values are not copied.
 */
import { BOOLEAN, DOUBLE, INSTANT, INT, LATE, TEXT, WALL, WHOLE } from '../../kernel/assembly/value/kinds.ts'
import { align, openKernel, PADDING } from '../../kernel/open.ts'
import type { Type } from '../../record/type.ts'
import type { ParsedColumn } from './parsed-column.ts'

/** Bytes and records of a block, which stay in the processor's cache. */
export const BLOCK_BYTES: number = 1 << 16
export const BLOCK_RECORDS: number = 1 << 11
/** Integers that describe a late value: see `ParsedKernel`. */
export const LATE_INTEGERS = 4

/** The functions that all these kernels have. */
type Scan = {
  take(from: number, to: number, shift: number): void
  scan(index: number, count: number, row: number): number
}

/** An open kernel. */
export type ParsedKernel = {
  readonly functions: Scan
  readonly memory: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  /**
   * The outcome of a scan: the records taken; END, LEFT or the number of late values of the last row; and for each of these
   * the column, the position of its start and end, and 1 if it has escapes.
   */
  readonly notes: Int32Array
}

/** An open kernel to which the format must still add its columns. */
export type OpenedKernel<Own> = ParsedKernel & {
  readonly functions: Scan & Own
  /** The address of its notes; the late values follow, and then the room of its own. */
  readonly atNotes: number
  readonly atStarts: number
  /** The address of a column's values; 0 if it is not wanted. */
  readonly address: (column: ParsedColumn | undefined) => number
}

/** Opens a kernel with room for `capacity` rows and `own` bytes of its own, and moves the arrays of the wanted columns into it. */
export function openParsedKernel<Own>(
  module: string,
  columns: readonly ParsedColumn[],
  capacity: number,
  own: number,
): OpenedKernel<Own> {
  const atStarts = BLOCK_BYTES + 2 * PADDING
  const atNotes = atStarts + 8 * BLOCK_RECORDS
  const values = align(atNotes + 8 + 4 * LATE_INTEGERS * columns.length + own)
  // Not a power of two: then all columns of a row would compete for the same lines of the processor's cache.
  const stride = align(9 * capacity) + PADDING
  const wanted = columns.filter(({ isWanted }) => isWanted)
  const { functions, memory } = openKernel<Scan & Own>(module, values + stride * wanted.length)
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

const READ_AS: { readonly [kind in Type['kind']]?: number } = {
  STRING: TEXT,
  INT,
  BIGINT: WHOLE,
  DOUBLE,
  BOOLEAN,
  TIMESTAMP: WALL,
  TIMESTAMP_LTZ: INSTANT,
}

/** How a kernel reads the values of a column: LATE where it leaves all of them to `ParsedColumn`. */
export function kindOfColumn({ type, unit = 'ms' }: Pick<ParsedColumn, 'type' | 'unit'>): number {
  return unit === 'ms' ? (READ_AS[type.kind] ?? LATE) : LATE
}
