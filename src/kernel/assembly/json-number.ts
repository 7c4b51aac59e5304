/** Digits, eight at a time: numbers of logs are short, and of a length that no processor guesses. AssemblyScript. */

/** More than this many digits are not looked at: a double holds any number of so many exactly. */
export const MOST_DIGITS: i32 = 15

/** How many digits `digitsAt` has read; more than MOST_DIGITS where it did not read them all. */
export let digitCount: i32 = 0

/** The number of the digits from `at` on; of those that are more than MOST_DIGITS, anything. */
export function digitsAt(at: i32): i64 {
  const word = load<u64>(at) ^ 0x3030_3030_3030_3030
  const count = countIn(word)
  digitCount = count
  // Digits before which there is nothing: shifted out to the end of the word, behind zeros.
  if (count < 8) return count === 0 ? 0 : numberOf(word << ((8 - count) << 3))
  const next = load<u64>(at, 8) ^ 0x3030_3030_3030_3030
  const more = countIn(next)
  digitCount = 8 + more
  if (more === 0) return numberOf(word)
  return more === 8 ? 0 : numberOf(word) * powerOfTen(more) + numberOf(next << ((8 - more) << 3))
}

/** How many bytes from the first on are digits, of eight that were exclusive-ored with `0`. */
function countIn(word: u64): i32 {
  const others = ((word + 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
  return others === 0 ? 8 : <i32>(ctz(others) >> 3)
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
