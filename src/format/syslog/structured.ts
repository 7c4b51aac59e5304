/**
 * The structured data of RFC 5424: `[id name="value" other="va\"lue"][id]`, or `-`. In a value a backslash stands before `"`, `\`
 * and `]`.
 */

const BLANK = 32
const QUOTE = 34
const DASH = 45
const EQUALS = 61
const OPEN = 91
const BACKSLASH = 92
const CLOSE = 93

/** Where the structured data at `from` ends; a number below zero, -1 - place, where it stops being such data. */
export function endOfStructured(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[from] === DASH && from < end) return from + 1
  let at = from
  do {
    if (at >= end || bytes[at] !== OPEN) return -1 - at
    at = endOfName(bytes, at + 1, end)
    if (at < 0) return at
    while (bytes[at] === BLANK && at < end) {
      at = endOfName(bytes, at + 1, end)
      if (at < 0) return at
      if (at + 1 >= end || bytes[at] !== EQUALS || bytes[at + 1] !== QUOTE) return -1 - at
      for (at += 2; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
      if (at >= end) return -1 - end
      at++
    }
    if (at >= end || bytes[at] !== CLOSE) return -1 - at
    at++
  } while (at < end && bytes[at] === OPEN)
  return at
}

/** The end of a name of at least one character. */
function endOfName(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (byte <= BLANK || byte >= 127 || byte === EQUALS || byte === CLOSE || byte === QUOTE) break
  }
  return at === from ? -1 - at : at
}
