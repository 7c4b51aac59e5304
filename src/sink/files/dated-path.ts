/** Folders named by event time: `archive/%y-%m-%d`, with the part of strftime that names a folder. */
import * as z from 'zod'
import { type Civil, civilFromDays, DAY_MS } from '../../base/calendar.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

const DIRECTIVES: { readonly [letter: string]: (civil: Civil, ofDay: number) => string } = {
  Y: ({ year }) => String(year).padStart(4, '0'),
  y: ({ year }) => two(((year % 100) + 100) % 100),
  m: ({ month }) => two(month),
  d: ({ day }) => two(day),
  H: (_, ofDay) => two(Math.floor(ofDay / HOUR_MS)),
  M: (_, ofDay) => two(Math.floor(ofDay / MINUTE_MS) % 60),
  '%': () => '%',
}

const ALLOWED = '%Y year, %y its last two digits, %m month, %d day, %H hour, %M minute, %% a percent sign'

export type DatedPath = {
  /** Whether the path depends on the event time. */
  readonly isDated: boolean
  /** Times in one multiple of this share a folder. */
  readonly unitMs: number
  /** The folder for a time of the wall clock: ms since 1970-01-01T00:00 there. */
  folder(wall: number): string
  /** The folder for records without an event time: `undated` takes the place of the first dated name and all that follow. */
  readonly undated: string
}

export const datedPath: z.ZodType<DatedPath, string> = z
  .string()
  .min(1)
  .transform((pattern, context) => {
    const unknown = [...pattern.matchAll(/%(.?)/g)].find(([, letter]) => !Object.hasOwn(DIRECTIVES, letter ?? ''))?.[0]
    if (unknown === undefined) return parsePattern(pattern)
    context.addIssue(`'${unknown}' is not known in a path: there is ${ALLOWED}`)
    return z.NEVER
  })

function parsePattern(pattern: string): DatedPath {
  const letters = [...pattern.matchAll(/%(.)/g)].map(([, letter]) => letter)
  const isDated = letters.some((letter) => letter !== '%')
  const names = pattern.split('/')
  const firstDated = names.findIndex((name) => /%[^%]/.test(name.replaceAll('%%', '')))
  const fill = (text: string, civil: Civil, ofDay: number) =>
    text.replace(/%(.)/g, (_, letter: string) => DIRECTIVES[letter]?.(civil, ofDay) ?? '')
  const civil: Civil = { year: 0, month: 0, day: 0 }
  return {
    isDated,
    unitMs: letters.includes('M') ? MINUTE_MS : letters.includes('H') ? HOUR_MS : DAY_MS,
    folder(wall) {
      const day = Math.floor(wall / DAY_MS)
      return fill(pattern, civilFromDays(day, civil), wall - day * DAY_MS)
    },
    undated: isDated
      ? [...names.slice(0, firstDated), 'undated'].join('/').replaceAll('%%', '%')
      : fill(pattern, civil, 0),
  }
}

const two = (value: number): string => String(value).padStart(2, '0')
