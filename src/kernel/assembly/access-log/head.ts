/**
 * The head of an access-log line: what stands before its time. See `format/access-log/head.ts` for the rules, and for the
 * reasons that rejects get: both files check the same. AssemblyScript.
 *
 * The rules tell a line of this format from one of a neighbouring format, which has something in front of the host or
 * lacks a field, so that no value is taken for another.
 */
import { COLON, COMMA, DASH, DOT, OPEN_BRACKET, QUOTE, SPACE, ZERO } from '../bytes.ts'
import { FORWARDED, HOST, MOST_PORT } from './columns.ts'

const CLOSE_BRACKET: u8 = 93
const UNDERSCORE: u8 = 95
const DELETE: u8 = 127
/** The byte order mark of UTF-8, as a little-endian word of three bytes. */
const MARK: u32 = 0xbfbbef
/** `unix`, as a little-endian word: some servers log a local client so. */
const UNIX: u32 = 0x78696e75

/** The first space from `at` on, or `end`. */
export function spaceFrom(at: i32, end: i32): i32 {
  for (; at < end; at += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(SPACE)))
    if (hits !== 0) return min(at + ctz(hits), end)
  }
  return end
}

/** The end of the host at `from`, a space; 0 if there is no host. */
export function hostEnd(from: i32, end: i32): i32 {
  let colons: i32 = 0
  for (let at = from; at < end; at += 16) {
    // Up to the comma, which is the byte before the dash, and signed: bytes from 128 on are negative. Nearly all hosts have
    // none of these bytes, so the first one is the space.
    const bytes = v128.load(at)
    const stops = i8x16.bitmask(i8x16.lt_s(bytes, i8x16.splat(DASH)))
    // The bits before the first stop: all of them where there is none.
    colons |= i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(COLON))) & ((stops & -stops) - 1)
    if (stops === 0) continue
    const stop = at + ctz(stops)
    if (stop >= end) return 0
    if (colons === 0 && load<u8>(stop) === SPACE && isUsualStart(load<u8>(from))) return stop > from ? stop : 0
    break
  }
  return anyHostEnd(from, end, HOST)
}

/** A digit or one of `-./:`, a letter, or an underscore. */
function isUsualStart(byte: u8): bool {
  return <u32>byte - 45 <= 13 || (<u32>byte | 32) - 97 <= 25 || byte === UNDERSCORE
}

/** The same for any host, byte by byte: a host may also end at a comma where it is the first of a list. */
export function anyHostEnd(from: i32, end: i32, lead: i32): i32 {
  let at = from
  for (; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === SPACE || (byte === COMMA && lead === FORWARDED)) break
    if (byte < SPACE || byte === QUOTE || byte === COMMA || byte === DELETE) return 0
  }
  if (at === from || at >= end) return 0
  const first = load<u8>(from)
  if (first === OPEN_BRACKET) return isAddress(from, at) ? at : 0
  if (!isColonFitting(from, at)) return 0
  // `*`, and bytes that are not ASCII: but a byte order mark is not part of a name.
  if (first >= 128) return (load<u32>(from) & 0xffffff) === MARK ? 0 : at
  return first === 42 || isUsualStart(first) ? at : 0
}

/**
 * A colon is part of an address, before a port, or behind `unix`; any other was put in front of the host (`grep -H`,
 * `grep -n`).
 */
function isColonFitting(from: i32, end: i32): bool {
  let colon = from
  while (colon < end && load<u8>(colon) !== COLON) colon++
  if (colon === end || (colon > from && isPort(colon, end)) || isAddress(from, end)) return true
  return colon === from + 4 && load<u32>(from) === UNIX
}

/** The end, at a space, of the list of addresses whose first comma is at `comma`. 0 if it is no list. */
export function listEnd(comma: i32, end: i32): i32 {
  let at = comma
  while (at < end && load<u8>(at) === COMMA) {
    at++
    while (at < end && load<u8>(at) === SPACE) at++
    const next = anyHostEnd(at, end, FORWARDED)
    if (next === 0) return 0
    at = next
  }
  return at < end ? at : 0
}

/** The space after the virtual host at `from`, a name or an address, perhaps with a port. 0 if there is none. */
export function vhostEnd(from: i32, end: i32): i32 {
  const stop = spaceFrom(from, end)
  if (stop === from || stop === end) return 0
  const isShort = stop - from === 1 && (load<u8>(from) === DASH || load<u8>(from) === UNDERSCORE)
  return isShort || ((isAddress(from, stop) || isName(from, stop)) && isPortFitting(from, stop)) ? stop : 0
}

