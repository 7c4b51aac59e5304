/** Reads dates and times from texts as Flink does without a pattern; undefined for a text that is none. */
import { DAY_MS, daysFromCivil, daysInMonth } from '../../../base/calendar.ts'
import type { Duration } from '../../../base/quantity.ts'
import type { ZoneRules } from '../../../base/timezone.ts'
import { trimJava } from '../text/bytes.ts'

const NUMBER = /^\d{1,9}$/

/** YYYY[-M[-D]] with blanks around its numbers, and anything after a blank; in days since 1970-01-01. */
export function parseDate(text: string): number | undefined {
  const blank = text.indexOf(' ')
  const date = blank > 0 ? text.slice(0, blank) : text
  const [year = '', month = '1', ...rest] = date.split('-')
  const day = rest.length === 0 ? '1' : rest.join('-')
  const parts = [year, month, day].map((part) => part.trim())
  if (!parts.every((part) => NUMBER.test(part))) return undefined
  const [y = 0, m = 0, d = 0] = parts.map(Number)
  if (y > 9999 || m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) return undefined
  return daysFromCivil(y, m, d)
}

const TIMESTAMP = /^(\d{4}|\+\d{5,9})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?$/

/**
 * 2024-02-29[ 12:34:56[.789]], where month to second may have one digit; in ms since 1970 of the wall clock, with
 * digits below the millisecond cut off. A day up to 31 beyond the month's end is its last day; 24:00:00 is the next
 * day.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const midnight = hour === 24 && minute === 0 && second === 0 && Number(match[7] ?? 0) === 0
  if ((hour > 23 && !midnight) || minute > 59 || second > 59) return undefined
  const days = daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)))
  return days * DAY_MS + dayTime(hour, minute, second, match[7])
}

const PRINTED = /^(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * A time that is written out in a statement, also as results show it: 2024-02-29T12:34:56.789Z, with a T or a blank, with
 * or without seconds, on a day that exists. A wall clock in ms since 1970, or an instant where the text has a zone.
 */
export function parsePrintedTimestamp(text: string): number | { readonly instant: number } | undefined {
  const [, date = '', time = '0:0', zone] = PRINTED.exec(text.trim()) ?? []
  const days = date === '' ? undefined : parseDate(date)
  const [hour = 0, minute = 0, second = 0] = time.split(/[:.]/).map(Number)
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  const wall = days * DAY_MS + dayTime(hour, minute, second, time.split('.')[1])
  if (zone === undefined) return wall
  const digits = zone === 'Z' ? '0000' : zone.replace(/[+:-]/g, '')
  const offset = (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000
  return { instant: zone.startsWith('-') ? wall + offset : wall - offset }
}

/** The same as an instant: what has no zone is read on the clock of `zone`. */
export function parsePrintedInstant(text: string, zone: ZoneRules): number | undefined {
  const time = parsePrintedTimestamp(text)
  return typeof time === 'number' ? zone.toInstant(time) : time?.instant
}

/**
 * Milliseconds from hours, minutes, seconds and the first three digits of a fraction, without any check of their range.
 */
function dayTime(hour: number, minute: number, second: number, fraction = ''): Duration {
  return (hour * 3600 + minute * 60 + second) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
}

/** H[:M[:S[.fff]]] between blanks, in ms of the day; a TIME has whole seconds, so the fraction is checked and dropped. */
export function parseTimeOfDay(text: string): number | undefined {
  const match = /^(\d{1,9})(?::(\d{1,9})(?::(\d{1,9})(?:\.\d{0,9})?)?)?$/.exec(text.trim())
  if (match === null) return undefined
  const [hour = 0, minute = 0, second = 0] = match.slice(1, 4).map((part) => Number(part ?? 0))
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return dayTime(hour, minute, second)
}

const SQL_DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/
const SQL_TIME = /^(\d{1,9}):(\d{1,9}):(\d{1,9})(?:\.(\d{1,9}))?$/

/**
 * As java.sql.Timestamp.valueOf and java.sql.Date.valueOf read, Flink's second try at a text that does not fit a pattern:
 * in ms since 1970 of the wall clock; undefined for a text that is no date. A day beyond the month's end carries over
 * into the next month: 2023-02-29 is 1 March.
 */
export function parseSqlTimestamp(text: string): number | undefined {
  const trimmed = trimJava(text)
  const space = trimmed.indexOf(' ')
  const date = SQL_DATE.exec(space < 0 ? trimmed : trimmed.slice(0, space))
  if (date === null) return undefined
  const [year = 0, month = 0, day = 0] = date.slice(1).map(Number)
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const midnight = (daysFromCivil(year, month, 1) + day - 1) * DAY_MS
  if (space < 0) return midnight
  const time = SQL_TIME.exec(trimmed.slice(space + 1).trim())
  if (time === null) return undefined
  const [hour = 0, minute = 0, second = 0] = time.slice(1, 4).map(Number)
  return midnight + dayTime(hour, minute, second, time[4])
}
