/**
 * Texts from outside as a person can read them: controls, and what turns the direction of a text or has no width, are escapes. Without
 * that a value could look like another, or like a part of the page. What joins letters and emoji stays.
 */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** The text with escapes. Line breaks stay where `keepsLines`. */
export function escapeHidden(text: string, keepsLines = false): string {
  return text.replace(HIDDEN, (character) => {
    if (keepsLines && character === '\n') return character
    return ESCAPES[character] ?? escaped(character.charCodeAt(0))
  })
}

const escaped = (code: number): string =>
  code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
