/**
 * Numbers from bytes. Those that a double holds exactly are read without making a string.
 *
 * A number is an optional sign, digits, an optional fraction and an optional exponent. The narrower grammar of JSON is
 * checked by the reader of JSON.
 */
import { Buffer } from 'node:buffer'

const PLUS = 43
const MINUS = 45
const DOT = 46
const ZERO = 48
const LOWER_E = 101
const UPPER_E = 69

/** A double holds any number of this many digits exactly. */
export const SAFE_DIGITS = 15
/** These powers of ten are exact doubles, so one division or product of exact numbers rounds once. */
const EXACT_POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

const MAX_BIGINT = 2n ** 63n - 1n
const MIN_BIGINT = -(2n ** 63n)

/** The number whose digits, at most 15, are the bytes [from, end). */
export function smallDigits(bytes: Uint8Array, from: number, end: number): number {
  let value = 0
  for (let at = from; at < end; at++) value = value * 10 + (bytes[at] as number) - ZERO
  return value
}

/** The number whose digits, any number of them, are the bytes [from, end). */
export function anyDigits(bytes: Uint8Array, from: number, end: number): bigint {
  return from === end ? 0n : BigInt(latin1(bytes, from, end))
}

/** Takes a number apart. The fields describe the last number. */
export class NumberScan {
  isNegative = false
  /** The ranges of the digits before and after the point; empty if there are none. */
  wholeStart = 0
  wholeEnd = 0
  fractionStart = 0
  fractionEnd = 0
  exponent = 0

  /** Reads the number [from, end); false if the bytes are not a number. */
  read(bytes: Uint8Array, from: number, end: number): boolean {
    let at = from
    this.isNegative = bytes[at] === MINUS
    if (this.isNegative || bytes[at] === PLUS) at++
    this.wholeStart = at
    while (at < end && isDigit(bytes[at])) at++
    this.wholeEnd = this.fractionStart = this.fractionEnd = at
    this.exponent = 0
    if (at < end && bytes[at] === DOT) {
      this.fractionStart = ++at
      while (at < end && isDigit(bytes[at])) at++
      this.fractionEnd = at
    }
    const digits = this.wholeEnd - this.wholeStart + this.fractionEnd - this.fractionStart
    if (digits === 0) return false
    return at === end || this.#readExponent(bytes, at, end)
  }

  get isWhole(): boolean {
    return this.fractionStart === this.fractionEnd && this.exponent === 0
  }

  /** The nearest double to the number that was read from [from, end). */
  toDouble(bytes: Uint8Array, from: number, end: number): number {
    const fraction = this.fractionEnd - this.fractionStart
    const power = this.exponent - fraction
    if (this.wholeEnd - this.wholeStart + fraction > SAFE_DIGITS || power > 22 || power < -22) {
      return Number(latin1(bytes, from, end))
    }
    const scale = EXACT_POWERS[fraction] as number
    const digits =
      smallDigits(bytes, this.wholeStart, this.wholeEnd) * scale +
      smallDigits(bytes, this.fractionStart, this.fractionEnd)
    const value = power < 0 ? digits / (EXACT_POWERS[-power] as number) : digits * (EXACT_POWERS[power] as number)
    return this.isNegative ? -value : value
  }

  /** The number as a BIGINT; undefined if it has a fraction or is beyond 64 bits. */
  toBigint(bytes: Uint8Array): bigint | undefined {
    const value = this.#scaled(bytes, 0, 'none')
    return value === undefined || value > MAX_BIGINT || value < MIN_BIGINT ? undefined : value
  }

  /** The number as an unscaled DECIMAL, rounded half away from zero; undefined if it has too many digits. */
  toDecimal(bytes: Uint8Array, precision: number, scale: number): bigint | undefined {
    if (this.exponent > precision || this.exponent < -400) return undefined
    const value = this.#scaled(bytes, scale, 'round')
    if (value === undefined) return undefined
    const limit = 10n ** BigInt(precision)
    return value < limit && value > -limit ? value : undefined
  }

