/**
 * The memory that record batches are written to, and where in it each record is. It is used again once the batches are
 * durable and nobody reads the records any more: see `Lease`.
 *
 * Readers that keep up take their records from here rather than from the memory that was appended. Here the lines of one
 * partition are side by side; a source's chunk has the lines of all partitions, and each reader would have to pass over
 * those of the others.
 */
import { assert } from '../../base/assert.ts'
import { type Lease, openLease } from '../../base/lease.ts'
import type { Records } from '../../record/column.ts'

/** A batch is closed at this size, unless one record alone is larger. */
export const BATCH_BYTES: number = 256 * 1024
/**
 * A large chunk has room for three full batches: the share of one of three partitions in two megabytes of lines. The queries
 * work through an append chunk by chunk, and each chunk costs them as much as some hundred records.
 */
const LARGE_BYTES = 3 * BATCH_BYTES
/** A small chunk is for the appends of a slow source, or of a fast one with many partitions. */
export const SMALL_BYTES: number = 64 * 1024
/**
 * The most memory in free chunks of one size: enough for the batches of a busy topic that are on their way to the disk, and
 * for those that its readers have before them.
 */
const KEPT_BYTES = 16 << 20
assert(SMALL_BYTES <= BATCH_BYTES && BATCH_BYTES <= LARGE_BYTES && LARGE_BYTES <= KEPT_BYTES, 'chunks hold batches')
/** The fewest bytes of a record in a batch. */
const LEAST_RECORD = 7
const LEAST_RANGES = 1024

/** Where records are in a chunk, in the order in which they were written. */
type Ranges = { start: Int32Array; end: Int32Array }

/** Readers get memory that is written to for at least one part in `DENSE`. */
export const DENSE = 4

export type Chunk = {
  readonly bytes: Buffer
  readonly view: DataView
  /** The same memory as a plain array: decoders are fastest if they see one class only. */
  readonly plain: Uint8Array
  /** Bytes that are written. */
  used: number
  /** Records in them. */
  count: number
  readonly values: Ranges
  /** For records without a key, stale. */
  readonly keys: Ranges
  lease: Lease
}

/** Gives empty chunks with room for `bytes`, and large ones where more is `wanted`. The chunk's lease gives it back. */
export type ChunkPool = { take(bytes: number, wanted: number): Chunk }

/** A pool that keeps chunks of two sizes for their next use; large ones have `large` bytes. */
export function makeChunkPool(large: number = LARGE_BYTES): ChunkPool {
  const kept = [SMALL_BYTES, large].map((size) => ({ size, free: [] as Chunk[] }))
  return {
    take(bytes, wanted) {
      const pool = kept.find(({ size }) => size >= bytes && size >= Math.min(wanted, large))
      // A record that is larger than a large chunk has one of its own.
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

/** Makes room for the ranges of `more` records, as far as they fit into the next batch. */
export function reserveRanges(chunk: Chunk, more: number, hasKeys: boolean): void {
  const room = Math.min(BATCH_BYTES, chunk.bytes.length - chunk.used)
  growRanges(chunk, Math.min(more, Math.ceil(room / LEAST_RECORD)), hasKeys)
}

/** Makes room for the ranges of `more` records. */
export function growRanges({ count, values, keys }: Chunk, more: number, hasKeys: boolean): void {
  const least = count + more
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

/** The records of one append in one chunk: [from, to) of the chunk's. */
export type Piece = { readonly chunk: Chunk; readonly from: number; to: number }

export type PieceRecords = { readonly values: Records; readonly keys: Records }

/** The records of a piece in place; the lease of the values holds the keys, too. */
export function recordsIn({ chunk, from, to }: Piece): PieceRecords {
  const { plain: bytes, values, keys, lease } = chunk
  const count = to - from
  return {
    values: { bytes, start: values.start.subarray(from, to), end: values.end.subarray(from, to), count, lease },
    keys: { bytes, start: keys.start.subarray(from, to), end: keys.end.subarray(from, to), count },
  }
}

/** The records of a piece in memory of their own, no more than they need. */
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
