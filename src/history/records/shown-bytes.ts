/** Bytes from outside as plain data for people: as text where they are UTF-8, else in base64, and cut where they are long. */
import { isUtf8 } from 'node:buffer'
import type { ShownBytes } from './record-view.ts'

/** About `most` bytes, from `start` on. A character of UTF-8 is not cut. */
export function shownBytes(bytes: Uint8Array, most: number, start = 0): ShownBytes {
  const from = start === 0 ? 0 : characterStart(bytes, start)
  const to = Math.max(from, from + most >= bytes.length ? bytes.length : characterStart(bytes, from + most))
  const part = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
  const encoding = isUtf8(part) ? 'utf8' : 'base64'
  return { text: part.toString(encoding), encoding, start: from, bytes: bytes.length }
}

const LONGEST_CHARACTER = 4

/** The start of the character that has the byte at `at`, where it is one. */
function characterStart(bytes: Uint8Array, at: number): number {
  for (let start = at; start > Math.max(0, at - LONGEST_CHARACTER); start--) {
    if (((bytes[start] as number) & 0xc0) !== 0x80) return start
  }
  return at
}
