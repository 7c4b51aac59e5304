/** Random numbers from a seed: the same seed gives the same numbers on every machine. */

export type Random = {
  /** A number in [0, 1). */
  next(): number
  /** A whole number in [0, limit). */
  below(limit: number): number
}

/** A seed that nobody can know before, for the edge of the program. */
export const newSeed = (): number => process.getBuiltinModule('node:crypto').randomInt(2 ** 32)

/** Mulberry32: 32 bits of state, passes gjrand's small tests, one multiplication a step. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return { next, below: (limit) => Math.floor(next() * limit) }
}
