/** Reads numbers from texts, by Flink's rules of what a number is. */

import type { DecimalType } from '../common-type.ts'
import { parseDecimal, powerOfTen, toDecimal } from '../decimal.ts'

const BLANK = 0x20
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE

/** Why a text is no integer, in Flink's words. */
type IntegerFault = 'Input is empty' | 'Input has only a sign' | 'Invalid character found' | 'Overflow'

/**
 * Reads [+-][digits][.digits] between blanks from the bytes [from, to); the fraction is checked and dropped. A safe
 * integer is a number, any other a bigint of any size.
 */
export function parseInteger(bytes: Uint8Array, from: number, to: number): number | bigint | IntegerFault {
  let start = from
  let end = to
  while (start < end && bytes[start] === BLANK) start++
  while (end > start && bytes[end - 1] === BLANK) end--
  if (start === end) return 'Input is empty'
  const first = bytes[start] as number
  if (first === MINUS || first === PLUS) start++
  if (start === end) return 'Input has only a sign'
  let value = 0
  let at = start
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (!isDigit(byte)) break
    value = value * 10 + byte - ZERO
  }
  const digitsEnd = at
  if (at < end && bytes[at++] !== POINT) return 'Invalid character found'
  for (; at < end; at++) if (!isDigit(bytes[at] as number)) return 'Invalid character found'
  if (Number.isSafeInteger(value)) return first === MINUS ? 0 - value : value
  let exact = 0n
  for (let index = start; index < digitsEnd; index++) exact = exact * 10n + BigInt((bytes[index] as number) - ZERO)
  return first === MINUS ? -exact : exact
}

/**
 * The digits of a DECIMAL at its scale; undefined for a text that is none. From a text of up to 18 bytes Flink reads a
 * DECIMAL of up to 18 digits in a way of its own: it ignores one strange byte after the digits ('1x' is 1, 'x' is 0),
 * counts leading zeros as digits, and does not check whether rounding up adds a digit.
 */
export function parseDecimalText(text: string, { precision, scale }: DecimalType): bigint | undefined {
  if (precision > 18 || Buffer.byteLength(text) > 18) {
    const parsed = parseDecimal(text.replace(/^[ \n\t]+/, ''))
    return parsed && toDecimal(parsed.value, parsed.scale, precision, scale)
  }
  const match = /^[ \n\t]*([+-]?)(\d*)(?:(\.)(\d*))?(.*)$/s.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', , fraction = '', rest = ''] = match
  if (rest === '' && whole === '' && fraction === '' && match[3] === undefined) return undefined
  const tail = readTail(rest)
  if (tail === undefined) return undefined
  const exponent = tail - fraction.length
  const digits = whole.length + fraction.length
  if (digits + exponent > precision - scale) return undefined
  const significand = BigInt(`${whole}${fraction}` || '0')
  const change = exponent + scale
  if (change < -60) return 0n
  const half = change < 0 ? 5n * powerOfTen(-change - 1) : 0n
  const value = change >= 0 ? significand * powerOfTen(change) : (significand + half) / powerOfTen(-change)
  return sign === '-' ? -value : value
}

/** The exponent after the digits, 0 without one; undefined where not even Flink takes `rest` as the end of a number. */
function readTail(rest: string): number | undefined {
  if (rest === '') return 0
  if (rest.startsWith('.')) return undefined
  const exponent = /^[eE]([+-]?)(\d*)(.*)$/s.exec(rest)
  if (exponent !== null && rest.length > 1) {
    const [, sign, digits = '', after = ''] = exponent
    if (sign !== '' && digits === '' && after === '') return undefined
    if (Buffer.byteLength(after) > 1 && !/^.?[ \n\t]*$/s.test(after)) return undefined
    if (Buffer.byteLength(after.slice(0, 1)) > 1) return undefined
    return (sign === '-' ? -1 : 1) * Number(digits)
  }
  const strange = rest.slice(0, 1)
  return Buffer.byteLength(strange) === 1 && /^[ \n\t]*$/.test(rest.slice(1)) ? 0 : undefined
}

/** Whether a BIGINT has room for the integer. */
export const fitsLong = (value: bigint): boolean => BigInt.asIntN(64, value) === value
