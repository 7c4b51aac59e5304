/** The header `Retry-After`: seconds, or a date of HTTP (RFC 9110, 10.2.3). */
import type { Duration } from '../../base/quantity.ts'

type Headers = { readonly [name: string]: string }

/**
 * How long the server wants to be left alone; undefined where it does not say so. A date is measured by the server's own
 * clock, its header `Date`, if it has one: the clocks of two machines may differ by more than the pause. `now` in ms since 1970.
 */
export function retryAfter(headers: Headers, now: number): Duration | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const until = dateOf(text)
  if (until === undefined) return undefined
  return Math.max(0, until - (dateOf(headers.date) ?? now))
}

/** Only the forms of HTTP: `Date.parse` would take "-5" for a day in May. */
function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined
  // The form of C's asctime names no zone, and means UTC.
  const time = Date.parse(/ GMT$/.test(text) ? text : `${text} GMT`)
  return Number.isNaN(time) ? undefined : time
}
