/** Flink's second try at a text that does not fit a pattern: java.sql.Timestamp.valueOf and java.sql.Date.valueOf. */
import { DAY_MS, daysFromCivil } from '../../../base/calendar.ts'
import { dayTime } from '../cast/parse-time.ts'
import { trimJava } from '../text/bytes.ts'

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/
const TIME = /^(\d{1,9}):(\d{1,9}):(\d{1,9})(?:\.(\d{1,9}))?$/

/**
 * In ms since 1970 of the wall clock; undefined for a text that is no date. A day beyond the month's end carries over
 * into the next month: 2023-02-29 is 1 March.
 */
export function parseSqlTimestamp(text: string): number | undefined {
  const trimmed = trimJava(text)
  const space = trimmed.indexOf(' ')
  const date = DATE.exec(space < 0 ? trimmed : trimmed.slice(0, space))
  if (date === null) return undefined
  const [year = 0, month = 0, day = 0] = date.slice(1).map(Number)
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const midnight = (daysFromCivil(year, month, 1) + day - 1) * DAY_MS
  if (space < 0) return midnight
  const time = TIME.exec(trimmed.slice(space + 1).trim())
  if (time === null) return undefined
  const [hour = 0, minute = 0, second = 0] = time.slice(1, 4).map(Number)
  return midnight + dayTime(hour, minute, second, time[4])
}
