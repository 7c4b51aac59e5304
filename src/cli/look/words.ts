/** Numbers and times of a status in words. */
import { roundSpan } from '../../base/units.ts'

/** `1,234`; nothing where it is not known. */
export const numberText = (count: number | null): string => (count === null ? '' : count.toLocaleString('en-US'))

/** `1,234/s`, `0.5/s`; nothing where it is not known. */
export const rateText = (rate: number | null): string =>
  rate === null ? '' : `${rate.toLocaleString('en-US', { maximumFractionDigits: rate < 10 ? 1 : 0 })}/s`

/** `12 s ago`, `in 5 min`, `now`; nothing where the time is not known. Both are in ISO 8601. */
export function agoText(time: string | null, now: string): string {
  if (time === null) return ''
  const past = Date.parse(now) - Date.parse(time)
  if (Math.abs(past) < 1000) return 'now'
  return past > 0 ? `${roundSpan(past)} ago` : `in ${roundSpan(-past)}`
}

/** `2026-05-15T20:00:00Z`: as everywhere, without a fraction. */
export const shortTime = (time: string): string => time.replace(/\.\d+/, '')