  /** The number times 10^scale, digits of a fraction cut off, the result rounded to a double; NaN if it has hundreds of digits. */
  toScaled(bytes: Uint8Array, scale: number): number {
    const fraction = this.fractionEnd - this.fractionStart
    const shift = this.exponent + scale - fraction
    if (this.wholeEnd - this.wholeStart + fraction > SAFE_DIGITS || shift > 22 || shift < -22) {
      return Number(this.#scaled(bytes, scale, 'cut') ?? Number.NaN)
    }
    const digits =
      smallDigits(bytes, this.wholeStart, this.wholeEnd) * (EXACT_POWERS[fraction] as number) +
      smallDigits(bytes, this.fractionStart, this.fractionEnd)
    const power = EXACT_POWERS[Math.abs(shift)] as number
    const value = shift < 0 ? Math.floor(digits / power) : digits * power
    return this.isNegative ? 0 - value : value
  }

  /** The number times 10^scale; undefined if a fraction is left that is neither rounded nor cut off. */
  #scaled(bytes: Uint8Array, scale: number, fraction: 'none' | 'round' | 'cut'): bigint | undefined {
    const shift = this.exponent + scale - (this.fractionEnd - this.fractionStart)
    // Otherwise 1e999999999 would fill the memory with zeros.
    if (shift > 400 || shift < -4000) return undefined
    const whole = latin1(bytes, this.wholeStart, this.wholeEnd) + latin1(bytes, this.fractionStart, this.fractionEnd)
    const digits = BigInt(whole)
    let value = digits
    if (shift > 0) value = digits * 10n ** BigInt(shift)
    else if (shift < 0) {
      const divisor = 10n ** BigInt(-shift)
      value = digits / divisor
      const rest = digits % divisor
      if (rest !== 0n && fraction === 'none') return undefined
      if (fraction === 'round' && 2n * rest >= divisor) value++
    }
    return this.isNegative ? -value : value
  }

  #readExponent(bytes: Uint8Array, from: number, end: number): boolean {
    let at = from
    if (bytes[at] !== LOWER_E && bytes[at] !== UPPER_E) return false
    at++
    const isNegative = bytes[at] === MINUS
    if (at < end && (isNegative || bytes[at] === PLUS)) at++
    if (at === end) return false
    let exponent = 0
    for (; at < end; at++) {
      if (!isDigit(bytes[at])) return false
      exponent = Math.min(99_999, exponent * 10 + (bytes[at] as number) - ZERO)
    }
    this.exponent = isNegative ? -exponent : exponent
    return true
  }
}

/** Whether a byte is one of 0 to 9. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && (byte - ZERO) >>> 0 <= 9
}

/** The bytes [from, end) as Latin-1 text. */
export function latin1(bytes: Uint8Array, from: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, end - from)).toString('latin1')
}

/** Whether all of [from, end) are digits. */
export function areDigits(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (((bytes[at] as number) - 48) >>> 0 > 9) return false
  return true
}

/** 1 or 0 for TRUE or FALSE in letters of any case; undefined for any other text. */
export function truthIn(bytes: Uint8Array, from: number, end: number): 0 | 1 | undefined {
  if (end - from !== 4 && end - from !== 5) return undefined
  const text = latin1(bytes, from, end).toLowerCase()
  return text === 'true' ? 1 : text === 'false' ? 0 : undefined
}

/** The integers of `rows` rows, of which those in `beyond` are no safe doubles; undefined where none is. */
export function exactIntegers(
  beyond: ReadonlyMap<number, bigint>,
  numbers: Float64Array,
  nulls: Uint8Array,
  rows: number,
): BigInt64Array | undefined {
  if (beyond.size === 0) return undefined
  const exact = new BigInt64Array(rows)
  for (let row = 0; row < rows; row++) {
    if (nulls[row] === 0) exact[row] = beyond.get(row) ?? BigInt(numbers[row] as number)
  }
  return exact
}
