/**
 * Whole numbers of Avro: zigzag, seven bits a byte, the lowest first, ten bytes at most. Where the number ends is in `varintEnd`, and
 * its exact value in `varintExact` where no double has it: both until the next call.
 */

/** The place behind the last number that was read; -1: it had more than 64 bits. */
export let varintEnd = 0
/** The number that was read last, if that is no safe integer. */
export let varintExact = 0n

/** The number at `at`, as the nearest double; NaN if it has too many bits. May read beyond the end of the bytes, which reads as zeros. */
export function readVarint(bytes: Uint8Array, at: number): number {
  let byte = bytes[at] as number
  let low = byte & 0x7f
  if (byte < 0x80) {
    varintEnd = at + 1
    return (low >>> 1) ^ -(low & 1)
  }
  byte = bytes[at + 1] as number
  low |= (byte & 0x7f) << 7
  if (byte < 0x80) {
    varintEnd = at + 2
    return (low >>> 1) ^ -(low & 1)
  }
  byte = bytes[at + 2] as number
  low |= (byte & 0x7f) << 14
  if (byte < 0x80) {
    varintEnd = at + 3
    return (low >>> 1) ^ -(low & 1)
  }
  byte = bytes[at + 3] as number
  low |= (byte & 0x7f) << 21
  if (byte < 0x80) {
    varintEnd = at + 4
    return (low >>> 1) ^ -(low & 1)
  }
  return readLonger(bytes, at + 4, low)
}

const BITS_28 = 2 ** 28
/** With a middle below, a number and its double-sized zigzag are both exact as doubles. */
const SAFE_MIDDLE = 2 ** 25

function readLonger(bytes: Uint8Array, from: number, low: number): number {
  let at = from
  let middle = 0
  let byte = 0x80
  for (let shift = 0; byte >= 0x80 && shift < 28; shift += 7) {
    byte = bytes[at++] as number
    middle |= (byte & 0x7f) << shift
  }
  let high = 0
  for (let shift = 0; byte >= 0x80 && shift < 14; shift += 7) {
    byte = bytes[at++] as number
    high |= (byte & 0x7f) << shift
  }
  // Ten bytes have 70 bits, of which 64 count.
  const isTooLong = byte >= 0x80 || high > 0xff
  varintEnd = isTooLong ? -1 : at
  if (isTooLong) return Number.NaN
  if (high === 0 && middle < SAFE_MIDDLE) {
    const zigzag = middle * BITS_28 + low
    return (low & 1) === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  }
  const zigzag = (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low)
  const exact = (zigzag >> 1n) ^ -(zigzag & 1n)
  const near = Number(exact)
  varintExact = exact
  return near
}
