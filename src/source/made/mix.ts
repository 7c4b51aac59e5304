/**
 * Random numbers of a record, which follow from the seed and the number of the record: so a generator goes on from any record
 * without those before it. Only 32-bit arithmetic, which is the same on every machine.
 */

/** The step of Mulberry32 and of the draws of a record. */
export const DRAW_STEP = 0x6d2b79f5
/** All 32-bit random numbers are below it. */
export const DRAW_LIMIT: number = 2 ** 32

/** The output step of Mulberry32, as in `base/random.ts`: 32 random bits of a state. */
export function mix(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return (mixed ^ (mixed >>> 14)) >>> 0
}

/** The state that the draws of record `n` begin with. Records of different seeds have nothing in common. */
export function recordState(seed: number, n: number): number {
  const high = Math.floor(n / DRAW_LIMIT)
  return mix(Math.imul(n | 0, 0x9e3779b9) ^ mix((seed + Math.imul(high, 0x85ebca6b)) | 0)) | 0
}

/** Draw number `k`, from 1, of a record: 32 random bits. */
export const draw = (state: number, k: number): number => mix((state + Math.imul(k, DRAW_STEP)) | 0)

/** The whole number in [0, limit) that 32 random bits stand for. */
export const below = (random: number, limit: number): number => Math.floor((random * limit) / DRAW_LIMIT)
