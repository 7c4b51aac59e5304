/** Reads digits, eight at a time: numbers in logs are short, and no processor predicts their lengths. AssemblyScript. */

/** Longer numbers are not read here: a double holds any number of this many digits exactly. */
export const MOST_DIGITS: i32 = 15

/** The number of digits that `digitsAt` has read; more than MOST_DIGITS if it did not read all. */
export let digitCount: i32 = 0

/** A digit xored with this is its value. */
export const ZEROS: u64 = 0x3030_3030_3030_3030

/** The number whose digits begin at `at`; arbitrary if there are more than MOST_DIGITS. */
export function digitsAt(at: i32): i64 {
  const word = load<u64>(at) ^ ZEROS
  const count = digitsIn(word)
  digitCount = count
  if (count < 8) return firstOf(word, count)
  const next = load<u64>(at, 8) ^ ZEROS
  const more = digitsIn(next)
  digitCount = 8 + more
  return more === 8 ? 0 : numberOf(word) * powerOfTen(more) + firstOf(next, more)
}

/** The number of bytes before the first that is not a digit. */
export function digitsIn(word: u64): i32 {
  const others = ((word + 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
  return others === 0 ? 8 : <i32>(ctz(others) >> 3)
}

/** The number that the first `count` digits are, fewer than eight: they are shifted behind zeros. */
export function firstOf(word: u64, count: i32): i64 {
  // In two steps, because a shift by 64 bits does nothing.
  return numberOf((word << 8) << (56 - (count << 3)))
}

/** The number that eight digits are, each in a byte, the first in the lowest: by pairs, then fours, then all. */
function numberOf(digits: u64): i64 {
  const pairs = digits * 10 + (digits >> 8)
  const outer = (pairs & 0x0000_00ff_0000_00ff) * 0x000f_4240_0000_0064
  const inner = ((pairs >> 16) & 0x0000_00ff_0000_00ff) * 0x0000_2710_0000_0001
  return <i64>((outer + inner) >> 32)
}

export function powerOfTen(exponent: i32): i64 {
  let power: i64 = 1
  for (; exponent > 0; exponent--) power *= 10
  return power
}
