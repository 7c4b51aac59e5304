/**
 * Folders and prefixes of files, named by event time on the wall clock of the pipeline's time zone: `archive/%y-%m-%d`, with
 * the part of strftime that names a folder. Times may be rounded down first.
 */
import * as z from 'zod'
import { type Civil, civilFromDays, DAY_MS } from '../../base/calendar.ts'
import type { Duration } from '../../base/quantity.ts'
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import { duration } from '../../base/unit-options.ts'
import type { Batch } from '../../record/column.ts'
import type { SinkContext } from '../sink.ts'

/** Places that are remembered; beyond that they are made again. */
const KNOWN_LIMIT = 1000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const SECOND_MS = 1000

const DIRECTIVES: { readonly [letter: string]: (civil: Civil, ofDay: number) => string } = {
  Y: ({ year }) => String(year).padStart(4, '0'),
  y: ({ year }) => two(((year % 100) + 100) % 100),
  m: ({ month }) => two(month),
  d: ({ day }) => two(day),
  H: (_, ofDay) => two(Math.floor(ofDay / HOUR_MS)),
  M: (_, ofDay) => two(Math.floor(ofDay / MINUTE_MS) % 60),
  S: (_, ofDay) => two(Math.floor(ofDay / SECOND_MS) % 60),
  '%': () => '%',
}

/** From the least on. */
const UNITS = [
  ['S', SECOND_MS],
  ['M', MINUTE_MS],
  ['H', HOUR_MS],
] as const

const ALLOWED = '%Y year, %y its last two digits, %m month, %d day, %H hour, %M minute, %S second, %% a percent sign'

export type DatedText = {
  /** The text as it was written. */
  readonly written: string
  /** Whether the text depends on the event time. */
  readonly isDated: boolean
  /** Times in one multiple of this have the same text. */
  readonly unitMs: number
  /** The text for a time of the wall clock: ms since 1970-01-01T00:00 there. */
  at(wall: number): string
  /** The text for records without an event time. */
  readonly undated: string
}

/** A folder: `undated` takes the place of the first dated name and all that follow. */
export const datedPath: z.ZodType<DatedText, string> = dated(z.string().min(1), 'path', (pattern) => {
  const names = pattern.split('/')
  const firstDated = names.findIndex((name) => DATED.test(name.replaceAll('%%', '')))
  return [...names.slice(0, firstDated), 'undated'].join('/')
})

/** The begin of a file's name: `undated` takes the place of what is dated. */
export const datedPrefix: z.ZodType<DatedText, string> = dated(
  z.string().regex(/^[^/.][^/]*$/, 'expected the begin of a name, without a slash, and without a dot in front'),
  'prefix',
  (pattern) =>
    pattern
      .replaceAll('%%', '\0')
      .replace(/%.(.*%.)?/, 'undated')
      .replaceAll('\0', '%%'),
)

/** The name of a file. */
export const datedName: z.ZodType<DatedText, string> = dated(
  z
    .string()
    .regex(/^[^/.][^/]*$/, 'expected the name of a file, without a slash, and without a dot in front')
    .refine((name) => !/\.(tmp|part)$/.test(name), 'names that end in .tmp or .part are for files that are not whole'),
  'name',
  (pattern) => pattern,
)

/** A time that a day is a multiple of, to which event times are rounded down. */
export const rounding: z.ZodType<Duration, string> = duration.check((found) => {
  if (found.value > 0 && DAY_MS % found.value === 0) return
  found.issues.push({
    code: 'custom',
    input: found.value,
    message: 'expected a time that fits into a day a whole number of times, as 10m, 15m, 1h or 6h',
  })
})

const DATED = /%[^%]/

function dated(
  texts: z.ZodType<string, string>,
  what: string,
  undatedOf: (pattern: string) => string,
): z.ZodType<DatedText, string> {
  return texts.transform((pattern, context) => {
    const unknown = [...pattern.matchAll(/%(.?)/g)].find(([, letter]) => !Object.hasOwn(DIRECTIVES, letter ?? ''))?.[0]
    if (unknown === undefined) return parsePattern(pattern, undatedOf)
    context.addIssue(`'${unknown}' is not known in a ${what}: there is ${ALLOWED}`)
    return z.NEVER
  })
}

