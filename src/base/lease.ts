/**
 * Memory that is used again once everybody who holds it has let go. Who forgets to let go costs its reuse and nothing else;
 * who lets go too early reads what others write.
 */

import { assert } from './assert.ts'

export type Lease = {
  /** Keeps the memory as it is until one more `release`. */
  hold(): void
  release(): void
}

/** Held once from the start; `free` is called when nobody holds it any more. */
export function openLease(free: () => void): Lease {
  let holders = 1
  return {
    hold() {
      assert(holders > 0, 'nobody holds what was given back')
      holders++
    },
    release() {
      assert(holders > 0, 'what is held is let go once')
      holders--
      if (holders === 0) free()
    },
  }
}
