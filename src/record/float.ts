/** Values of FLOAT, 32-bit floating point, which columns keep as doubles. */
import { Buffer } from 'node:buffer'

/** Digits that tell any two of them apart. */
const MOST_DIGITS = 9
/** As Java, which writes two digits at least and then chooses the second. */
const LEAST_DIGITS = 2

/** The double with the fewest digits that reads back as the FLOAT: 0.1, where the value itself is 0.10000000149011612. */
export function shortestFloat(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value
  for (let digits = LEAST_DIGITS; digits < MOST_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(MOST_DIGITS))
}

/** The FLOAT nearest to a whole number. A double on the way would round it twice. */
export function floatOfInteger(value: bigint): number {
  const magnitude = value < 0n ? -value : value
  const surplus = BigInt(Math.max(0, magnitude.toString(2).length - SAFE_BITS))
  const kept = magnitude >> surplus
  // One bit stands for all that are cut off: whether the number is above the middle of two FLOATs.
  const sticky = kept << surplus === magnitude ? kept : kept | 1n
  return Math.fround(Number(value < 0n ? -sticky : sticky) * 2 ** Number(surplus))
}

const SAFE_BITS = 50

/**
 * The FLOAT nearest to the number in a text of decimal digits, of which `double` is the nearest double. A double in the middle
 * of two FLOATs may be rounded: then the digits decide.
 */
export function floatOfText(text: string, double: number): number {
  const nearest = Math.fround(double)
  if (nearest === double || !Number.isFinite(double)) return nearest
  const [below, above] = around(double)
  if ((bounded(below) + bounded(above)) / 2 !== double) return nearest
  const order = compareExactly(text, double)
  if (order === 0) return nearest
  return order < 0 ? below : above
}

const bits = Buffer.alloc(8)

/** Behind the greatest FLOAT comes infinity, but numbers are rounded to it as if that was 2^128. */
const bounded = (value: number): number => Math.max(-(2 ** 128), Math.min(2 ** 128, value))

/** The FLOATs on both sides of a double that is none. */
function around(double: number): readonly [number, number] {
  const nearest = Math.fround(double)
  bits.writeFloatBE(nearest)
  const next = bits.readInt32BE() + (Math.abs(nearest) < Math.abs(double) ? 1 : -1)
  bits.writeInt32BE(next)
  const other = bits.readFloatBE()
  return nearest < other ? [nearest, other] : [other, nearest]
}

/** Below 0 where the number of the text is less than the double. */
function compareExactly(text: string, double: number): number {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?/.exec(text) ?? []
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}` || '0')
  const tens = Number(exponent) - fraction.length
  bits.writeDoubleBE(double)
  const raw = bits.readBigUInt64BE()
  const biased = Number((raw >> 52n) & 0x7ffn)
  const mantissa = (raw & ((1n << 52n) - 1n)) | (biased === 0 ? 0n : 1n << 52n)
  const twos = Math.max(biased, 1) - 1075
  const one = digits * 10n ** BigInt(Math.max(tens, 0)) * 2n ** BigInt(Math.max(-twos, 0))
  const other =
    (double < 0 ? -mantissa : mantissa) * 10n ** BigInt(Math.max(-tens, 0)) * 2n ** BigInt(Math.max(twos, 0))
  return one < other ? -1 : one > other ? 1 : 0
}
