/**
 * Writes a run of records into a batch by a kernel (`kernel/assembly/records.ts`): lines of sources come in millions, and
 * each of their bytes is copied here. What is very long, or ends a batch, is left to `record-batch.ts`.
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
const OUT_BYTES = BLOCK_BYTES + BLOCK * HEAD_BYTES
const RANGES = OUT + OUT_BYTES + PADDING
/** Starts and ends, of lines and of values in their records, and the same of keys. */
const NOTE = RANGES + 8 * 4 * BLOCK
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
  putKeyed(
    count: number,
    from: number,
    keysFrom: number,
    to: number,
    shift: number,
    keyShift: number,
    delta: number,
    out: number,
    limit: number,
    outShift: number,
  ): number
}

type Opened = {
  readonly functions: Functions
  readonly memory: Uint8Array
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
  /** What the record that ends a batch needs at most besides key and value. */
  readonly besides: number
}

export type LinesPut = { readonly lines: number; readonly end: number }

/**
 * Writes lines from `row` on while the next one fits, too; the last two are never written, as behind them comes a mark of
 * any length. Says how many, perhaps none, and where what was written ends.
 */
export function putLines({ bytes, start, end, count }: Records, row: number, run: LineRun): LinesPut {
  const { chunk, at, delta } = run
  const behind = Math.min(count - 1, row + BLOCK)
  const from = start[row] as number
  const first = (end[row] as number) - from
  if (behind - row < LEAST_LINES || first > BLOCK_BYTES) return { lines: 0, end: at }
  opened ??= open(run.besides)
  const { functions, memory, ranges } = opened
  // A partition's lines lie among those of the others, which are copied along: that takes no longer than to leave them out.
  const to = Math.min(from + BLOCK_BYTES, Math.max(end[row] as number, end[behind - 1] as number))
  memory.set(bytes.subarray(from, to), PADDING)
  ranges.set(start.subarray(row, behind))
  ranges.set(end.subarray(row, behind), BLOCK)
  const shift = PADDING - from
  const room = outOf(run)
  const lines = functions.put(behind - row, PADDING, shift + to, shift, delta, OUT, room.limit, room.shift)
  takeRanges(chunk.values, 2 * BLOCK, run.index, lines)
  return { lines, end: takeOut(run) }
}

/** The same with keys. What queries put out lies side by side, and so do its keys. */
export function putKeyed(values: Records, keys: Records, row: number, run: LineRun): LinesPut {
  let behind = Math.min(values.count - 1, row + BLOCK)
  const span = ({ start, end }: Records) => Math.max(0, (end[behind - 1] as number) - (start[row] as number))
  while (behind - row >= LEAST_LINES && span(values) + span(keys) > BLOCK_BYTES) behind = (row + behind) >> 1
  // Where they do not follow each other, a block would be copied for each.
  const isInOrder = [values, keys].every(({ start, end }) => (start[row + 1] as number) >= (end[row] as number))
  if (behind - row < LEAST_LINES || !isInOrder) return { lines: 0, end: run.at }
  opened ??= open(run.besides)
  const { functions, memory, ranges } = opened
  const put = ({ bytes, start, end }: Records, at: number, to: number) => {
    const from = start[row] as number
    memory.set(bytes.subarray(from, Math.max(from, end[behind - 1] as number)), at)
    ranges.set(start.subarray(row, behind), to)
    ranges.set(end.subarray(row, behind), to + BLOCK)
    return at - from
  }
  const keysFrom = PADDING + span(values)
  const shift = put(values, PADDING, 0)
  const keyShift = put(keys, keysFrom, 4 * BLOCK)
  const to = keysFrom + span(keys)
  const count = behind - row
  const room = outOf(run)
  const { delta } = run
  const lines = functions.putKeyed(count, PADDING, keysFrom, to, shift, keyShift, delta, OUT, room.limit, room.shift)
  takeRanges(run.chunk.values, 2 * BLOCK, run.index, lines)
  takeRanges(run.chunk.keys, 6 * BLOCK, run.index, lines)
  return { lines, end: takeOut(run) }
}

/** Up to where records may be written, and what makes a place in the chunk of their addresses. */
const outOf = ({ at, limit }: LineRun) => ({ limit: OUT + Math.min(OUT_BYTES, limit - at), shift: OUT - at })

/** Takes what was written to where it belongs in the chunk; returns where it ends. */
function takeOut({ chunk, at }: LineRun): number {
  const { memory, note } = opened as Opened
  const written = (note[0] as number) - OUT
  chunk.plain.set(memory.subarray(OUT, OUT + written), at)
  return at + written
}

/** Takes `count` starts, which are at `from` of the ranges, and the ends behind them, to where they belong in the chunk. */
function takeRanges(to: Chunk['values'], from: number, index: number, count: number): void {
  const { ranges } = opened as Opened
  to.start.set(ranges.subarray(from, from + count), index)
  to.end.set(ranges.subarray(from + BLOCK, from + BLOCK + count), index)
}

function open(besides: number): Opened {
  const { functions, memory } = openKernel<Functions>(RECORDS_KERNEL, MEMORY_BYTES)
  functions.place(BLOCK, RANGES, NOTE, besides)
  return {
    functions,
    memory: new Uint8Array(memory),
    ranges: new Int32Array(memory, RANGES, 8 * BLOCK),
    note: new Int32Array(memory, NOTE, 1),
  }
}
