/**
 * Which unit comes next, for several threads: a counter in shared memory. Nobody runs further ahead of what was merged
 * than AHEAD units, so that outcomes that wait for their turn are few.
 */

/** [0]: the next unit that nobody has taken; [1]: how many were merged. */
export type Shared = Int32Array

const NEXT = 0
const MERGED = 1
const AHEAD = 8

export function makeShared(): Shared {
  return new Int32Array(new SharedArrayBuffer(8))
}

/** Takes the next unit; undefined where none is left. Blocks the thread while it is too far ahead: for workers only. */
export function claim(shared: Shared, units: number): number | undefined {
  const unit = Atomics.add(shared, NEXT, 1)
  if (unit >= units) return undefined
  for (let merged = Atomics.load(shared, MERGED); unit >= merged + AHEAD; merged = Atomics.load(shared, MERGED)) {
    Atomics.wait(shared, MERGED, merged)
  }
  return unit
}

/** Takes the next unit without blocking: undefined also while it would be too far ahead. */
export function tryClaim(shared: Shared, units: number): number | undefined {
  const next = Atomics.load(shared, NEXT)
  if (next >= units || next >= Atomics.load(shared, MERGED) + AHEAD) return undefined
  const unit = Atomics.add(shared, NEXT, 1)
  return unit < units ? unit : undefined
}

export function setMerged(shared: Shared, merged: number): void {
  Atomics.store(shared, MERGED, merged)
  Atomics.notify(shared, MERGED)
}

/** Lets no more units be taken. */
export function stopClaims(shared: Shared, units: number): void {
  Atomics.store(shared, NEXT, units)
  setMerged(shared, units)
}
