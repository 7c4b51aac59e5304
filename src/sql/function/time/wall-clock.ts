/** A wall clock taken apart into the fields of formats and of EXTRACT. */
import { type Civil, civilFromDays, DAY_MS, daysFromCivil } from '../../../base/calendar.ts'
import type { Duration } from '../../../base/quantity.ts'

export type WallClock = Civil & {
  days: number
  /** Since midnight. */
  time: Duration
  /** Nanoseconds after the millisecond. */
  nanos: number
}

/** Fills `out` from ms since 1970 of the wall clock; the day is rounded toward the past. */
export function readWallClock(wall: number, out: WallClock): WallClock {
  out.days = Math.floor(wall / DAY_MS)
  out.time = wall - out.days * DAY_MS
  civilFromDays(out.days, out)
  return out
}

/** A wall clock for `readWallClock` to fill. */
export const newWallClock = (): WallClock => ({ year: 0, month: 0, day: 0, days: 0, time: 0, nanos: 0 })

/** The day of the week, 0 for Monday. */
export const weekday = (days: number): number => (((days + 3) % 7) + 7) % 7

/** From 1. */
export const dayOfYear = ({ days, year }: WallClock): number => days - daysFromCivil(year, 1, 1) + 1

/** ISO 8601: weeks begin on Monday, and week 1 has the year's first Thursday. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days - weekday(days) + 3
  const { year } = civilFromDays(thursday, { year: 0, month: 0, day: 0 })
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 }
}

/** As in the United States, Java's default: weeks begin on Sunday, and week 1 has the first of January. */
export function sundayWeek(days: number): { readonly year: number; readonly week: number } {
  const saturday = days - ((weekday(days) + 1) % 7) + 6
  const { year } = civilFromDays(saturday, { year: 0, month: 0, day: 0 })
  const first = daysFromCivil(year, 1, 1)
  const firstSunday = first - ((weekday(first) + 1) % 7)
  return { year, week: Math.floor((days - firstSunday) / 7) + 1 }
}

const hourOf = ({ time }: WallClock): number => Math.floor(time / 3_600_000)

/** The fields that patterns of both of Java's formats write as plain numbers, by their letters. */
export const NUMBER_FIELDS: Readonly<Record<string, (clock: WallClock) => number>> = {
  d: ({ day }) => day,
  D: dayOfYear,
  H: hourOf,
  k: (clock) => hourOf(clock) || 24,
  K: (clock) => hourOf(clock) % 12,
  h: (clock) => hourOf(clock) % 12 || 12,
  m: ({ time }) => Math.floor(time / 60_000) % 60,
  s: ({ time }) => Math.floor(time / 1000) % 60,
}

/** The units of time that always have the same length, in ms. */
export const UNIT_MS: Readonly<Record<string, Duration>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: DAY_MS,
  WEEK: 7 * DAY_MS,
}

/** The number, filled up with zeros from the left. */
export const zeroPadded = (value: number, width: number): string => String(value).padStart(width, '0')
