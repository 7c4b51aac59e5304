/** Ranges of a partition's lines over the buffer of all lines: their arrays are used again and again. */
import { openLease } from '../base/lease.ts'
import type { Records } from '../record/column.ts'

/** Arrays of ranges that are kept for reuse: their least length, and how many there are at most. */
const LEAST_RANGES = 1024
const FREE_RANGES = 64

/** Arrays for ranges over the buffer of other records, whose lease is held until they are released. */
export type RangePool = { take(count: number, over: Records): Records }

/** A pool without arrays. */
export function makeRangePool(): RangePool {
  const free: { readonly start: Int32Array; readonly end: Int32Array }[] = []
  return {
    take(count, { bytes, lease }) {
      if (lease === undefined) return { bytes, start: new Int32Array(count), end: new Int32Array(count), count }
      const kept = free.pop()
      const capacity = Math.max(LEAST_RANGES, 2 ** Math.ceil(Math.log2(count)))
      const made =
        kept !== undefined && kept.start.length >= count
          ? kept
          : { start: new Int32Array(capacity), end: new Int32Array(capacity) }
      lease.hold()
      const own = openLease(() => {
        if (free.length < FREE_RANGES) free.push(made)
        lease.release()
      })
      return { bytes, ...made, count, lease: own }
    },
  }
}
