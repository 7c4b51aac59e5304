/**
 * Writes a run of records into a batch by a kernel (`kernel/assembly/records.ts`): lines of sources come in millions, and
 * each of their bytes is copied here. Lines in the kernels' shared memory are read where they lie; what is elsewhere is copied
 * to a block there first. What is very long, or ends a batch, is left to `record-batch.ts`.
 */

import { isShared, openShared, takeBesides } from '../../kernel/line-memory.ts'
import { PADDING } from '../../kernel/open.ts'
import { RECORDS_KERNEL } from '../../kernel/records.wasm.ts'
import type { Records } from '../../record/column.ts'
import type { Chunk } from './chunk.ts'

/** Bytes and lines that are looked at in one go: what stays near to the processor. */
const BLOCK_BYTES = 1 << 17
const BLOCK = 1 << 11
/** A record takes at most so many bytes besides its value. */
const HEAD_BYTES = 24
/** For fewer lines it is not worth it. */
const LEAST_LINES = 8

const OUT_BYTES = BLOCK_BYTES + BLOCK * HEAD_BYTES

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
  /** For what is copied, and for the records. */
  readonly block: Uint8Array
  readonly out: Uint8Array
  /** Starts and ends, of lines and of values in their records, and the same of keys: so many of each as are looked at. */
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
  const behind = Math.min(count - 1, row + BLOCK)
  const from = start[row] as number
  if (behind - row < LEAST_LINES || (end[row] as number) - from > BLOCK_BYTES) return { lines: 0, end: run.at }
  opened ??= open(run.besides)
  const { functions, block, ranges } = opened
  const isThere = isShared(bytes)
  const last = Math.max(end[row] as number, end[behind - 1] as number)
  // A partition's lines lie among those of the others, which are copied along: that takes no longer than to leave them out.
  const to = isThere ? last : Math.min(from + BLOCK_BYTES, last)
  if (!isThere) block.set(bytes.subarray(from, to))
  const shift = isThere ? bytes.byteOffset : block.byteOffset - from
  ranges.set(start.subarray(row, behind))
  ranges.set(end.subarray(row, behind), BLOCK)
  const { address, limit, shift: outShift } = outOf(run)
  const rows = behind - row
  const lines = functions.put(rows, shift + from, shift + to, shift, run.delta, address, limit, outShift)
  takeRanges(run.chunk.values, 2 * BLOCK, run.index, lines)
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
  const { functions, block, ranges } = opened
  const put = ({ bytes, start, end }: Records, at: number, to: number) => {
    const from = start[row] as number
    block.set(bytes.subarray(from, Math.max(from, end[behind - 1] as number)), at)
    ranges.set(start.subarray(row, behind), to)
    ranges.set(end.subarray(row, behind), to + BLOCK)
    return block.byteOffset + at - from
  }
  const from = block.byteOffset
  const keysFrom = from + span(values)
  const to = keysFrom + span(keys)
  const shift = put(values, 0, 0)
  const keyShift = put(keys, span(values), 4 * BLOCK)
  const { address, limit, shift: outShift } = outOf(run)
  const rows = behind - row
  const { delta } = run
  const lines = functions.putKeyed(rows, from, keysFrom, to, shift, keyShift, delta, address, limit, outShift)
  takeRanges(run.chunk.values, 2 * BLOCK, run.index, lines)
  takeRanges(run.chunk.keys, 6 * BLOCK, run.index, lines)
  return { lines, end: takeOut(run) }
}

/** Where records are written, up to where, and what makes a place in the chunk of their addresses. */
function outOf({ at, limit }: LineRun) {
  const { byteOffset: address } = (opened as Opened).out
  return { address, limit: address + Math.min(OUT_BYTES, limit - at), shift: address - at }
}

/** Takes what was written to where it belongs in the chunk; returns where it ends. */
function takeOut({ chunk, at }: LineRun): number {
  const { out, note } = opened as Opened
  const written = (note[0] as number) - out.byteOffset
  chunk.plain.set(out.subarray(0, written), at)
  return at + written
}

/** Takes `count` starts, which are at `from` of the ranges, and the ends behind them, to where they belong in the chunk. */
function takeRanges(to: Chunk['values'], from: number, index: number, count: number): void {
  const { ranges } = opened as Opened
  to.start.set(ranges.subarray(from, from + count), index)
  to.end.set(ranges.subarray(from + BLOCK, from + BLOCK + count), index)
}

function open(besides: number): Opened {
  const functions = openShared<Functions>(RECORDS_KERNEL)
  const integers = (count: number) => {
    const { buffer, byteOffset } = takeBesides(4 * count)
    return new Int32Array(buffer, byteOffset, count)
  }
  const ranges = integers(8 * BLOCK)
  const note = integers(1)
  functions.place(BLOCK, ranges.byteOffset, note.byteOffset, besides)
  return { functions, block: takeBesides(BLOCK_BYTES), out: takeBesides(OUT_BYTES + PADDING), ranges, note }
}
