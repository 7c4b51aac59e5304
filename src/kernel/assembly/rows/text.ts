/**
 * Writes texts, which may be any bytes: those that are not UTF-8 become U+FFFD. AssemblyScript. Every function takes the
 * address to write at and returns the address after what it wrote; up to sixteen bytes after that may be overwritten.
 */
import { BACKSLASH, COMMA, CR, LF, LOWER_U, QUOTE, SPACE, ZERO } from '../bytes.ts'

/** The least byte that is not ASCII. */
const NOT_ASCII: u8 = 0x80

/** Where the text continues after what `putCharacters` wrote. */
let behind: i32 = 0

/** Copies bytes. */
export function copy(at: i32, from: i32, length: i32): i32 {
  for (let done = 0; done < length; done += 16) v128.store(at + done, v128.load(from + done))
  return at + length
}

/** Writes the text [from, end) as a string of JSON. */
export function putString(at: i32, from: i32, end: i32): i32 {
  store<u8>(at++, QUOTE)
  while (from < end) {
    const bytes = v128.load(from)
    v128.store(at, bytes)
    const marks = v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH)))
    // As signed bytes, those that are not ASCII are less than a blank, as control characters are.
    const plain = plainOf(v128.or(marks, i8x16.lt_s(bytes, i8x16.splat(SPACE))), end - from)
    at += plain
    from += plain
    if (plain === 16 || from === end) continue
    if (load<u8>(from) < NOT_ASCII) {
      at = putEscape(at, load<u8>(from))
      from++
    } else {
      at = putCharacters(at, from, end)
      from = behind
    }
  }
  store<u8>(at, QUOTE)
  return at + 1
}

function putEscape(at: i32, byte: u8): i32 {
  store<u8>(at, BACKSLASH)
  store<u8>(at, shortEscape(byte), 1)
  if (load<u8>(at, 1) !== LOWER_U) return at + 2
  store<u16>(at, 0x3030, 2)
  store<u8>(at, ZERO + (byte >> 4), 4)
  const digit = byte & 15
  store<u8>(at, digit < 10 ? ZERO + digit : digit + 87, 5)
  return at + 6
}

/** The byte after the backslash. */
function shortEscape(byte: u8): u8 {
  if (byte === QUOTE || byte === BACKSLASH) return byte
  if (byte === 8) return 98 // b
  if (byte === 9) return 116 // t
  if (byte === LF) return 110 // n
  if (byte === 12) return 102 // f
  return byte === CR ? 114 : LOWER_U // r
}

/** Writes the text [from, end) as a field of CSV. */
export function putField(at: i32, from: i32, end: i32): i32 {
  const behindPlain = from === end ? 0 : putPlain(at, from, end)
  return behindPlain === 0 ? putQuoted(at, from, end) : behindPlain
}

/** Writes a text without quotes; 0 if it needs them. */
function putPlain(at: i32, from: i32, end: i32): i32 {
  while (from < end) {
    const bytes = v128.load(from)
    v128.store(at, bytes)
    const marks = v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(COMMA)))
    const ends = v128.or(i8x16.eq(bytes, i8x16.splat(LF)), i8x16.eq(bytes, i8x16.splat(CR)))
    const plain = plainOf(v128.or(v128.or(marks, ends), i8x16.lt_s(bytes, i8x16.splat(0))), end - from)
    at += plain
    from += plain
    if (plain === 16 || from === end) continue
    if (load<u8>(from) < NOT_ASCII) return 0
    at = putCharacters(at, from, end)
    from = behind
  }
  return at
}

function putQuoted(at: i32, from: i32, end: i32): i32 {
  store<u8>(at++, QUOTE)
  while (from < end) {
    const bytes = v128.load(from)
    v128.store(at, bytes)
    const stops = v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.lt_s(bytes, i8x16.splat(0)))
    const plain = plainOf(stops, end - from)
    at += plain
    from += plain
    if (plain === 16 || from === end) continue
    if (load<u8>(from) < NOT_ASCII) {
      store<u16>(at, 0x2222) // two quotes
      at += 2
      from++
    } else {
      at = putCharacters(at, from, end)
      from = behind
    }
  }
  store<u8>(at, QUOTE)
  return at + 1
}

/** The number of bytes before the first stop, at most `left`. */
function plainOf(stops: v128, left: i32): i32 {
  // Sixteen if there is none.
  return min(ctz(i8x16.bitmask(stops) | 0x10000), left)
}

/** Writes the characters from `from` on up to the next ASCII one. */
function putCharacters(at: i32, from: i32, end: i32): i32 {
  do {
    const length = characterLength(from, end)
    if (length > 0) {
      store<u32>(at, load<u32>(from))
      at += length
      from += length
    } else {
      store<u32>(at, 0xbdbfef) // U+FFFD
      at += 3
      from -= length
    }
  } while (from < end && load<u8>(from) >= NOT_ASCII)
  behind = from
  return at
}

/**
 * The length of the character at `at`, which is not ASCII; if it is invalid, minus the number of bytes that one U+FFFD
 * replaces: the longest beginning of a character, as WHATWG and Unicode define it, so that the result is that of browsers.
 */
function characterLength(at: i32, end: i32): i32 {
  const lead = load<u8>(at)
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length === 0) return -1
  for (let i = 1; i < length; i++) {
    const byte: u8 = at + i < end ? load<u8>(at + i) : 0
    // The second byte has narrower bounds: no overlong forms, no surrogates, nothing beyond U+10FFFF.
    const first: u8 = i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const last: u8 = i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (byte < first || byte > last) return -i
  }
  return length
}
