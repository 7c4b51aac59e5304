/** The sets of characters that Java's regular expressions name, written for JavaScript's flag `u`. */

/** The characters that `.` does not match, and before which `$` matches. */
export const LINE_END = '\\n\\r\\u0085\\u2028\\u2029'
const SPACE = ' \\t\\n\\x0B\\f\\r'
export const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'a-zA-Z_0-9',
  s: SPACE,
}
export const PROPERTIES: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7F',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`\\{-~',
  XDigit: '0-9a-fA-F',
  Space: SPACE,
}
export const CATEGORY: RegExp = /^(?:L|Lu|Ll|Lt|Lm|Lo|M|N|Nd|Nl|No|P|S|Z|IsL|IsLu|IsLl|IsN|IsNd|IsP)$/
export const CONTROLS: Readonly<Record<string, string>> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f' }

/** The code point as `\u{…}`. */
export const codePointEscape = (codePoint: number): string => `\\u{${codePoint.toString(16)}}`

/** The character, escaped if JavaScript could read it as anything but itself. */
export const quoted = (character: string): string =>
  /[\w ]/.test(character) ? character : codePointEscape(character.codePointAt(0) ?? 0)

/** The range as items of a class; with `ignoreCase` its ASCII letters in their other case too. */
export function rangeItems(from: number, to: number, ignoreCase: boolean): string {
  let items = `${codePointEscape(from)}-${codePointEscape(to)}`
  if (!ignoreCase) return items
  for (const [first, other] of [
    [0x41, 0x61],
    [0x61, 0x41],
  ] as const) {
    const low = Math.max(from, first)
    const high = Math.min(to, first + 25)
    if (low <= high) items += `${codePointEscape(low - first + other)}-${codePointEscape(high - first + other)}`
  }
  return items
}
