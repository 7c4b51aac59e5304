/**
 * Memory to read large chunks of lines into, used again once nobody holds the lines: making a megabyte anew for each
 * chunk costs a fifth of the whole way in page faults and collections. A small chunk gets memory of its own size, so that
 * a slow reader never holds much for little.
 */
import { openLease } from '../base/lease.ts'
import { makeRecords } from '../format/lines-split.ts'
import type { Records } from '../record/column.ts'

/** A chunk is read by so many bytes; room is left for the half line before it. */
export const CHUNK_BYTES: number = 2 << 20
const POOLED_BYTES = CHUNK_BYTES + (64 << 10)
const KEPT_CHUNKS = 24

export type Chunk = { readonly bytes: Uint8Array; readonly lines: Records }

export type ChunkPool = { take(bytes: number): Chunk }

export function makeChunkPool(): ChunkPool {
  const free: Chunk[] = []
  return {
    take(bytes) {
      if (bytes < CHUNK_BYTES || bytes > POOLED_BYTES) return makeChunk(bytes)
      const chunk = free.pop() ?? makeChunk(POOLED_BYTES)
      chunk.lines.lease = openLease(() => {
        if (free.length < KEPT_CHUNKS) free.push(chunk)
      })
      return chunk
    },
  }
}

function makeChunk(bytes: number): Chunk {
  return { bytes: new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer), lines: makeRecords((bytes >> 6) + 1) }
}
