/** Writes numbers. AssemblyScript. Every function takes the address to write at and returns the address after what it wrote. */
import { DOT, MINUS, ZERO } from '../bytes.ts'

/** Every whole number up to here is a double. */
const MOST_WHOLE: f64 = 9_007_199_254_740_992
/** Below this and with at most MOST_PLACES decimal places, a number has no more than fifteen digits. */
const MOST_WITH_FRACTION: f64 = 1_000_000_000
const MOST_PLACES: i32 = 6

/** Writes a number below a hundred, in two digits. */
export function putPair(at: i32, value: u32): i32 {
  const tens = (value * 103) >> 10
  store<u16>(at, 0x3030 + tens + ((value - tens * 10) << 8))
  return at + 2
}

/** Writes a whole number that is not negative. */
export function putWhole(at: i32, value: u64): i32 {
  let digits: i32 = 1
  for (let limit: u64 = 10; digits < 19 && value >= limit; limit *= 10) digits++
  return putDigits(at, value, digits)
}

/** Writes a 32-bit integer. */
export function putInteger(at: i32, value: i32): i32 {
  if (value >= 0) return putWhole(at, value)
  store<u8>(at, MINUS)
  return putWhole(at + 1, <u64>-(<i64>value))
}

/** Writes a number in `digits` digits; it must not have more. */
export function putDigits(at: i32, value: u64, digits: i32): i32 {
  let to = at + digits
  for (; value > u32.MAX_VALUE && to >= at + 2; to -= 2) {
    const rest = value / 100
    putPair(to - 2, <u32>(value - rest * 100))
    value = rest
  }
  for (; to >= at + 2; to -= 2) {
    // Division of 32 bits by a hundred, see `rows/time.ts`.
    const rest = (value * 0x51eb851f) >> 37
    putPair(to - 2, <u32>(value - rest * 100))
    value = rest
  }
  if (to > at) store<u8>(at, ZERO + <u8>value)
  return at + digits
}

/**
 * The number of decimal places of a double; -1 if it is not written here. If a number of at most fifteen digits is read as
 * this double, it is the shortest one that is, and so the one that JavaScript writes: no two such numbers are the same double.
 */
export function placesOf(value: f64): i32 {
  const size = abs(value)
  if (size <= MOST_WHOLE && trunc(size) === size) return 0
  if (!(size < MOST_WITH_FRACTION)) return -1
  let scale: f64 = 1
  for (let places = 1; places <= MOST_PLACES; places++) {
    scale *= 10
    if (nearest(size * scale) / scale === size) return places
  }
  return -1
}

/** Writes a double for which `placesOf` is not -1. */
export function putDouble(at: i32, value: f64): i32 {
  if (reinterpret<i64>(value) < 0) store<u8>(at++, MINUS)
  const size = abs(value)
  const places = placesOf(size)
  if (places === 0) return putWhole(at, <u64>size)
  let scale: u64 = 1
  for (let i = 0; i < places; i++) scale *= 10
  const digits = <u64>nearest(size * <f64>scale)
  const whole = digits / scale
  at = putWhole(at, whole)
  store<u8>(at, DOT)
  return putDigits(at + 1, digits - whole * scale, places)
}
