/**
 * Memory that is used again once every holder has released it. A holder that never releases it only costs its reuse; one
 * that releases it too early reads the bytes of the next user.
 */
import { assert } from './assert.ts'

export type Lease = {
  /** Keeps the memory unchanged until one more `release`. */
  hold(): void
  release(): void
}

/** A lease with one holder; `free` is called when the last holder has released it. */
export function openLease(free: () => void): Lease {
  let holders = 1
  return {
    hold() {
      assert(holders > 0, 'memory that is free cannot be held')
      holders++
    },
    release() {
      assert(holders > 0, 'each holder releases memory once')
      holders--
      if (holders === 0) free()
    },
  }
}
