/**
 * The memory of the kernel that writes rows (`kernel/assembly/rows.ts`): descriptions of the columns of a block of rows, their
 * values, their texts, and the written rows.
 *
 *   note   ends of the rows   columns, leads, values   texts   rows
 */
import { Failure } from '../../base/failure.ts'
import { align, openKernel, PADDING } from '../../kernel/open.ts'
import { ROWS_KERNEL } from '../../kernel/rows.wasm.ts'

/** Most rows of a block. */
export const BLOCK_ROWS: number = 1 << 10
/** The address of the columns. */
export const AT_COLUMNS: number = align(PADDING + 4 * BLOCK_ROWS)
/** Addresses in the kernel are 32-bit integers. */
const MOST_BYTES = 2 ** 31 - 1 - 2 ** 16

type Functions = {
  place(note: number, ends: number, columns: number): void
  shape(count: number, rows: number, isJson: number, isLine: number, bound: number): void
  look(rows: number): void
  write(row: number, most: number, out: number, limit: number, shift: number): number
}

/** Bytes for columns, texts and written rows. Pages that nobody touches take no memory. */
export type Rooms = { readonly columns: number; readonly texts: number; readonly out: number }

/** KernelRoom for the rows that are written at once. */
export const USUAL_OUT_BYTES: number = 1 << 22
const USUAL: Rooms = { columns: 1 << 19, texts: 1 << 20, out: USUAL_OUT_BYTES }

export type RowsMemory = {
  readonly rooms: Rooms
  readonly functions: Functions
  readonly bytes: Buffer
  readonly view: DataView
  readonly integers: Int32Array
  readonly doubles: Float64Array
  /** The kernel puts the end of the written rows here. */
  readonly note: Int32Array
  readonly ends: Int32Array
  readonly texts: number
  readonly out: number
  /** The end of the room for rows. */
  readonly limit: number
}

/**
 * One for all encoders of a thread, since V8 reserves gigabytes of addresses for each WebAssembly memory. Nothing in it outlives
 * a call of `encode`, which copies the rows out. A row for which it is too small opens a larger one, used for that call only.
 */
let last: RowsMemory | undefined

/** The memory of this thread, with room for at least `columns` bytes of columns. Throws as `openRowsMemory`. */
export function rowsMemory(columns: number): RowsMemory {
  return last !== undefined && last.rooms.columns >= columns ? last : openRowsMemory({ ...USUAL, columns })
}

/**
 * Opens a memory with at least this room, in place of the thread's. Throws a Failure `limit` if that is beyond what the kernel
 * can address, or the process has no addresses left.
 */
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

/** Lets go of a memory that is larger than usual. */
export function closeUnusual({ rooms }: RowsMemory): void {
  if (rooms.texts > USUAL.texts || rooms.out > USUAL.out) last = undefined
}
