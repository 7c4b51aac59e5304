/**
 * Writes a run of lines into a batch as records, by a kernel (`kernel/assembly/records.ts`): sources give millions of lines,
 * and every byte of them is copied here. Lines in the kernels' shared memory are read in place; others are copied to a block
 * there first. `record-batch.ts` itself writes a very long line, and the last one of a batch.
 */
import { isShared, openShared, takeBesides } from '../../kernel/line-memory.ts'
import { PADDING } from '../../kernel/open.ts'
import { RECORDS_KERNEL } from '../../kernel/records.wasm.ts'
import type { Records } from '../../record/column.ts'
import type { Chunk } from './chunk.ts'

/** Bytes and lines per call of the kernel, few enough to stay in the processor's caches. */
const BLOCK_BYTES = 1 << 17
const BLOCK = 1 << 11
/** The most bytes that a record in the middle of a batch needs besides its value. */
const HEAD_BYTES = 24
/** For fewer lines, a call of the kernel costs more than it saves. */
const LEAST_LINES = 8

/** The kernel takes timestamps that 32 bits hold: some days from that of the batch. */
const MAX_TIME = 2 ** 30

const OUT_BYTES = BLOCK_BYTES + BLOCK * HEAD_BYTES

type Functions = {
  place(block: number, ranges: number, note: number, besides: number): void
  put(
    count: number,
    from: number,
    to: number,
    shift: number,
    delta: number,
    time: number,
    out: number,
    limit: number,
    outShift: number,
  ): number
}

type Opened = {
  readonly functions: Functions
  /** Memory for lines that are copied, and for the records. */
  readonly block: Uint8Array
  readonly out: Uint8Array
  /** `BLOCK` starts and `BLOCK` ends of lines, then those of the values in their records. */
  readonly ranges: Int32Array
  /** One number: the address behind the records that the kernel has written. */
  readonly note: Int32Array
}

let opened: Opened | undefined

/** Where lines are written: into the chunk from `at` on, before `limit`, as records `delta` and following of their batch. */
export type LineRun = {
  readonly chunk: Chunk
  readonly at: number
  readonly limit: number
  readonly delta: number
  /** Their timestamp less that of the batch, in ms. */
  readonly time: number
  /** The index in the chunk of the first record. */
  readonly index: number
  /** The most bytes that the last record of a batch needs besides its value. */
  readonly besides: number
}

export type LinesPut = { readonly lines: number; readonly end: number }

/**
 * Writes lines from `row` on while the line after each fits, too. The last two of `records` are never written, as a header
 * may go with the last. Returns how many lines were written, perhaps none, and where they end in the chunk.
 */
export function putLines(records: Records, row: number, run: LineRun): LinesPut {
  const { bytes, start, end, count } = records
  const behind = Math.min(count - 1, row + BLOCK)
  const from = start[row] as number
  if (behind - row < LEAST_LINES || Math.abs(run.time) > MAX_TIME || (end[row] as number) - from > BLOCK_BYTES)
    return { lines: 0, end: run.at }
  opened ??= open(run.besides)
  const { functions, block, out, ranges, note } = opened
  const isThere = isShared(bytes)
  const last = Math.max(end[row] as number, end[behind - 1] as number)
  // The lines of other partitions between them are copied, too: that takes no longer than leaving them out.
  const to = isThere ? last : Math.min(from + BLOCK_BYTES, last)
  if (!isThere) block.set(bytes.subarray(from, to))
  const shift = isThere ? bytes.byteOffset : block.byteOffset - from
  ranges.set(start.subarray(row, behind))
  ranges.set(end.subarray(row, behind), BLOCK)
  const address = out.byteOffset
  const limit = address + Math.min(OUT_BYTES, run.limit - run.at)
  const rows = behind - row
  const zigzag = (run.time << 1) ^ (run.time >> 31)
  const behindBytes = shift + to
  const lines = functions.put(
    rows,
    shift + from,
    behindBytes,
    shift,
    run.delta,
    zigzag,
    address,
    limit,
    address - run.at,
  )
  const written = (note[0] as number) - address
  const { plain, values } = run.chunk
  plain.set(out.subarray(0, written), run.at)
  values.start.set(ranges.subarray(2 * BLOCK, 2 * BLOCK + lines), run.index)
  values.end.set(ranges.subarray(3 * BLOCK, 3 * BLOCK + lines), run.index)
  return { lines, end: run.at + written }
}

function open(besides: number): Opened {
  const functions = openShared<Functions>(RECORDS_KERNEL)
  const integers = (count: number) => {
    const { buffer, byteOffset } = takeBesides(4 * count)
    return new Int32Array(buffer, byteOffset, count)
  }
  const ranges = integers(4 * BLOCK)
  const note = integers(1)
  functions.place(BLOCK, ranges.byteOffset, note.byteOffset, besides)
  return { functions, block: takeBesides(BLOCK_BYTES), out: takeBesides(OUT_BYTES + PADDING), ranges, note }
}
