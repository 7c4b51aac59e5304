/** Values written as java.util.Formatter does for Locale.US. */
import { unreachable } from '../../../base/assert.ts'
import type { Value } from '../../../record/column.ts'
import { integerBits, type Type } from '../../../record/type.ts'
import type { Directive, PrintfPart } from './printf-format.ts'

/** An argument of a row, with its text as CAST makes it; NULL is null. */
export type PrintfValue = { readonly value: Value; readonly text: string; readonly type: Type }

/** The text; undefined where Java throws: for an argument that is missing, or not of the directive's kind. */
export function writeFormat(
  parts: readonly PrintfPart[],
  given: (argument: number) => PrintfValue | null | undefined,
): string | undefined {
  let text = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    const argument = given(part.argument)
    const written = argument === undefined ? undefined : argument === null ? writeNull(part) : write(part, argument)
    if (written === undefined) return undefined
    text += written
  }
  return text
}

const writeNull = (directive: Directive): string => plain(directive, directive.conversion === 'b' ? 'false' : 'null')

/** A text cut to the precision and filled with blanks to the width. */
function plain(directive: Directive, text: string): string {
  const { precision, capital } = directive
  const cut = precision === undefined ? text : text.slice(0, precision)
  return justified(directive, capital ? cut.toUpperCase() : cut)
}

const justified = ({ width = 0, flags }: Directive, text: string): string =>
  flags.has('-') ? text.padEnd(width) : text.padStart(width)

function write(directive: Directive, { value, text, type }: PrintfValue): string | undefined {
  const { conversion } = directive
  switch (conversion) {
    case 's':
      return plain(directive, text)
    case 'b':
      return plain(directive, type.kind === 'BOOLEAN' ? String(value) : 'true')
    case 'c':
      return writeCharacter(directive, value, type)
    case 'd':
    case 'o':
    case 'x': {
      const bits = integerBits(type)
      if (bits === 0) return undefined
      const integer = BigInt(value as number | bigint)
      return conversion === 'd' ? writeDecimal(directive, integer) : writeBits(directive, BigInt.asUintN(bits, integer))
    }
    case 'e':
    case 'f':
    case 'g':
      if (type.kind !== 'DOUBLE' && type.kind !== 'FLOAT') return undefined
      return writeDouble(directive, value as number)
    default:
      return unreachable(conversion)
  }
}

/** Java takes a BIGINT for no character. */
function writeCharacter(directive: Directive, value: Value, type: Type): string | undefined {
  const bits = integerBits(type)
  const code = Number(value)
  if (bits === 0 || bits > 32 || code < 0 || code > 0x10ffff) return undefined
  return plain(directive, String.fromCodePoint(code))
}

type Sign = { readonly before: string; readonly after: string }

function signOf(flags: ReadonlySet<string>, isNegative: boolean): Sign {
  if (isNegative) return flags.has('(') ? { before: '(', after: ')' } : { before: '-', after: '' }
  return { before: flags.has('+') ? '+' : flags.has(' ') ? ' ' : '', after: '' }
}

/** Puts the number together: zeros fill the room of the width that the rest leaves. */
function numeric(directive: Directive, sign: Sign, digits: string, exponent = ''): string {
  const { flags, width = 0, capital } = directive
  const [whole = '', ...fraction] = digits.split('.')
  const grouped = flags.has(',') ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole
  const magnitude = [grouped, ...fraction].join('.')
  const room = flags.has('0') ? width - sign.before.length - sign.after.length - exponent.length : 0
  const text = sign.before + magnitude.padStart(room, '0') + exponent + sign.after
  return justified(directive, capital ? text.toUpperCase() : text)
}

const writeDecimal = (directive: Directive, value: bigint): string =>
  numeric(directive, signOf(directive.flags, value < 0n), String(value < 0n ? -value : value))

function writeBits(directive: Directive, value: bigint): string {
  const prefix = !directive.flags.has('#') ? '' : directive.conversion === 'x' ? '0x' : '0'
  return numeric(directive, { before: prefix, after: '' }, value.toString(directive.conversion === 'x' ? 16 : 8))
}

function writeDouble(directive: Directive, value: number): string {
  const { flags, precision = 6, conversion } = directive
  const sign = signOf(flags, value < 0 || Object.is(value, -0))
  if (Number.isNaN(value)) return whole(directive, 'NaN')
  if (!Number.isFinite(value)) return whole(directive, `${sign.before}Infinity${sign.after}`)
  const magnitude = Math.abs(value)
  const point = flags.has('#') && precision === 0 ? '.' : ''
  if (conversion === 'f') return numeric(directive, sign, fixedDigits(magnitude, precision) + point)
  if (conversion === 'g') return writeGeneral(directive, sign, magnitude)
  const { digits, exponent } = scientific(magnitude, precision)
  return numeric(directive, sign, digits + point, powerText(exponent))
}

const powerText = (exponent: number): string =>
  `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`

/** As many digits as the precision says, with an exponent where the rounded number is below 0.0001 or needs more. */
function writeGeneral(directive: Directive, sign: Sign, magnitude: number): string {
  const count = Math.max(1, directive.precision ?? 6)
  const { digits, exponent } = magnitude === 0 ? { digits: '', exponent: 0 } : scientific(magnitude, count - 1)
  if (exponent < -4 || exponent >= count) return numeric(directive, sign, digits, powerText(exponent))
  return numeric(directive, sign, fixedDigits(magnitude, count - 1 - exponent))
}

/** What is no number is never filled with zeros. */
const whole = (directive: Directive, text: string): string =>
  justified(directive, directive.capital ? text.toUpperCase() : text)

/** The shortest digits of a number above or at 0, and the exponent of their first: 0.012 is 12 and -2. */
function shortest(magnitude: number): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '0', exponent = '0'] = magnitude.toExponential().split('e')
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) }
}

/** Java rounds the shortest digits, half up, and not the binary number. */
function fixedDigits(magnitude: number, precision: number): string {
  const { digits, exponent } = shortest(magnitude)
  const scaled = roundedAt(digits, exponent + 1 + precision).padStart(precision + 1, '0')
  return precision === 0 ? scaled : `${scaled.slice(0, -precision)}.${scaled.slice(-precision)}`
}

function scientific(magnitude: number, precision: number): { readonly digits: string; readonly exponent: number } {
  const { digits, exponent } = shortest(magnitude)
  const rounded = roundedAt(digits, precision + 1)
  const carried = rounded.length > precision + 1
  const kept = rounded.slice(0, precision + 1)
  const text = precision === 0 ? kept : `${kept.slice(0, 1)}.${kept.slice(1)}`
  return { digits: text, exponent: exponent + (carried ? 1 : 0) }
}

/** The first `count` digits as a whole number, rounded half up by the digit behind them. */
function roundedAt(digits: string, count: number): string {
  if (count < 0) return '0'
  if (count >= digits.length) return digits.padEnd(count, '0')
  const kept = BigInt(digits.slice(0, count) || '0')
  return String(digits.charAt(count) >= '5' ? kept + 1n : kept)
}
