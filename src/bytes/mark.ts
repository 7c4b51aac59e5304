/** The byte order mark that some programs write at the start of a text: U+FEFF, in UTF-8. It is no part of the text. */

/** Bytes of a byte order mark. */
export const MARK_BYTES = 3

/** Whether the bytes of [from, end) begin with a byte order mark. */
export const hasMark = (bytes: Uint8Array, from = 0, end: number = bytes.length): boolean =>
  end - from >= MARK_BYTES && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf

/** The text without the byte order mark that it may begin with. */
export const withoutMark = (text: string): string => text.replace(/^\ufeff/, '')
