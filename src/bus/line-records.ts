/**
 * Writes a run of lines into a record batch by a kernel (`kernel/assembly/records.ts`): lines of sources come in millions,
 * and each of their bytes is copied here. What has a key, is very long, or ends a batch is left to `record-batch.ts`.
 */
import { openKernel, PADDING } from '../kernel/open.ts'
import { RECORDS_KERNEL } from '../kernel/records.wasm.ts'
import type { Records } from '../record/column.ts'
import type { Chunk } from './batch-chunk.ts'

/** Bytes and lines that are looked at in one go: what stays near to the processor. */
const BLOCK_BYTES = 1 << 17
const BLOCK = 1 << 11
/** A record takes at most so many bytes besides its value. */
const HEAD_BYTES = 24
/** For fewer lines it is not worth it. */
const LEAST_LINES = 8

const OUT = PADDING + BLOCK_BYTES + PADDING
const RANGES = OUT + BLOCK_BYTES + BLOCK * HEAD_BYTES + PADDING
const NOTE = RANGES + 16 * BLOCK
const MEMORY_BYTES = NOTE + PADDING

type Functions = {
  place(block: number, ranges: number, note: number, besides: number): void
  put(
    count: number,
    from: number,
    to: number,
    shift: number,
    delta: number,
    out: number,
    limit: number,
    outShift: number,
  ): number
}

type Opened = {
  readonly put: Functions['put']
  readonly memory: Uint8Array
  /** Starts and ends of the lines, and of the values in what was written. */
  readonly ranges: Int32Array
  readonly note: Int32Array
}

let opened: Opened | undefined

/** Where the lines go: into the chunk from `at` on, before `limit`, as record `delta` and following of their batch. */
export type LineRun = {
  readonly chunk: Chunk
  readonly at: number
  readonly limit: number
  readonly delta: number
  /** The index in the chunk of the first of them. */
  readonly index: number
  /** What the record that ends a batch needs at most besides its value. */
  readonly besides: number
}

export type LinesPut = { readonly lines: number; readonly end: number }

/**
 * Writes lines from `row` on while the next one fits, too; the last two are never written, as behind them comes a mark of
 * any length. Says how many, perhaps none, and where what was written ends.
 */
export function putLines({ bytes, start, end, count }: Records, row: number, run: LineRun): LinesPut {
  const { chunk, at, limit, delta, index } = run
  const behind = Math.min(count - 1, row + BLOCK)
  const from = start[row] as number
  const first = (end[row] as number) - from
  if (behind - row < LEAST_LINES || first > BLOCK_BYTES) return { lines: 0, end: at }
  opened ??= open(run.besides)
  const { put, memory, ranges, note } = opened
  // A partition's lines lie among those of the others, which are copied along: that takes no longer than to leave them out.
  const to = Math.min(from + BLOCK_BYTES, Math.max(end[row] as number, end[behind - 1] as number))
  memory.set(bytes.subarray(from, to), PADDING)
  ranges.set(start.subarray(row, behind))
  ranges.set(end.subarray(row, behind), BLOCK)
  const outLimit = OUT + limit - at
  const lines = put(behind - row, PADDING, PADDING + to - from, PADDING - from, delta, OUT, outLimit, OUT - at)
  const written = (note[0] as number) - OUT
  chunk.plain.set(memory.subarray(OUT, OUT + written), at)
  chunk.values.start.set(ranges.subarray(2 * BLOCK, 2 * BLOCK + lines), index)
  chunk.values.end.set(ranges.subarray(3 * BLOCK, 3 * BLOCK + lines), index)
  return { lines, end: at + written }
}

function open(besides: number): Opened {
  const { functions, memory } = openKernel<Functions>(RECORDS_KERNEL, MEMORY_BYTES)
  functions.place(BLOCK, RANGES, NOTE, besides)
  return {
    put: functions.put,
    memory: new Uint8Array(memory),
    ranges: new Int32Array(memory, RANGES, 4 * BLOCK),
    note: new Int32Array(memory, NOTE, 1),
  }
}
