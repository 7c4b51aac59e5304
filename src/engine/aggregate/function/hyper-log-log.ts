/**
 * The estimate of HyperLogLog++: how many different values there were, by the ranks of the registers. A register has the greatest
 * rank of the values that it was given, and the rank of a value is r with a chance of 2^-r.
 */

export const REGISTER_BITS = 14
export const REGISTERS: number = 1 << REGISTER_BITS
/** Up to this many, the number of empty registers says more than the ranks. Source: the paper's appendix. */
const LINEAR = 15_500
const FACTOR = (0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS

/** The estimate, a whole number. */
export function estimateOf(ranks: Uint8Array): number {
  let inverse = 0
  let empty = 0
  for (const rank of ranks) {
    inverse += 1 / (1 << rank)
    if (rank === 0) empty++
  }
  const raw = FACTOR / inverse
  if (empty > 0) {
    const linear = REGISTERS * Math.log(REGISTERS / empty)
    if (linear <= LINEAR || raw <= 2.5 * REGISTERS) return Math.round(linear)
  }
  return Math.round(raw < 5 * REGISTERS ? withoutBias(raw) : raw)
}

/** The number of values of which the raw estimate is expected. */
function withoutBias(raw: number): number {
  let least = 0
  let most = raw
  while (most - least > 0.01) {
    const middle = (least + most) / 2
    if (expectedRaw(middle) < raw) least = middle
    else most = middle
  }
  return (least + most) / 2
}

/** With `count` values a register has a rank of r or less with a chance of e^(-count / registers / 2^r). */
function expectedRaw(count: number): number {
  const each = count / REGISTERS
  let inverse = 0
  let before = 0
  for (let rank = 0; rank <= 64 - REGISTER_BITS + 1; rank++) {
    const upTo = Math.exp(-each / 2 ** rank)
    inverse += (upTo - before) / 2 ** rank
    before = upTo
  }
  return FACTOR / (REGISTERS * inverse)
}
