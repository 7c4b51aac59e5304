/**
 * Reads JSON text and checks all of it, as `format/json/scan.ts` does. AssemblyScript. Every function takes the address at
 * which it begins and returns the address after what it read, or 0 if the text is not JSON: then JavaScript finds the reason.
 *
 * The functions may read up to a value beyond the end of a record: the caller compares the address after the record's last
 * bracket with its end.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  DOT,
  LOWER_E,
  LOWER_U,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  SPACE,
  ZERO,
} from '../bytes.ts'
import { isFalse, isNull, isTrue } from '../value/words.ts'

/** How deep arrays and objects may be nested. */
export const DEPTH: i32 = 256

/** Whether the last string has escapes. */
export let hasEscapes: bool = false

/** The first byte from `at` on that is not a blank. */
export function blanks(at: i32): i32 {
  while (isBlank(load<u8>(at))) at++
  return at
}

export function isBlank(byte: u8): bool {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13
}

/** The address of the closing quote of the string whose opening quote is before `at`. */
export function stringEnd(at: i32, end: i32): i32 {
  hasEscapes = false
  while (at < end) {
    const stops = stopsIn(at)
    if (stops === 0) {
      at += 16
      continue
    }
    at += ctz(stops)
    const byte = load<u8>(at)
    if (byte === QUOTE) return at
    if (byte !== BACKSLASH) return 0
    hasEscapes = true
    at = escapeEnd(at)
    if (at === 0) return 0
  }
  return 0
}

/** A bit for each of the 16 bytes at `at` that a string contains only as an escape, or that ends it. */
export function stopsIn(at: i32): i32 {
  const bytes = v128.load(at)
  const quotes = i8x16.eq(bytes, i8x16.splat(QUOTE))
  const others = v128.or(i8x16.eq(bytes, i8x16.splat(BACKSLASH)), i8x16.le_u(bytes, i8x16.splat(0x1f)))
  return i8x16.bitmask(v128.or(quotes, others))
}

/** Reads the escape at `at`. */
function escapeEnd(at: i32): i32 {
  const kind = load<u8>(at, 1)
  if (kind === LOWER_U) return isHex(at + 2) && isHex(at + 3) && isHex(at + 4) && isHex(at + 5) ? at + 6 : 0
  const isKnown =
    kind === QUOTE ||
    kind === BACKSLASH ||
    kind === 47 || // a slash
    kind === 98 || // b f n r t
    kind === 102 ||
    kind === 110 ||
    kind === 114 ||
    kind === 116
  return isKnown ? at + 2 : 0
}

function isHex(at: i32): bool {
  const byte: u32 = load<u8>(at)
  return byte - ZERO <= 9 || (byte | 32) - 97 <= 5
}

/** Reads a number. */
function numberEnd(at: i32): i32 {
  if (load<u8>(at) === MINUS) at++
  const first = at
  at = digitsEnd(at)
  if (at === first || (load<u8>(first) === ZERO && at > first + 1)) return 0
  if (load<u8>(at) === DOT) {
    const fraction = at + 1
    at = digitsEnd(fraction)
    if (at === fraction) return 0
  }
  if ((load<u8>(at) | 32) !== LOWER_E) return at
  at++
  if (load<u8>(at) === MINUS || load<u8>(at) === PLUS) at++
  const exponent = at
  at = digitsEnd(at)
  return at === exponent ? 0 : at
}

function digitsEnd(at: i32): i32 {
  while (<u32>load<u8>(at) - ZERO <= 9) at++
  return at
}

/** Reads a value that is neither an array nor an object. */
export function scalarEnd(at: i32, end: i32): i32 {
  const byte = load<u8>(at)
  if (byte === QUOTE) {
    const close = stringEnd(at + 1, end)
    return close === 0 ? 0 : close + 1
  }
  if (byte === MINUS || <u32>byte - ZERO <= 9) return numberEnd(at)
  if (isNull(at) || isTrue(at)) return at + 4
  return isFalse(at) ? at + 5 : 0
}

/** Reads the colon after a name, and blanks around it. */
export function colonEnd(at: i32): i32 {
  if (load<u8>(at) !== COLON) {
    at = blanks(at)
    if (load<u8>(at) !== COLON) return 0
  }
  at++
  return load<u8>(at) <= SPACE ? blanks(at) : at
}

/** Reads a value of any kind. The closing brackets of open containers are kept from `stack` on. */
export function valueEnd(at: i32, end: i32, stack: i32): i32 {
  let depth = 0
  while (at < end) {
    // Here a value begins.
    const byte = load<u8>(at)
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === DEPTH) return 0
      const close: u8 = byte + 2
      at = blanks(at + 1)
      if (load<u8>(at) === close) at++
      else {
        store<u8>(stack + depth++, close)
        if (close === CLOSE_BRACE) at = nameEnd(at, end)
        if (at === 0) return 0
        continue
      }
    } else at = scalarEnd(at, end)
    // Here a value has ended, and perhaps containers that it was the last value of.
    for (;;) {
      if (at === 0 || depth === 0) return at
      if (load<u8>(at) <= SPACE) at = blanks(at)
      const next = load<u8>(at)
      const close = load<u8>(stack + depth - 1)
      if (next === close) {
        depth--
        at++
        continue
      }
      if (next !== COMMA) return 0
      at = blanks(at + 1)
      if (close === CLOSE_BRACE) at = nameEnd(at, end)
      if (at === 0) return 0
      break
    }
  }
  return 0
}

/** Reads a member's name with its colon. */
function nameEnd(at: i32, end: i32): i32 {
  if (load<u8>(at) !== QUOTE) return 0
  const close = stringEnd(at + 1, end)
  return close === 0 ? 0 : colonEnd(close + 1)
}
