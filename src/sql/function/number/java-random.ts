/** java.util.Random: 48 bits of state, kept here as two halves of 24, so that each product is exact. */

const HALF = 2 ** 24
/** The multiplier 0x5DEECE66D and the addend 0xB. */
const HIGH = 0x5de
const LOW = 0xece66d
const ADDEND = 0xb

export type JavaRandom = {
  /** Random.nextDouble: [0, 1), in steps of 2^-53. */
  nextDouble(): number
  /** Random.nextInt(bound): [0, bound), where the bound is above 0. */
  nextInt(bound: number): number
}

/** The numbers of `new Random(seed)`, of an INT. */
export function javaRandom(seed: number): JavaRandom {
  let low = ((seed & 0xffffff) ^ LOW) >>> 0
  // The sign of an INT fills the long.
  let high = ((seed >> 24) & 0xffffff) ^ HIGH
  /** The uppermost `bits` bits, at most 32, as an unsigned number. */
  const next = (bits: number): number => {
    const lower = low * LOW + ADDEND
    const upper = high * LOW + low * HIGH + Math.floor(lower / HALF)
    low = lower % HALF
    high = upper % HALF
    return Math.floor((high * HALF + low) / 2 ** (48 - bits))
  }
  return {
    nextDouble() {
      const first = next(26)
      return (first * 2 ** 27 + next(27)) * 2 ** -53
    },
    nextInt(bound) {
      const first = next(31)
      if ((bound & -bound) === bound) return Math.floor((bound * first) / 2 ** 31)
      // Numbers from the last multiple of the bound on would be more frequent.
      let drawn = first
      while (drawn - (drawn % bound) + (bound - 1) > 2 ** 31 - 1) drawn = next(31)
      return drawn % bound
    },
  }
}
