/** JSON whose numbers keep the digits that they are written with: a BIGINT has more than a double holds. */

import { parseDigits } from '../../bytes/json-digits.ts'

/** A number as it is written. */
export type Numeral = { readonly numeral: string }

export type Json = null | boolean | string | Numeral | readonly Json[] | { readonly [key: string]: Json }

/** Whether a value is a number. */
export const isNumeral = (value: Json): value is Numeral =>
  typeof value === 'object' && value !== null && typeof (value as Numeral).numeral === 'string' && NUMERALS.has(value)

const NUMERALS = new WeakSet<object>()

/** A number from its digits. */
export function numeral(digits: string): Numeral {
  const made: Numeral = { numeral: digits }
  NUMERALS.add(made)
  return made
}

/** The value of a text. Throws a SyntaxError where it is not JSON. */
export function parseExactly(text: string): Json {
  return parseDigits(text, (_, source) => numeral(source)) as Json
}

/** A plain value, as YAML gives it, in the same form. */
export function fromPlain(value: unknown): Json {
  if (typeof value === 'number' || typeof value === 'bigint') return numeral(String(value))
  if (Array.isArray(value)) return value.map(fromPlain)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fromPlain(part)]))
  }
  return value === undefined ? null : (value as string | boolean | null)
}

/** The text of a value. */
export function jsonText(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isNumeral(value)) return value.numeral
  if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`
  const members = Object.entries(value as { readonly [key: string]: Json })
  return `{${members.map(([key, part]) => `${JSON.stringify(key)}: ${jsonText(part)}`).join(', ')}}`
}
