/**
 * A span of event time, as people write it: a day (`2020-05-15`), a month, a year or an hour in the local time of a time
 * zone, or from one time until another.
 */
import { addMonths, DAY_MS, daysFromCivil, daysInMonth } from '../base/calendar.ts'
import { Failure } from '../base/failure.ts'
import type { Duration, EventTime } from '../base/quantity.ts'
import { zoneRules } from '../base/timezone.ts'

/** Rows at `since` are in the span, rows at `until` are not. */
export type Span = { readonly since: EventTime; readonly until: EventTime }

const PERIOD = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}))?)?)?$/
const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/

/** `2020`, `2020-05`, `2020-05-15` or `2020-05-15T20`. Throws a Failure 'usage' for any other text. */
export function parsePeriod(text: string, zone: string): Span {
  const [, year, month, day, hour] = PERIOD.exec(text) ?? []
  const first = year === undefined ? undefined : dayOf(Number(year), Number(month ?? 1), Number(day ?? 1))
  if (first === undefined || Number(hour ?? 0) > 23) {
    throw new Failure('usage', `"${text}" is not a span of time`, {
      hint: 'Write a day as 2020-05-15, a month as 2020-05, a year as 2020, or an hour as 2020-05-15T20.',
    })
  }
  const begin = first * DAY_MS + Number(hour ?? 0) * 3_600_000
  const end =
    hour !== undefined
      ? begin + 3_600_000
      : (day !== undefined ? first + 1 : addMonths(first, month === undefined ? 12 : 1)) * DAY_MS
  const rules = zoneRules(zone)
  return { since: rules.toInstant(begin), until: rules.toInstant(end) }
}

/**
 * `2020-05-15`, `2020-05-15 20:00` or `2020-05-15T20:00:00.000` in the zone's local time, or with `Z` or an offset. Throws a
 * Failure 'usage' for any other text.
 */
export function parseInstant(text: string, zone: string): EventTime {
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '', offset] = TIME.exec(text) ?? []
  const days = year === undefined ? undefined : dayOf(Number(year), Number(month), Number(day))
  if (days === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new Failure('usage', `"${text}" is not a time`, {
      hint: 'Write 2020-05-15, 2020-05-15T20:00 or 2020-05-15T20:00:00Z.',
    })
  }
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const wall = days * DAY_MS + seconds * 1000 + Number(fraction.padEnd(3, '0'))
  return zoneRules(offset ?? zone).toInstant(wall)
}

/**
 * The span of a length that ends at a time. Whole days are days of the zone: where clocks are changed they have 23 or 25 hours,
 * so that the spans of every day at 20:00 follow each other without a gap.
 */
export function spanUntil(until: EventTime, length: Duration, zone: string): Span {
  if (length % DAY_MS !== 0) return { since: until - length, until }
  const rules = zoneRules(zone)
  return { since: rules.toInstant(rules.toWall(until) - length), until }
}

function dayOf(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  return daysFromCivil(year, month, day)
}
