/**
 * The memory that record batches are written into, and where in it each record lies. Used again once the batches are
 * durable and nobody reads the records any more: see `Lease`.
 *
 * Readers that keep up take their records from here rather than from what was appended. The lines of one partition lie
 * side by side here, while a source's chunk has those of all partitions, each of which would look through the others'.
 */
import { type Lease, openLease } from '../../base/lease.ts'
import type { Records } from '../../record/column.ts'

/** A batch is closed at this size, unless one record alone is larger. */
export const BATCH_BYTES: number = 256 * 1024
/**
 * A large chunk has three full batches: what one of three partitions gets of two megabytes of lines. What an append has in
 * a chunk goes through the queries at once, and each time costs them as much as some hundred records.
 */
const LARGE_BYTES = 3 * BATCH_BYTES
/** For what a slow source appends, or a fast one to each of many partitions. */
export const SMALL_BYTES: number = 64 * 1024
/** Of chunks of one size, kept for later: what is on its way to the disk and what readers have before them, of a busy topic. */
const KEPT_BYTES = 16 << 20
/** A record takes at least so many bytes of a batch. */
const LEAST_RECORD = 7
const LEAST_RANGES = 1024

/** Where records lie in a chunk, in the order in which they were written. */
type Ranges = { start: Int32Array; end: Int32Array }

export type Chunk = {
  readonly bytes: Buffer
  readonly view: DataView
  /** The same memory as decoders like it: of one class, wherever it comes from. */
  readonly plain: Uint8Array
  /** How much of it is written, and how many records these are. */
  used: number
  count: number
  readonly values: Ranges
  /** Of records without a key, whatever was there before. */
  readonly keys: Ranges
  lease: Lease
}

/** Gives chunks of at least so many bytes, and large ones where more is wanted. */
export type ChunkPool = { take(bytes: number, wanted: number): Chunk }

export function makeChunkPool(): ChunkPool {
  const kept = [SMALL_BYTES, LARGE_BYTES].map((size) => ({ size, free: [] as Chunk[] }))
  return {
    take(bytes, wanted) {
      const pool = kept.find(({ size }) => size >= bytes && size >= Math.min(wanted, LARGE_BYTES))
      // A record that is larger than all has a chunk of its own.
      const chunk = pool?.free.pop() ?? makeChunk(pool?.size ?? bytes)
      chunk.used = 0
      chunk.count = 0
      chunk.lease = openLease(() => {
        if (pool !== undefined && (pool.free.length + 1) * pool.size <= KEPT_BYTES) pool.free.push(chunk)
      })
      return chunk
    },
  }
}

function makeChunk(size: number): Chunk {
  const bytes = Buffer.allocUnsafeSlow(size)
  return {
    bytes,
    view: new DataView(bytes.buffer),
    plain: new Uint8Array(bytes.buffer),
    used: 0,
    count: 0,
    values: { start: NO_RANGES, end: NO_RANGES },
    keys: { start: NO_RANGES, end: NO_RANGES },
    lease: openLease(() => {}),
  }
}

const NO_RANGES = new Int32Array(0)

/** Makes room for the ranges of so many more records, as far as they fit into the next batch. */
export function reserveRanges({ bytes, used, count, values, keys }: Chunk, more: number, hasKeys: boolean): void {
  const least = count + Math.min(more, Math.ceil(Math.min(BATCH_BYTES, bytes.length - used) / LEAST_RECORD))
  for (const ranges of hasKeys ? [values, keys] : [values]) {
    if (ranges.start.length >= least) continue
    const capacity = Math.max(LEAST_RANGES, least, 2 * ranges.start.length)
    ranges.start = grown(ranges.start, capacity)
    ranges.end = grown(ranges.end, capacity)
  }
}

function grown(array: Int32Array, capacity: number): Int32Array {
  const wider = new Int32Array(capacity)
  wider.set(array)
  return wider
}

/** Records of one append that lie in one chunk, [from, to) of those in it. */
export type Piece = { readonly chunk: Chunk; readonly from: number; to: number }

export type PieceRecords = { readonly values: Records; readonly keys: Records }

/** The records of a piece where they lie; held by the lease of the values, the keys too. */
export function recordsIn({ chunk, from, to }: Piece): PieceRecords {
  const { plain: bytes, values, keys, lease } = chunk
  const count = to - from
  return {
    values: { bytes, start: values.start.subarray(from, to), end: values.end.subarray(from, to), count, lease },
    keys: { bytes, start: keys.start.subarray(from, to), end: keys.end.subarray(from, to), count },
  }
}

/** The same in memory of their own, no more than they need. */
export function copyOf({ chunk, from, to }: Piece): PieceRecords {
  const first = from === 0 ? 0 : (chunk.values.end[from - 1] as number)
  const bytes = chunk.plain.slice(first, chunk.values.end[to - 1])
  const moved = (ranges: Int32Array) => ranges.slice(from, to).map((at) => at - first)
  const count = to - from
  return {
    values: { bytes, start: moved(chunk.values.start), end: moved(chunk.values.end), count },
    keys: { bytes, start: moved(chunk.keys.start), end: moved(chunk.keys.end), count },
  }
}
