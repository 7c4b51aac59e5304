/**
 * DOUBLEs and FLOATs as texts, as Java writes and reads them. They are written in the shortest digits that read back as the same
 * number (as in JavaScript): from 0.001 up to 10 million plain, with at least one digit after the point; others as
 * 1.0E7.
 */
import { floatOfText, shortestFloat } from '../../../record/float.ts'
import { trimJava } from '../text/bytes.ts'

/** The text of a DOUBLE. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return 'Infinity'
  if (value === -Infinity) return '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  const shortest = value.toExponential()
  // Java writes at least two digits, and chooses the second: the least double is 4.9E-324 there.
  const text = shortest.includes('.') ? shortest : value.toExponential(1)
  return text.replace('e', 'E').replace('+', '')
}

/** The text of a FLOAT. */
export const floatText = (value: number): string => doubleText(shortestFloat(value))

/** Java's Double.parseDouble: decimal or 0x…p… digits, a suffix d or f, blanks around; undefined for any other text. */
export function parseDouble(text: string): number | undefined {
  const trimmed = trimJava(text)
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) return Number(trimmed.replace(/[dDfF]$/, ''))
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed)
  if (special !== null) return special[2] === 'NaN' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity
  return parseHexadecimal(trimmed)
}

/** Java's Float.parseFloat: the same texts. */
export function parseFloatText(text: string): number | undefined {
  const double = parseDouble(text)
  if (double === undefined) return undefined
  const trimmed = trimJava(text)
  return /[xX]/.test(trimmed) ? Math.fround(double) : floatOfText(trimmed, double)
}

/** Reads 0x1.8p3, of at most 52 bits so that nothing needs rounding; longer ones are not supported. */
function parseHexadecimal(text: string): number | undefined {
  const match = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d{1,4})[dDfF]?$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent] = match
  const digits = whole + fraction
  if (digits.length === 0 || digits.length > 13) return undefined
  const value = Number.parseInt(digits, 16) * 2 ** (Number(exponent) - 4 * fraction.length)
  return sign === '-' ? -value : value
}