function parsePattern(pattern: string, undatedOf: (pattern: string) => string): DatedText {
  const letters = [...pattern.matchAll(/%(.)/g)].map(([, letter]) => letter)
  const isDated = letters.some((letter) => letter !== '%')
  const fill = (text: string, civil: Civil, ofDay: number) =>
    text.replace(/%(.)/g, (_, letter: string) => DIRECTIVES[letter]?.(civil, ofDay) ?? '')
  const civil: Civil = { year: 0, month: 0, day: 0 }
  return {
    written: pattern,
    isDated,
    unitMs: UNITS.find(([letter]) => letters.includes(letter))?.[1] ?? DAY_MS,
    at(wall) {
      const day = Math.floor(wall / DAY_MS)
      return fill(pattern, civilFromDays(day, civil), wall - day * DAY_MS)
    },
    undated: isDated ? undatedOf(pattern).replaceAll('%%', '%') : fill(pattern, civil, 0),
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Where a record goes: the folder, and the begin of the file's name. */
export type NamedBy = { readonly within: string; readonly prefix: string }

/** What the places of records are made from. */
export type DatedPlaces = {
  readonly path: DatedText
  readonly prefix: DatedText
  /** To which event times are rounded down. */
  readonly round: Duration | undefined
}

/** The places of records. Times in one multiple of the least unit share a place: the number of the multiple is their bucket. */
export class RecordPlaces {
  readonly #dated: DatedPlaces
  readonly #unitMs: number
  readonly #zone: ZoneRules
  /** Index of the column with the event time; undefined: nothing is dated. */
  readonly #rowtime: number | undefined
  /** Whether the event time is an instant, and not yet of a wall clock. */
  readonly #isInstant: boolean
  readonly #known = new Map<number, NamedBy>()

  constructor(dated: DatedPlaces, { timezone, fields, rowtime }: Pick<SinkContext, 'timezone' | 'fields' | 'rowtime'>) {
    const { path, prefix, round } = dated
    this.#dated = dated
    this.#unitMs = round ?? Math.min(path.unitMs, prefix.unitMs)
    this.#zone = zoneRules(timezone)
    this.#rowtime = path.isDated || prefix.isDated ? rowtime : undefined
    this.#isInstant = rowtime !== undefined && fields[rowtime]?.type.kind === 'TIMESTAMP_LTZ'
  }

  /** The bucket of each row; NaN: its time is NULL or undated. */
  bucketsOf({ columns, count }: Batch): Float64Array {
    const buckets = new Float64Array(count)
    const column = this.#rowtime === undefined ? undefined : columns[this.#rowtime]
    if (column?.kind !== 'double') return buckets
    for (let row = 0; row < count; row++) {
      const time = column.values[row] as number
      const wall = this.#isInstant ? time + this.#zone.offsetAt(time) : time
      buckets[row] = column.nulls?.[row] === 1 ? Number.NaN : Math.floor(wall / this.#unitMs)
    }
    return buckets
  }

  /** The bucket of each of `count` records, which have these rows; NaN also where a record is no row. */
  bucketsOfRecords(rows: Batch, count: number): Float64Array {
    const buckets = this.bucketsOf(rows)
    if (rows.count === count) return buckets
    const all = new Float64Array(count).fill(Number.NaN)
    for (let row = 0; row < rows.count; row++) all[rows.origin?.[row] ?? row] = buckets[row] as number
    return all
  }

  /** The place of a bucket; of NaN, the one for what has no event time. */
  of(bucket: number): NamedBy {
    const known = this.#known.get(bucket)
    if (known !== undefined) return known
    const textOf = (text: DatedText) => (Number.isNaN(bucket) ? text.undated : text.at(bucket * this.#unitMs))
    const place = { within: textOf(this.#dated.path), prefix: textOf(this.#dated.prefix) }
    if (this.#known.size >= KNOWN_LIMIT) this.#known.clear()
    this.#known.set(bucket, place)
    return place
  }
}