/** Whether what follows the colon of a port, if there is one, is a port. */
function isPortFitting(from: i32, end: i32): bool {
  let at = end - 1
  while (at > from && <u32>load<u8>(at) - ZERO <= 9) at--
  if (at === from || load<u8>(at) !== COLON) return true
  // An address with several colons is in brackets if it has a port.
  if (load<u8>(at - 1) !== CLOSE_BRACKET) {
    for (let before = from; before < at; before++) if (load<u8>(before) === COLON) return true
  }
  let port: i32 = 0
  for (at++; at < end && port <= MOST_PORT; at++) port = port * 10 + load<u8>(at) - ZERO
  return port <= MOST_PORT
}

/** Whether [from, end) is a name with a letter in it, and perhaps a port. */
function isName(from: i32, end: i32): bool {
  let letters = 0
  for (let at = from; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === COLON) return letters > 0 && isPort(at, end)
    if (byte >= 128 || (<u32>byte | 32) - 97 <= 25) letters++
    else if (<u32>byte - ZERO > 9 && byte !== DASH && byte !== DOT && byte !== UNDERSCORE) return false
  }
  return letters > 0 && (load<u32>(from) & 0xffffff) !== MARK
}

/** Whether [from, end) is a colon and digits. */
function isPort(from: i32, end: i32): bool {
  if (end - from < 2 || load<u8>(from) !== COLON) return false
  for (let at = from + 1; at < end; at++) if (<u32>load<u8>(at) - ZERO > 9) return false
  return true
}

/** Whether [from, end) is an IP address, perhaps with a port: `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]`, `[::1]:80`. */
function isAddress(from: i32, end: i32): bool {
  if (load<u8>(from) === OPEN_BRACKET) {
    let close = from + 1
    while (close < end && load<u8>(close) !== CLOSE_BRACKET) close++
    return close < end && isV6(from + 1, close) && (close + 1 === end || isPort(close + 1, end))
  }
  return isV4(from, end) || isV6(from, end)
}

function isV4(from: i32, end: i32): bool {
  let dots = 0
  let digits = 0
  for (let at = from; at < end; at++) {
    const byte = load<u8>(at)
    if (<u32>byte - ZERO <= 9) {
      if (++digits > 3) return false
      continue
    }
    if (byte === COLON) return dots === 3 && digits > 0 && isPort(at, end)
    if (byte !== DOT || digits === 0) return false
    dots++
    digits = 0
  }
  return dots === 3 && digits > 0
}

/** Hexadecimal digits and colons, seven of these or two together; perhaps a dotted end, and a zone behind `%`. */
function isV6(from: i32, end: i32): bool {
  let colons = 0
  let isShort = false
  for (let at = from; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === 37) break
    if (byte === COLON) {
      colons++
      if (at > from && load<u8>(at - 1) === COLON) isShort = true
    } else if (<u32>byte - ZERO > 9 && (<u32>byte | 32) - 97 > 5 && byte !== DOT) return false
  }
  return colons === 7 || (isShort && colons < 8)
}

function isOpenNumber(at: i32): bool {
  return load<u8>(at) === OPEN_BRACKET && <u32>load<u8>(at, 1) - ZERO <= 9
}

/**
 * Whether [ident, identEnd) is an ident, and what lies between it and the space at `behind` a user, or nothing if the ident
 * is `-`.
 */
export function areNames(ident: i32, identEnd: i32, behind: i32, lead: i32): bool {
  if (isAddress(ident, load<u8>(identEnd - 1) === COMMA ? identEnd - 1 : identEnd)) return false
  // A bracket with a digit in front of the time is another time, or a duration.
  if (isOpenNumber(ident)) return false
  for (let at = ident; at < identEnd; at++) if (load<u8>(at) < SPACE) return false
  const user = identEnd + 1
  if (behind < user) return lead === HOST && identEnd - ident === 1 && load<u8>(ident) === DASH
  if (behind - user === 1 && load<u8>(user) === DASH) return true
  // A word at a time: no user has a blank at its ends, and in none is a word `-` or an address.
  for (let at = user; at <= behind; ) {
    const word = at
    while (at < behind && load<u8>(at) > SPACE) at++
    if (at === word && (word === user || at === behind)) return false
    if (at > word && isOpenNumber(word)) return false
    if (at - word === 1 && load<u8>(word) === DASH) return false
    const bare = at > word && load<u8>(at - 1) === COMMA ? at - 1 : at
    if (bare > word && isAddress(word, bare)) return false
    at++
  }
  return true
}
