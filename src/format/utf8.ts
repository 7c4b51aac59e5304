/** UTF-8, checked where text leaves the program: inside it, strings are whatever bytes came in. */

const CONTINUATION_FIRST = 0x80
const CONTINUATION_LAST = 0xbf

/** U+FFFD in UTF-8: what an invalid sequence is replaced by. */
export const REPLACEMENT: readonly number[] = [0xef, 0xbf, 0xbd]

/**
 * Bytes of the character at `at`, 1 to 4; or, where it is invalid, minus the bytes that one U+FFFD stands for: the
 * longest beginning of a character, as the WHATWG and Unicode have it, so that we replace what browsers replace.
 */
export function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number
  if (lead < 0x80) return 1
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length === 0) return -1
  for (let i = 1; i < length; i++) {
    const byte = at + i < end ? (bytes[at + i] as number) : 0
    // The second byte is bounded closer: no overlong forms, no surrogates, nothing beyond U+10FFFF.
    const first = i > 1 ? CONTINUATION_FIRST : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : CONTINUATION_FIRST
    const last = i > 1 ? CONTINUATION_LAST : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : CONTINUATION_LAST
    if (byte < first || byte > last) return -i
  }
  return length
}
