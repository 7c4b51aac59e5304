/** Numbers of Avro as times of columns, NaN where they are none: for days and instants, what is not from year 1 to 9999 cannot be written. */
import { varintExact } from './varint.ts'

const FIRST_MS = -62_135_596_800_000
const LAST_MS = 253_402_300_799_999
const DAY_MS = 86_400_000
const [FIRST_DAY, LAST_DAY] = [FIRST_MS / DAY_MS, Math.floor(LAST_MS / DAY_MS)]

/** A number since 1970, of which `perMs` are a millisecond, and which was read last, as ms since 1970. */
export function instantOf(value: number, perMs: number): number {
  const ms = perMs === 1 ? value : inMs(value, perMs)
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : Number.NaN
}

/** A number of days since 1970. */
export const dayOf = (days: number): number => (days >= FIRST_DAY && days <= LAST_DAY ? days : Number.NaN)

/** A number since midnight, of which `perMs` are a millisecond, and which was read last, as ms of the day. */
export function timeOfDay(value: number, perMs: number): number {
  const ms = inMs(value, perMs)
  return ms >= 0 && ms < DAY_MS ? ms : Number.NaN
}

/** Whole milliseconds, rounded down as Flink does. */
function inMs(value: number, perMs: number): number {
  if (Number.isSafeInteger(value) || Number.isNaN(value)) return Math.floor(value / perMs)
  const exact = varintExact / BigInt(perMs)
  return Number(varintExact < 0n && exact * BigInt(perMs) !== varintExact ? exact - 1n : exact)
}
