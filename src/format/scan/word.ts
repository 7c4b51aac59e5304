/**
 * Looks at four bytes at once, in a 32-bit word read in little-endian order: for texts that are mostly longer than a word,
 * this takes half as long as a loop over bytes. `hit` has the top bit of every byte that was looked for, and perhaps of bytes
 * after the first of them: only the first counts.
 */

/** Hits where a byte of `word` is the byte of `pattern` (which has it four times). */
export function byteIn(word: number, pattern: number): number {
  const difference = word ^ pattern
  return (difference - 0x01010101) & ~difference & 0x80808080
}

/**
 * Hits where a byte of `word` may end a JSON string: a quote, a backslash or a control character. One mask at the end is
 * enough for all, because a byte keeps its top bit when it is xored with an ASCII byte.
 */
export function stringEndIn(word: number): number {
  const controls = word - 0x20202020
  const quotes = (word ^ 0x22222222) - 0x01010101
  const backslashes = (word ^ 0x5c5c5c5c) - 0x01010101
  return (controls | quotes | backslashes) & ~word & 0x80808080
}

/** Index, 0 to 3, of the first byte that was hit; `hit` is not 0. */
export function firstHit(hit: number): number {
  return (31 - Math.clz32(hit & -hit)) >> 3
}

/**
 * The same bytes as a plain Uint8Array, even if a caller reads into Buffers: the hot loops are faster if all arrays are of
 * one class.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether `text` is at `at`. */
export function hasBytesAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (text[i] !== bytes[at + i]) return false
  return true
}
