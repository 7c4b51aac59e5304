/** What others wrote, in a message: on one line, and no longer than anybody reads. */

/** Longest text of a server that a message repeats, in UTF-16 units. */
const QUOTED_LENGTH = 200

/** The text, or the beginning of bytes that are one, with single spaces, cut behind `most` UTF-16 units. */
export function oneLine(text: string | Uint8Array, most: number = QUOTED_LENGTH): string {
  // No character of UTF-8 has more than 4 bytes.
  const read = typeof text === 'string' ? text : new TextDecoder().decode(text.subarray(0, 4 * most + 4))
  const line = read.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > most ? `${line.slice(0, most)}…` : line
}
