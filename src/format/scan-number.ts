/** Numbers from their digits in bytes. Nothing is checked here: whoever found the range knows what it holds. */

const ZERO = 48

/** As many digits as a double surely holds exactly. */
export const SAFE_DIGITS = 15

/** The number of up to 15 digits. */
export function smallDigits(bytes: Uint8Array, from: number, end: number): number {
  let value = 0
  for (let at = from; at < end; at++) value = value * 10 + (bytes[at] as number) - ZERO
  return value
}

/** The number of any count of digits. */
export function anyDigits(bytes: Uint8Array, from: number, end: number): bigint {
  let value = 0n
  for (let at = from; at < end; at += SAFE_DIGITS) {
    const to = Math.min(end, at + SAFE_DIGITS)
    value = value * 10n ** BigInt(to - at) + BigInt(smallDigits(bytes, at, to))
  }
  return value
}
