/**
 * The memory of the kernel that writes rows (`kernel/assembly/rows.ts`): what is known of the columns of a block of rows, their
 * values, their texts, and what was written of them.
 *
 *   note   ends of the rows   columns, leads, values   texts   what was written
 *
 * A thread has one, for all of its encoders: who was given rows has copied them, or written them to a file, before the next
 * rows are written. One that was opened for a row of enormous texts is let go after them.
 */
import { Failure } from '../../base/failure.ts'
import { align, openKernel, PADDING } from '../../kernel/open.ts'
import { ROWS_KERNEL } from '../../kernel/rows.wasm.ts'

/** Rows of a block. */
export const BLOCK_ROWS: number = 1 << 10
/** Where the columns are, in any memory. */
export const AT_COLUMNS: number = align(PADDING + 4 * BLOCK_ROWS)
/** Addresses in the kernel are 32-bit integers. */
const MOST_BYTES = 2 ** 31 - 1 - 2 ** 16

type Functions = {
  place(note: number, ends: number, columns: number): void
  shape(count: number, rows: number, isJson: number, isLine: number, bound: number): void
  look(rows: number): void
  write(row: number, most: number, out: number, limit: number, shift: number): number
}

/** Bytes for each of these. What is not touched takes no memory. */
export type Rooms = { readonly columns: number; readonly texts: number; readonly out: number }

const USUAL: Rooms = { columns: 1 << 19, texts: 1 << 20, out: 1 << 22 }

export type RowsMemory = {
  readonly rooms: Rooms
  readonly functions: Functions
  readonly bytes: Buffer
  readonly view: DataView
  readonly integers: Int32Array
  readonly doubles: Float64Array
  /** The end of what was written. */
  readonly note: Int32Array
  readonly ends: Int32Array
  readonly texts: number
  readonly out: number
  /** Behind the room for what is written. */
  readonly limit: number
}

let last: RowsMemory | undefined

/** The memory of this thread, with at least so much room for columns. */
export function rowsMemory(columns: number): RowsMemory {
  return last !== undefined && last.rooms.columns >= columns ? last : openRowsMemory({ ...USUAL, columns })
}

/** Opens it anew, with at least so much room. */
export function openRowsMemory(least: Partial<Rooms>): RowsMemory {
  const rooms = {
    columns: Math.max(USUAL.columns, least.columns ?? 0),
    texts: Math.max(USUAL.texts, least.texts ?? 0),
    out: Math.max(USUAL.out, least.out ?? 0),
  }
  const texts = align(AT_COLUMNS + rooms.columns) + PADDING
  const out = align(texts + rooms.texts) + PADDING
  const bytes = out + rooms.out + PADDING
  if (bytes > MOST_BYTES) {
    throw new Failure('limit', `a row has texts that take more than ${MOST_BYTES} bytes to write`, {
      hint: 'Select less of them, such as LEFT(text, 1000).',
    })
  }
  const { functions, memory } = openKernel<Functions>(ROWS_KERNEL, bytes)
  functions.place(0, PADDING, AT_COLUMNS)
  last = {
    rooms,
    functions,
    bytes: Buffer.from(memory),
    view: new DataView(memory),
    integers: new Int32Array(memory),
    doubles: new Float64Array(memory),
    note: new Int32Array(memory, 0, 1),
    ends: new Int32Array(memory, PADDING, BLOCK_ROWS),
    texts,
    out,
    limit: out + rooms.out,
  }
  return last
}

/** Lets a memory go that is larger than usual: whoever was given rows of it keeps it until he has used them. */
export function closeUnusual({ rooms }: RowsMemory): void {
  if (rooms.texts > USUAL.texts || rooms.out > USUAL.out) last = undefined
}
