/** JSON strings without their escapes. */
import type { TextScratch } from '../scan/text-scratch.ts'
import { byteIn } from '../scan/word.ts'

const BACKSLASH = 92
const BACKSLASHES = 0x5c5c5c5c
/** Bytes of a word. */
const WORD = 4
const LOWER_U = 117
/** U+FFFD in UTF-8. */
const REPLACEMENT: readonly number[] = [0xef, 0xbf, 0xbd]
/** The meaning of each byte after a backslash: that of \b, \f, \n, \r and \t; any other byte means itself. */
const MEANING: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => byte)
for (const [letter, meaning] of Object.entries({ b: 8, f: 12, n: 10, r: 13, t: 9 })) {
  MEANING[letter.charCodeAt(0)] = meaning
}

/**
 * Puts the string [from, end) of `bytes` into the scratch without its escapes, which must be valid, and returns where it
 * starts there; it ends at the scratch's end. Half a surrogate pair becomes U+FFFD.
 */
export function unescapeJson(scratch: TextScratch, bytes: Uint8Array, from: number, end: number): number {
  // An escape is never shorter than its meaning; a word may reach beyond the end.
  scratch.reserve(end - from + WORD)
  const out = scratch.bytes
  const words = scratch.words
  const start = scratch.end
  let to = start
  for (let at = from; at < end; ) {
    // The scratch has the records too, so both are words of one buffer.
    while (at + WORD <= end) {
      const word = words.getInt32(at, true)
      if (byteIn(word, BACKSLASHES) !== 0) break
      words.setInt32(to, word, true)
      at += WORD
      to += WORD
    }
    if (at >= end) break
    const byte = bytes[at++] as number
    if (byte !== BACKSLASH) {
      out[to++] = byte
      continue
    }
    const kind = bytes[at++] as number
    if (kind !== LOWER_U) {
      out[to++] = MEANING[kind] as number
      continue
    }
    let code = hex4(bytes, at)
    at += 4
    if (code >= 0xd800 && code < 0xdc00 && bytes[at] === BACKSLASH && bytes[at + 1] === LOWER_U && at < end) {
      const low = hex4(bytes, at + 2)
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + (code - 0xd800) * 0x400 + low - 0xdc00
        at += 6
      }
    }
    to = putCharacter(out, to, code)
  }
  scratch.end = to
  return start
}

function putCharacter(out: Uint8Array, at: number, code: number): number {
  let to = at
  if (code < 0x80) out[to++] = code
  else if (code < 0x800) {
    out[to++] = 0xc0 | (code >> 6)
    out[to++] = 0x80 | (code & 63)
  } else if (code >= 0xd800 && code < 0xe000) for (const byte of REPLACEMENT) out[to++] = byte
  else {
    if (code < 0x10000) out[to++] = 0xe0 | (code >> 12)
    else {
      out[to++] = 0xf0 | (code >> 18)
      out[to++] = 0x80 | ((code >> 12) & 63)
    }
    out[to++] = 0x80 | ((code >> 6) & 63)
    out[to++] = 0x80 | (code & 63)
  }
  return to
}

function hex4(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] as number
    value = value * 16 + (byte <= 57 ? byte - 48 : (byte | 32) - 87)
  }
  return value
}
