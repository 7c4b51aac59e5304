/** What to write for a length of time in another spelling: 5 minutes, 5m, 1 day 2 hours. */

const UNITS: readonly (readonly [form: RegExp, unit: string])[] = [
  [/^s(?:ecs?|econds?)?$/, 'SECOND'],
  [/^m(?:ins?|inutes?)?$/, 'MINUTE'],
  [/^h(?:rs?|ours?)?$/, 'HOUR'],
  [/^d(?:ays?)?$/, 'DAY'],
  [/^w(?:eeks?)?$/, 'WEEK'],
  [/^mons?$|^months?$/, 'MONTH'],
  [/^y(?:rs?|ears?)?$/, 'YEAR'],
]

/** The hint; undefined for a text that is no length of time. */
export function intervalHint(text: string): string | undefined {
  const parts = [...text.trim().matchAll(/\s*([+-]?\d+(?:\.\d+)?)\s*([a-z]+)/gi)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text.trim()) return undefined
  const intervals = parts.map(([, number = '', word = '']) => intervalOf(number, word.toLowerCase()))
  return intervals.includes(undefined) ? undefined : `write ${intervals.join(' + ')}`
}

/** The unit that a word or a letter means; undefined if there is none. */
export const unitOf = (word: string): string | undefined => UNITS.find(([form]) => form.test(word.toLowerCase()))?.[1]

/** The most digits before the point that the number of an interval has, as in Flink. */
const MOST_DIGITS = 4

const LONGER: { readonly [unit: string]: readonly [unit: string, times: number] } = {
  SECOND: ['MINUTE', 60],
  MINUTE: ['HOUR', 60],
  HOUR: ['DAY', 24],
}

/**
 * The interval as SQL: a number of more than two digits needs SECOND(3), and one of too many a longer unit; undefined where
 * it is no whole number of these.
 */
export function intervalText(number: string, unit: string): string | undefined {
  const digits = number.replace(/^[+-]?0*|\..*/g, '').length
  if (digits <= MOST_DIGITS) return `INTERVAL '${number}' ${unit}${digits > 2 ? `(${digits})` : ''}`
  const [longer, times] = LONGER[unit] ?? []
  if (longer === undefined || times === undefined || Number(number) % times !== 0) return undefined
  return intervalText(String(Number(number) / times), longer)
}

function intervalOf(number: string, word: string): string | undefined {
  if (/^(?:ms|millis|milliseconds?)$/.test(word)) return `INTERVAL '${Number(number) / 1000}' SECOND`
  const unit = unitOf(word)
  if (unit === undefined || (number.includes('.') && unit !== 'SECOND')) return undefined
  return intervalText(number, unit)
}
