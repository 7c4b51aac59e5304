/**
 * Folders named by event time, on the wall clock of the pipeline's time zone: `archive/%y-%m-%d`, with the part of strftime
 * that names a folder.
 */
import * as z from 'zod'
import { type Civil, civilFromDays, DAY_MS } from '../../base/calendar.ts'
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import type { Batch } from '../../record/column.ts'
import type { SinkContext } from '../sink.ts'

/** Names of folders that are remembered; beyond that they are made again. */
const KNOWN_LIMIT = 1000
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

/** The folders of a dated path. Times in one multiple of its unit share a folder: the number of the multiple is their bucket. */
export class Folders {
  readonly #path: DatedPath
  readonly #zone: ZoneRules
  /** Index of the column with the event time; undefined: nothing is dated. */
  readonly #rowtime: number | undefined
  /** Whether the event time is an instant, and not yet of a wall clock. */
  readonly #isInstant: boolean
  readonly #known = new Map<number, string>()

  constructor(path: DatedPath, { timezone, fields, rowtime }: Pick<SinkContext, 'timezone' | 'fields' | 'rowtime'>) {
    this.#path = path
    this.#zone = zoneRules(timezone)
    this.#rowtime = path.isDated ? rowtime : undefined
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
      buckets[row] = column.nulls?.[row] === 1 ? Number.NaN : Math.floor(wall / this.#path.unitMs)
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

  /** The folder of a bucket; of NaN, the one for what has no event time. */
  of(bucket: number): string {
    const known = this.#known.get(bucket)
    if (known !== undefined) return known
    const folder = Number.isNaN(bucket) ? this.#path.undated : this.#path.folder(bucket * this.#path.unitMs)
    if (this.#known.size >= KNOWN_LIMIT) this.#known.clear()
    this.#known.set(bucket, folder)
    return folder
  }
}
