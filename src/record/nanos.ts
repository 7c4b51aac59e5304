/** Times finer than a millisecond: nanoseconds since 1970-01-01 00:00, as bigints, since a double does not hold them. */
import { timestampText } from '../base/calendar.ts'

export const NANOS_PER_MS = 1_000_000n

/** Nanoseconds of milliseconds, and of `rest` nanoseconds after them. */
export const nanosOf = (ms: number, rest = 0): bigint => BigInt(ms) * NANOS_PER_MS + BigInt(rest)

/** Nanoseconds after the whole millisecond, 0 to 999,999. */
export function nanosAfterMs(nanos: bigint): number {
  const rest = Number(nanos % NANOS_PER_MS)
  return rest < 0 ? rest + 1_000_000 : rest
}

/** The millisecond that has begun. */
export const msOfNanos = (nanos: bigint): number => Number((nanos - BigInt(nanosAfterMs(nanos))) / NANOS_PER_MS)

/** The nanoseconds without those below the last of `digits` digits of a second, 3 to 9; towards the past. */
export function cutNanos(nanos: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(9 - digits)
  const rest = nanos % unit
  return rest < 0n ? nanos - rest - unit : nanos - rest
}

/** 1995-07-01T04:00:00.000000, with `digits` digits of a second, 3 to 9. */
export function nanosText(nanos: bigint, digits: number, between: 'T' | ' ' = 'T'): string {
  const rest = String(nanosAfterMs(nanos)).padStart(6, '0')
  return timestampText(msOfNanos(nanos), between) + rest.slice(0, digits - 3)
}

/** Nanoseconds below the millisecond of the digits after a point: 123456789 gives 456789. */
export const nanosOfFraction = (fraction: string): number => Number(fraction.slice(3, 9).padEnd(6, '0'))
