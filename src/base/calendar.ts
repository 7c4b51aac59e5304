/**
 * The civil calendar (proleptic Gregorian, as ISO 8601): days and milliseconds since 1970-01-01, their years, months and
 * days, and their text. No zones here, and no `Date` objects: the arithmetic is Howard Hinnant's, exact for all years.
 */

export const DAY_MS = 86_400_000

/** As logs have them. */
export const MONTH_NAMES: readonly string[] = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** A date in parts; `civilFromDays` fills it in place, so that a loop makes no objects. Months and days count from 1. */
export type Civil = { year: number; month: number; day: number }

/** Days since 1970-01-01. A month from 1 to 14 (13 is January of the next year); any day, which is added to the first. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Fills `out` with the date of a day (days since 1970-01-01) and returns it. */
export function civilFromDays(days: number, out: Civil): Civil {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const month = Math.floor((5 * dayOfYear + 2) / 153)
  out.day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1
  out.month = month < 10 ? month + 3 : month - 9
  out.year = yearOfEra + era * 400 + (out.month <= 2 ? 1 : 0)
  return out
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** 28 to 31; the month counts from 1. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (LENGTHS[month - 1] as number)
}

/** The same day of the month `months` later; the last day of that month if it is shorter. */
export function addMonths(days: number, months: number): number {
  const civil = civilFromDays(days, { year: 0, month: 0, day: 0 })
  const total = civil.year * 12 + civil.month - 1 + months
  const year = Math.floor(total / 12)
  const month = total - year * 12 + 1
  return daysFromCivil(year, month, Math.min(civil.day, daysInMonth(year, month)))
}

const civil: Civil = { year: 0, month: 0, day: 0 }

const padded = (value: number, width: number): string => String(value).padStart(width, '0')

/** 00 to 99, from which most of a time's text is made. */
const TWO: readonly string[] = Array.from({ length: 100 }, (_, value) => padded(value, 2))
const two = (value: number): string => TWO[value] as string

/** 0001 to 9999 in four digits; other years with a sign, as in ISO 8601 and Java. */
function yearText(year: number): string {
  if (year > 9999) return `+${year}`
  return year < 0 ? `-${padded(-year, 4)}` : padded(year, 4)
}

/** The last day that was written: neighbouring rows of a log mostly have the same day. */
let lastDay = Number.NaN
let lastText = ''

/** 2024-02-29 */
export function dateText(days: number): string {
  if (days !== lastDay) {
    civilFromDays(days, civil)
    lastText = `${yearText(civil.year)}-${two(civil.month)}-${two(civil.day)}`
    lastDay = days
  }
  return lastText
}

/** 12:34:56, for milliseconds since midnight, without the fraction. */
export function timeText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** 1995-07-01T04:00:00.000, or with a blank between date and time, as in Flink's CAST. */
export function timestampText(milliseconds: number, between: 'T' | ' ' = 'T'): string {
  const days = Math.floor(milliseconds / DAY_MS)
  const rest = milliseconds - days * DAY_MS
  const fraction = rest % 1000
  return `${dateText(days)}${between}${timeText(rest)}.${Math.floor(fraction / 100)}${two(fraction % 100)}`
}

/** The same with a blank between, and without a fraction that is zero: as people write it. */
export const shortTimestampText = (milliseconds: number): string => timestampText(milliseconds, ' ').replace('.000', '')
