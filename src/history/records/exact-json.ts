/** JSON with numbers of any length, as plain data: a number that JavaScript cannot hold is a text with all of its digits. */

/** Every number with as many digits is a double that has the same digits. */
const SAFE_DIGITS = 15

/** The value of a JSON text. Throws a SyntaxError where it is none. */
export const parseWithDigits = (text: string): unknown => JSON.parse(text, withDigits)

function withDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source
  if (typeof value !== 'number' || source === undefined || source === String(value)) return value
  const digits = source
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '')
  return digits.length <= SAFE_DIGITS ? value : source
}
