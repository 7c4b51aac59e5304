/** What single values of Parquet mean. */

/** A 64-bit integer of its two halves, as a double. */
export const numberOfWords = (low: number, high: number): number => high * 4_294_967_296 + (low >>> 0)

/** Milliseconds of a count of which there are `per` in each; what is less than one is cut off, towards the past. */
export function msOfWords(low: number, high: number, per: 1 | 1_000 | 1_000_000): number {
  const count = numberOfWords(low, high)
  if (per === 1) return count
  if (Number.isSafeInteger(count)) return Math.floor(count / per)
  return flooredMs((BigInt(high) << 32n) | BigInt(low >>> 0), BigInt(per))
}

/** The same of any count. */
export const flooredMs = (count: bigint, per: bigint): number => Number((count - (((count % per) + per) % per)) / per)

/** The day 1970-01-01, as astronomers count days. */
const JULIAN_1970 = 2_440_588
const DAY_MS = 86_400_000

/** An INT96: the nanoseconds of the day in 8 bytes, then the day in 4. */
export function int96Ms(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const ofDay = msOfWords(view.getInt32(0, true), view.getInt32(4, true), 1_000_000)
  return (view.getInt32(8, true) - JULIAN_1970) * DAY_MS + ofDay
}

/** A whole number with its highest byte first, in two's complement. */
export function decimalIn(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(8 * bytes.length, value)
}

/** A floating-point number of 16 bits. */
export function halfIn(bytes: Uint8Array): number {
  const [low = 0, high = 0] = bytes
  const sign = high >= 128 ? -1 : 1
  const exponent = (high >> 2) & 31
  const fraction = ((high & 3) << 8) | low
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The text of a UUID. */
export function uuidText(bytes: Uint8Array): Uint8Array {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  return Buffer.from(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
}
