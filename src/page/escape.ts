/**
 * Texts inside of HTML. Rows come from anybody who can write a line into a log, so none may end the element that it is in.
 */
import { escapedHtml } from '../template/html-text.ts'

/** For an element or an attribute in quotes. A NUL, which no HTML may have, is U+FFFD. */
export const htmlText = (text: string): string => escapedHtml(text.replaceAll('\0', '\ufffd'))

/**
 * JSON for an element `script`: no text in it can end that, or begin a comment in it, as it has no `<`. Nor has it the line ends of
 * Unicode, which older JavaScript reads as such.
 */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
