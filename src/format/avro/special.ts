/** Values whose bytes are not those of a column: the digits of decimals, and UUIDs as texts. */
import type { TextScratch } from '../scan/text-scratch.ts'
import type { ColumnTarget } from './target.ts'

/** The most bytes whose number is a safe integer. */
const SAFE_BYTES = 6
/** A number of as many bytes has no more digits. */
const SAFE_DIGITS = 15
/** A number of 38 digits has 127 bits: with more bytes all but the last are a sign, or it is too long. */
const MOST_BYTES = 64

type Place = { readonly target: ColumnTarget; readonly row: number; readonly isPut: boolean }

/** Puts the big-endian, signed number in [from, end). False where the column's DECIMAL has fewer digits. */
export function putDecimal(bytes: Uint8Array, from: number, end: number, { target, row, isPut }: Place): boolean {
  const { type } = target
  const precision = type.kind === 'DECIMAL' ? type.precision : 0
  if (end - from <= SAFE_BYTES) {
    const value = smallNumber(bytes, from, end)
    if (precision < SAFE_DIGITS && Math.abs(value) >= 10 ** precision) return false
    if (isPut) target.decimals[row] = BigInt(value)
    return true
  }
  if (end - from > MOST_BYTES) return false
  const value = bigNumber(bytes, from, end)
  const limit = powerOfTen(precision)
  if (value >= limit || value <= -limit) return false
  if (isPut) target.decimals[row] = value
  return true
}

function smallNumber(bytes: Uint8Array, from: number, end: number): number {
  if (from === end) return 0
  let value = ((bytes[from] as number) << 24) >> 24
  for (let at = from + 1; at < end; at++) value = value * 256 + (bytes[at] as number)
  return value
}

function bigNumber(bytes: Uint8Array, from: number, end: number): bigint {
  let value = 0n
  for (let at = from; at < end; at++) value = (value << 8n) | BigInt(bytes[at] as number)
  return BigInt.asIntN(8 * (end - from), value)
}

const POWERS: bigint[] = []

function powerOfTen(exponent: number): bigint {
  let power = POWERS[exponent]
  if (power === undefined) {
    power = 10n ** BigInt(exponent)
    POWERS[exponent] = power
  }
  return power
}

const HEX = '0123456789abcdef'
const HYPHEN = 45
const UUID_TEXT = 36

/** Puts the text of a UUID of 16 bytes, after the records. */
export function putUuid(
  bytes: Uint8Array,
  from: number,
  { target, row, scratch }: Omit<Place, 'isPut'> & { readonly scratch: TextScratch },
): void {
  scratch.reserve(UUID_TEXT)
  target.start[row] = scratch.end
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) scratch.bytes[scratch.end++] = HYPHEN
    const byte = bytes[from + i] as number
    scratch.bytes[scratch.end++] = HEX.charCodeAt(byte >> 4)
    scratch.bytes[scratch.end++] = HEX.charCodeAt(byte & 15)
  }
  target.end[row] = scratch.end
}
