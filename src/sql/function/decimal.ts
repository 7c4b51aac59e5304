/**
 * Exact decimal numbers: their digits without the point as a bigint, and a scale. Rounding is half away from zero. A
 * result with more digits than its type has is NULL (`undefined` here), as in Flink.
 */
import { decimalText } from '../../record/decimal.ts'

const POWERS: bigint[] = []
for (let power = 1n, exponent = 0; exponent <= 80; exponent++, power *= 10n) POWERS.push(power)

/** 10 to the power of a whole number that is not below 0. */
export function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent)
}

/** The number without its sign. */
export const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

/** dividend / divisor, rounded half away from zero. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const rest = dividend - quotient * divisor
  if (2n * magnitude(rest) < magnitude(divisor)) return quotient
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n
}

/** The digits of a number of scale `from` at scale `to`, rounded where digits are lost. */
export function rescale(value: bigint, from: number, to: number): bigint {
  if (to >= from) return value * powerOfTen(to - from)
  return divideRounded(value, powerOfTen(from - to))
}

export const fits = (value: bigint, precision: number): boolean => magnitude(value) < powerOfTen(precision)

const digitCount = (value: bigint): number => (value === 0n ? 1 : magnitude(value).toString().length)

/** a / b with `digits` more digits (fewer below 0): rounded to 38 significant ones and then again, as Flink does. */
export function divideDecimals(a: bigint, b: bigint, digits: number): bigint {
  const SIGNIFICANT = 38
  const shift = Math.max(0, SIGNIFICANT + 2 + digitCount(b) - digitCount(a))
  const dividend = a * powerOfTen(shift)
  const surplus = Math.max(0, digitCount(dividend / b) - SIGNIFICANT)
  return rescale(divideRounded(dividend, b * powerOfTen(surplus)), shift - surplus, digits)
}

/** The nearest double: through text, since digits and power divided as doubles would round twice. */
export function decimalToDouble(value: bigint, scale: number): number {
  return scale === 0 ? Number(value) : Number(decimalText(value, scale))
}

/** Reads a text that is all [+-]digits[.digits][e[+-]digits]; undefined for any other. */
export function parseDecimal(text: string): { readonly value: bigint; readonly scale: number } | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const digits = BigInt(whole + fraction)
  return { value: sign === '-' ? -digits : digits, scale: fraction.length - Number(exponent) }
}

/**
 * The digits at `scale` of a number whose scale is `from`, which may be negative or very large; undefined where they
 * are more than `precision`.
 */
export function toDecimal(value: bigint, from: number, precision: number, scale: number): bigint | undefined {
  if (value === 0n) return 0n
  const wholeDigits = digitCount(value) - from
  if (wholeDigits > precision - scale) return undefined
  if (wholeDigits < -scale) return 0n
  const result = from < 0 ? value * powerOfTen(scale - from) : rescale(value, from, scale)
  return fits(result, precision) ? result : undefined
}
