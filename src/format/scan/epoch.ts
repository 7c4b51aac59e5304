/**
 * Instants that are written as numbers since 1970, in the unit that the column declares.
 *
 * Without a declared unit a number is in milliseconds, as in Flink. But seconds read as milliseconds would be in January 1970,
 * and every window silently wrong. So a number is refused then that is a usual time in another unit: as milliseconds, what is
 * from 100,000,000 to 100,000,000,000 would be from 1970-01-02 to 1973-03-03, and what is above 100,000,000,000,000 after 5138.
 */
import type { EpochUnit } from '../declared-columns.ts'
import type { NumberScan } from './number.ts'

/** By which power of ten a number is multiplied to count milliseconds. */
const SCALES: { readonly [unit in EpochUnit]: number } = { s: 3, ms: 0, us: -3, ns: -6 }

const LEAST_SECONDS = 1e8
const LEAST_MS = 1e11
const LEAST_US = 1e14
const LEAST_NS = 1e17
/** From year 1 to year 9999: other times cannot be written. */
const FIRST_MS = -62_135_596_800_000
const LAST_MS = 253_402_300_799_999

/** The number that was scanned as ms since 1970, its digits beyond that cut off; NaN if it cannot be a time in this unit. */
export function epochTime(scan: NumberScan, bytes: Uint8Array, unit: EpochUnit | undefined): number {
  if (unit === undefined && scan.toBigint(bytes) === undefined) return Number.NaN
  const time = scan.toScaled(bytes, SCALES[unit ?? 'ms'])
  const isTaken = unit === undefined ? isPlausible(Math.abs(time)) : time >= FIRST_MS && time <= LAST_MS
  return isTaken ? time : Number.NaN
}

const isPlausible = (ms: number): boolean => ms < LEAST_SECONDS || (ms >= LEAST_MS && ms < LEAST_US)

/** Why a number is no time of a column, and what to declare. */
export function epochHint(
  value: number,
  { name, unit }: { readonly name: string; readonly unit: EpochUnit | undefined },
): string {
  if (unit !== undefined) return ` (in unit ${unit} it is not from year 1 to 9999)`
  const size = Math.abs(value)
  const usual = size < LEAST_MS ? 's' : size < LEAST_US ? 'ms' : size < LEAST_NS ? 'us' : 'ns'
  const declare = `declare ${name}: { type: TIMESTAMP_LTZ(3), unit: ${usual} }`
  if (!Number.isInteger(value)) return ` (without a unit it is to be whole milliseconds: ${declare})`
  if (value < FIRST_MS || value > LAST_MS) return ` (as milliseconds it is not from year 1 to 9999: ${declare})`
  const [day] = new Date(value).toISOString().split('T')
  return ` (as milliseconds it would be ${day}: ${declare}, or unit: ms)`
}
