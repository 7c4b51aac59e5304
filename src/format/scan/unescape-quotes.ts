/**
 * The quoted fields of access logs with `\"` read as a quote. All other escapes stay as they were written: only the server
 * knows what `\x16` was, and `\\` is a pair, so that a quote after it is not escaped.
 */
import type { TextScratch } from './text-scratch.ts'

const QUOTE = 34
const BACKSLASH = 92

/** Puts the field [from, end) of a record into the scratch, and returns where it starts there; it ends at the scratch's end. */
export function unescapeQuotes(scratch: TextScratch, from: number, end: number): number {
  scratch.reserve(end - from)
  const { bytes } = scratch
  const start = scratch.end
  let to = start
  for (let at = from; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === BACKSLASH && at + 1 < end) {
      const next = bytes[++at] as number
      if (next !== QUOTE) bytes[to++] = BACKSLASH
      bytes[to++] = next
    } else bytes[to++] = byte
  }
  scratch.end = to
  return start
}
