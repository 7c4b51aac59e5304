/** Digits, eight at a time: numbers of logs are short, and of a length that no processor guesses. AssemblyScript. */

/** More than this many digits are not looked at: a double holds any number of so many exactly. */
export const MOST_DIGITS: i32 = 15

/** How many digits `digitsAt` has read; more than MOST_DIGITS where it did not read them all. */
export let digitCount: i32 = 0

/** Exclusive-ored with this, a digit is its number. */
export const ZEROS: u64 = 0x3030_3030_3030_3030

/** The number of the digits from `at` on; of those that are more than MOST_DIGITS, anything. */
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

/** How many bytes from the first on are digits. */
export function digitsIn(word: u64): i32 {
  const others = ((word + 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
  return others === 0 ? 8 : <i32>(ctz(others) >> 3)
}

/** The number of the first digits, of which there are so many, fewer than eight: they are moved behind zeros. */
export function firstOf(word: u64, count: i32): i64 {
  // Twice, as a shift by 64 bits is one by none.
  return numberOf((word << 8) << (56 - (count << 3)))
}

/** The number of eight digits, each a byte, the first the lowest: by pairs, then fours, then all. */
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
