/**
 * Text as a terminal shows it: how many cells it takes, and with nothing in it that a terminal obeys.
 *
 * A log may hold anything. Control characters could take the terminal over, and those that turn the direction of writing
 * could hide what a line says, so both are written as escapes wherever text of a log is shown.
 */

/** Made where it is used: reading it takes half a millisecond of each start. */
const obeyed = (): RegExp => /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
const SHORT_ESCAPES: { readonly [character: string]: string } = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** The text with its control characters as escapes: `\n`, `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(obeyed(), (character) => {
    const code = character.charCodeAt(0).toString(16)
    return SHORT_ESCAPES[character] ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`)
  })
}

/** The same for text of several lines with tabs: line ends and tabs stay. */
export const printableLines = (text: string): string =>
  text.replace(obeyed(), (character) => (character === '\n' || character === '\t' ? character : printable(character)))

/** What is written to a stream: as it is, unless the stream is a terminal, which could obey it. */
export const harmlessOn = (stream: { readonly isTTY?: boolean }, data: Uint8Array | string): Uint8Array | string =>
  stream.isTTY === true ? printableLines(typeof data === 'string' ? data : new TextDecoder().decode(data)) : data

/** How many cells of a terminal the text takes: none for combining marks, two for wide characters. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text in at most `width` cells, its end replaced by … where it takes more. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let shown = ''
  let left = width - 1
  for (const character of text) {
    left -= characterWidth(character)
    if (left < 0) break
    shown += character
  }
  return `${shown}…`
}

/** The text as lines of at most `width` cells, broken between words; a word that is longer is cut. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || textWidth(longer) <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line].map((one) => cutText(one, width))
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

function characterWidth(character: string): number {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
