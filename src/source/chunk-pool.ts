/**
 * Memory to read large chunks of lines into, used again once nobody holds the lines: making a megabyte anew for each
 * chunk costs a fifth of the whole way in page faults and collections. A small chunk gets memory of its own size, so that
 * a slow reader never holds much for little.
 *
 * As far as there is some it is the kernels' own, in which lines are cut and written as records without a copy. That is never
 * given back, so chunks of one size are shared by all sources.
 */
import { openLease } from '../base/lease.ts'
import { takeForLines } from '../kernel/line-memory.ts'
import type { Records } from '../record/column.ts'
import { makeRecords } from '../record/lines-split.ts'

/** Room in a pooled chunk for the half line before what is read. */
const HEAD_BYTES = 64 << 10
const KEPT_BYTES = 24 << 20

export type Chunk = { readonly bytes: Uint8Array; readonly lines: Records }

export type ChunkPool = { take(bytes: number): Chunk }

const freeOfSize = new Map<number, Chunk[]>()

/** Chunks for reads of `size`, and half a line before it, come back to the pool; others are made for the purpose. */
export function chunkPool(size: number): ChunkPool {
  const free = freeOfSize.get(size) ?? []
  freeOfSize.set(size, free)
  return {
    take(bytes) {
      if (bytes < size || bytes > size + HEAD_BYTES) return makeChunk(bytes)
      const chunk = free.pop() ?? makeChunk(size + HEAD_BYTES, takeForLines(size + HEAD_BYTES))
      chunk.lines.lease = openLease(() => {
        if ((free.length + 1) * size <= KEPT_BYTES) free.push(chunk)
      })
      return chunk
    },
  }
}

function makeChunk(bytes: number, room?: Uint8Array): Chunk {
  return {
    bytes: room ?? new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer),
    lines: makeRecords((bytes >> 6) + 1),
  }
}
