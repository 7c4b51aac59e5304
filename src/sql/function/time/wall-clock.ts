/** A wall clock taken apart into the fields that formats and EXTRACT speak of. */
import { type Civil, civilFromDays, DAY_MS, daysFromCivil } from '../../../base/calendar.ts'

export type WallClock = Civil & {
  days: number
  /** Milliseconds of the day. */
  time: number
}

/** Fills `out` from ms since 1970 of the wall clock, rounding the day toward the past. */
export function readWallClock(wall: number, out: WallClock): WallClock {
  out.days = Math.floor(wall / DAY_MS)
  out.time = wall - out.days * DAY_MS
  civilFromDays(out.days, out)
  return out
}

export const newWallClock = (): WallClock => ({ year: 0, month: 0, day: 0, days: 0, time: 0 })

/** From 0 for Monday. */
export const weekday = (days: number): number => (((days + 3) % 7) + 7) % 7

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
