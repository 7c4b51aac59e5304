/** Days in the zone of the pipeline, which is seldom that of the browser. */

const DAY_MS = 86_400_000

/** The day of a time in a zone, as `2026-12-01`; in UTC where the browser does not know the zone. */
export function dayIn(timezone: string, time: number): string {
  // The Swedish way to write days is that of ISO 8601.
  const day = (zone: string) => new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(time)
  try {
    return day(timezone)
  } catch {
    return day('UTC')
  }
}

/** The day after that of a time. */
export const tomorrowIn = (timezone: string, time: number): string => dayBefore(dayIn(timezone, time), -1)

/** The day that is `days` days before another. */
export const dayBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10)
