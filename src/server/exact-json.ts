/** JSON that goes through with its numbers as they are written: BIGINT and DECIMAL have more digits than a number of JavaScript. */

import { parseDigits } from '../bytes/json-digits.ts'

/** Where a number may have more digits than a double keeps. */
const LONG_NUMBER = /\d[\d.]{14}/

/** As ECMAScript 2026 has it; the types of TypeScript do not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** The value of a text that `JSON.stringify` gives back as it was. */
export function exactJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text)
  return parseDigits(text, (value, source) => (String(value) === source ? value : rawJSON(source)))
}
