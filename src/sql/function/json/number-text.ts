/**
 * The text of a number of JSON as Flink gives it: integers as they are, and others as Java's BigDecimal.toString, which keeps
 * all digits and takes an exponent where the number is small: 1.50, 1E+5, 1E-7.
 */

const MINUS = 45
const DOT = 46
const ZERO = 48
const LOWER_E = 101
/** A number with more zeros behind the point before its first digit is written with an exponent. */
const MOST_ZEROS = 5

/** Whether the text of the valid number [from, end) is the one that Flink gives, as almost all are. */
export function isUsualNumber(bytes: Uint8Array, from: number, end: number): boolean {
  const isBelow = bytes[from] === MINUS
  const first = isBelow ? from + 1 : from
  let isZero = true
  let zeros = 0
  let isPlain = true
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number
    if ((byte | 32) === LOWER_E) return false
    if (byte === DOT) isPlain = false
    else if (byte !== ZERO) isZero = false
    else if (isZero && !isPlain) zeros++
  }
  return !(isZero && isBelow) && zeros <= MOST_ZEROS
}

/** The same number in the form of Flink; undefined where the exponent is beyond what Java reads. */
export function javaNumber(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', power] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+(?=.)/, '')
  const minus = /^0*$/.test(digits) ? '' : sign
  if (power === undefined && fraction === '') return minus + digits
  return scaled(digits, fraction.length - Number(power ?? 0), minus)
}

/** The digits with a point before the last `scale` of them, or with an exponent. */
function scaled(digits: string, scale: number, sign: string): string | undefined {
  if (scale !== (scale | 0)) return undefined
  const exponent = digits.length - 1 - scale
  if (scale >= 0 && exponent >= -6) {
    if (scale === 0) return sign + digits
    const padded = digits.padStart(scale + 1, '0')
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
  }
  const behind = digits.length > 1 ? `.${digits.slice(1)}` : ''
  const power = exponent === 0 ? '' : `E${exponent > 0 ? '+' : ''}${exponent}`
  return `${sign}${digits[0]}${behind}${power}`
}

/** A decimal of `scale` digits behind the point, in that form. */
export function decimalNumber(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled)
  return scaled(digits, scale, unscaled < 0n ? '-' : '') ?? digits
}
