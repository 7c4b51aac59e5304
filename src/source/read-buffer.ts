/**
 * Buffers to read lines into, used again once nobody holds the lines: a new megabyte for each read costs a fifth of the whole
 * way of a record in page faults and garbage collections. A small read gets memory of its own size, so that a slow reader
 * never holds much for little.
 *
 * The buffers are memory of the kernels while there is some, in which lines are cut and written as records without a copy. It
 * is never given back, so all sources share the buffers of one size.
 */
import { openLease } from '../base/lease.ts'
import { takeForLines } from '../kernel/line-memory.ts'
import type { Records } from '../record/column.ts'
import { makeRecords } from '../record/lines-split.ts'

/** Room in a pooled buffer for the half line before the bytes that are read. */
const HEAD_BYTES = 64 << 10
const KEPT_BYTES = 24 << 20

export type ReadBuffer = { readonly bytes: Uint8Array; readonly lines: Records }

/** Gives buffers of at least `bytes`. Releasing the lease of its lines gives a buffer back. */
export type ReadBufferPool = { take(bytes: number): ReadBuffer }

const freeOfSize = new Map<number, ReadBuffer[]>()

/** Keeps buffers for reads of `size` bytes and the half line before them; for other reads a buffer is made each time. */
export function readBufferPool(size: number): ReadBufferPool {
  const free = freeOfSize.get(size) ?? []
  freeOfSize.set(size, free)
  return {
    take(bytes) {
      if (bytes < size || bytes > size + HEAD_BYTES) return makeBuffer(bytes)
      const buffer = free.pop() ?? makeBuffer(size + HEAD_BYTES, takeForLines(size + HEAD_BYTES))
      buffer.lines.lease = openLease(() => {
        if ((free.length + 1) * size <= KEPT_BYTES) free.push(buffer)
      })
      return buffer
    },
  }
}

function makeBuffer(bytes: number, room?: Uint8Array): ReadBuffer {
  return {
    bytes: room ?? new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer),
    lines: makeRecords((bytes >> 6) + 1),
  }
}
