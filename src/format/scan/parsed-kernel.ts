/**
 * Opens a kernel that reads records into columns of all types (JSON, CSV). The arrays of the wanted columns lie in its memory,
 * so its values are not copied.
 */
import { INNER_BYTES } from '../../kernel/assembly/json/layout.ts'
import {
  BOOLEAN,
  DOUBLE,
  INSTANT,
  INT,
  LATE,
  LATE_BYTES,
  TEXT,
  WALL,
  WHOLE,
} from '../../kernel/assembly/value/kinds.ts'
import { align, openKernel, PADDING } from '../../kernel/open.ts'
import type { Type } from '../../record/type.ts'
import type { InnerRows } from './inner-rows.ts'
import type { ParsedColumn } from './parsed-column.ts'

/** Bytes and records of a block, which stay in the processor's cache. Only a block of one record may be larger. */
export const BLOCK_BYTES: number = 1 << 16
export const BLOCK_RECORDS: number = 1 << 11
/** Integers that describe a late value: see `ParsedKernel`. */
export const LATE_INTEGERS: number = LATE_BYTES / 4

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
   * The outcome of a scan: the records taken; END, LEFT, FULL or the number of late values of the last row; and for each of
   * these the column, the position of its start and end, 1 if it has escapes, and the row.
   */
  readonly notes: Int32Array
}

/** An open kernel to which the format must still add its columns. */
export type OpenedKernel<Own> = ParsedKernel & {
  readonly functions: Scan & Own
  /** The address of its notes; the late values follow, at most `mostLate`, then the inner rows, and then the room of its own. */
  readonly atNotes: number
  readonly mostLate: number
  readonly atInner: number
  readonly atStarts: number
  /** The address of a column's values; 0 if it is not wanted. */
  readonly address: (column: ParsedColumn | undefined) => number
}

/** The room of a kernel. */
export type KernelRoom = {
  /** Rows for which the columns of records have room; those in front of `kept` stay from the kernel before. */
  readonly rows: number
  readonly kept: number
  /** The longest record. */
  readonly block: number
}

/** What a kernel reads into. */
export type Target = {
  readonly columns: readonly ParsedColumn[]
  /** Rows inside columns, which have columns among `columns`. */
  readonly inner?: readonly InnerRows[]
}

/** The most late values of a record with inner rows. */
const MOST_LATE = 4096

/** Opens a kernel with `own` bytes of its own, inner rows included, and moves the arrays of the wanted columns into it. */
export function openParsedKernel<Own>(
  module: string,
  target: Target,
  room: KernelRoom,
  own: number,
): OpenedKernel<Own> {
  const { columns, inner = [] } = target
  const atStarts = align(room.block) + 2 * PADDING
  const atNotes = atStarts + 8 * BLOCK_RECORDS
  const mostLate = columns.length + (inner.length > 0 ? MOST_LATE : 0)
  const atOwn = atNotes + 8 + 4 * LATE_INTEGERS * mostLate
  const values = align(atOwn + own)
  const wanted = columns.filter(({ isWanted }) => isWanted)
  const rowsOf = new Map(inner.flatMap((rows) => rows.columns.map((column) => [column, rows] as const)))
  const places = new Map<ParsedColumn, number>()
  let behind = values
  for (const column of wanted) {
    places.set(column, behind)
    // Not a power of two: then all columns of a row would compete for the same lines of the processor's cache.
    behind += align(9 * (rowsOf.get(column)?.room ?? room.rows)) + PADDING
  }
  const { functions, memory } = openKernel<Scan & Own>(module, behind)
  for (const [column, address] of places) {
    const rows = rowsOf.get(column)
    if (rows === undefined) column.lay(memory, address, room.rows, room.kept)
    else column.lay(memory, address, rows.room, rows.next)
  }
  inner.forEach((rows, i) => {
    rows.lay(memory, atOwn + INNER_BYTES * i)
  })
  return {
    functions,
    memory: new Uint8Array(memory),
    starts: new Int32Array(memory, atStarts, BLOCK_RECORDS),
    ends: new Int32Array(memory, atStarts + 4 * BLOCK_RECORDS, BLOCK_RECORDS),
    notes: new Int32Array(memory, atNotes, 2 + LATE_INTEGERS * mostLate),
    mostLate,
    atNotes,
    atInner: atOwn,
    atStarts,
    address: (column) => (column === undefined ? 0 : (places.get(column) ?? 0)),
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
