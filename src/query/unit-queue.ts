/**
 * The next unit to run, for several threads: a counter in shared memory. No thread runs more than AHEAD units ahead of the
 * units merged, so that few outcomes wait for their turn.
 */

/** [0]: the next unit that no thread has taken; [1]: the number of units merged. */
export type Shared = Int32Array

const NEXT = 0
const MERGED = 1
const AHEAD = 8

/** A queue of which no unit is taken. */
export function makeShared(): Shared {
  return new Int32Array(new SharedArrayBuffer(8))
}

/** Takes the next unit; undefined if none is left. Blocks the thread while it is too far ahead: only for helpers. */
export function claim(shared: Shared, units: number): number | undefined {
  const unit = Atomics.add(shared, NEXT, 1)
  if (unit >= units) return undefined
  for (let merged = Atomics.load(shared, MERGED); unit >= merged + AHEAD; merged = Atomics.load(shared, MERGED)) {
    Atomics.wait(shared, MERGED, merged)
  }
  return unit
}

/** Takes the next unit without blocking: also undefined while it is too far ahead. */
export function tryClaim(shared: Shared, units: number): number | undefined {
  const next = Atomics.load(shared, NEXT)
  if (next >= units || next >= Atomics.load(shared, MERGED) + AHEAD) return undefined
  const unit = Atomics.add(shared, NEXT, 1)
  return unit < units ? unit : undefined
}

/** Sets the number of units merged, and wakes threads that were too far ahead. */
export function setMerged(shared: Shared, merged: number): void {
  Atomics.store(shared, MERGED, merged)
  Atomics.notify(shared, MERGED)
}

/** Lets no more units be taken. */
export function stopClaims(shared: Shared, units: number): void {
  Atomics.store(shared, NEXT, units)
  setMerged(shared, units)
}
