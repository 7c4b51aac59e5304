/**
 * Values without their escapes. nginx writes `\x22` for a quote, a backslash and bytes that are not printable ASCII, or escapes
 * of JSON; Apache writes `\"`, `\\`, `\n` and the like, and `\x1b`. No server writes a backslash that begins none of these, and
 * one that does not stays as it is. So one reader does for all.
 */
import type { TextScratch } from '../scan/text-scratch.ts'

const BACKSLASH = 92
const LOWER_U = 117
const LOWER_X = 120
/** What a backslash and this byte mean: `\"`, `\/`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`, `\v`. */
const MEANING: ReadonlyMap<number, number> = new Map([
  ...[34, 47, BACKSLASH].map((byte) => [byte, byte] as const),
  ...([
    [98, 8],
    [102, 12],
    [110, 10],
    [114, 13],
    [116, 9],
    [118, 11],
  ] as const),
])

/** Puts the text [from, end) of `bytes` into the scratch without its escapes; returns where it starts there. It ends at the scratch's end. */
export function unescapeValue(scratch: TextScratch, bytes: Uint8Array, from: number, end: number): number {
  // An escape is never shorter than its meaning.
  scratch.reserve(end - from)
  const out = scratch.bytes
  const start = scratch.end
  let to = start
  for (let at = from; at < end; ) {
    const byte = bytes[at++] as number
    const kind = byte === BACKSLASH && at < end ? (bytes[at] as number) : 0
    const meaning = MEANING.get(kind)
    const digits = kind === LOWER_X ? 2 : kind === LOWER_U ? 4 : 0
    const code = digits === 0 || at + digits >= end ? -1 : hexadecimal(bytes, at + 1, digits)
    if (meaning !== undefined) {
      out[to++] = meaning
      at++
    } else if (code < 0) out[to++] = byte
    else if (digits === 2) {
      out[to++] = code
      at += 3
    } else {
      at += 5
      const low =
        isHigh(code) && at + 5 < end && bytes[at] === BACKSLASH && bytes[at + 1] === LOWER_U
          ? hexadecimal(bytes, at + 2, 4)
          : -1
      const isPair = low >= 0xdc00 && low < 0xe000
      to = putCharacter(out, to, isPair ? 0x10000 + (code - 0xd800) * 0x400 + low - 0xdc00 : code)
      if (isPair) at += 6
    }
  }
  scratch.end = to
  return start
}

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00

/** Puts a character in UTF-8; half a surrogate pair is U+FFFD. */
function putCharacter(out: Uint8Array, at: number, code: number): number {
  const text = Buffer.from(String.fromCodePoint(code))
  out.set(text, at)
  return at + text.length
}

/** The number of `count` hexadecimal digits; -1 if one is none. */
function hexadecimal(bytes: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) {
    const byte = bytes[at] as number
    const digit = byte <= 57 ? byte - 48 : (byte | 32) - 87
    if (digit < 0 || digit > 15 || (byte > 57 && digit < 10)) return -1
    value = value * 16 + digit
  }
  return value
}
