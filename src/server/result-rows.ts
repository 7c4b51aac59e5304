/** Pages of the rows of any result: of a query, of an alert, of a report. */
import * as z from 'zod'
import { zoneRules } from '../base/timezone.ts'
import type { TopicReader } from '../bus/bus.ts'
import { parseInstant, type Span } from '../pipeline/span.ts'
import type { Field } from '../record/type.ts'
import { RequestError } from '../source/request-error.ts'
import { type PlacedRow, placeText, type RowPageWish, readPlace, readRowPage } from '../topic/placed-rows.ts'
import type { ResultRow, ResultRows, RowValues } from './api/rows.ts'
import { exactJson } from './exact-json.ts'

const MOST_ROWS = 1000

/** A result: the topic of its rows, and their columns. */
export type Result = { readonly topic: TopicReader; readonly fields: readonly Field[]; readonly timezone: string }

const placeForm = z.string().max(8192)
const timeForm = z.string().max(64)

/** A span of time, as a request names it. */
export type SpanWish = { readonly since?: string | undefined; readonly until?: string | undefined }

/** A page, as a request names it. */
export type PageQuery = SpanWish & {
  readonly limit: number
  readonly before?: string | undefined
  readonly after?: string | undefined
}

const spanParts = {
  since: timeForm.optional().describe('rows of windows, or event times, from this time on: 2026-05-15T20:00:00Z'),
  until: timeForm.optional().describe('rows before this time'),
}

export const spanQuery: z.ZodType<SpanWish> = z.object(spanParts)

export const pageQuery: z.ZodType<PageQuery> = z.object({
  ...spanParts,
  limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(100),
  before: placeForm.optional().describe('the page ends before this place: `older` of another page'),
  after: placeForm.optional().describe('the page begins at this place: `newer` of another page'),
})

const values: z.ZodType<RowValues> = z.record(z.string(), z.unknown())

export const resultRow: z.ZodType<ResultRow> = z.strictObject({
  partition: z.int().min(0),
  offset: z.int().min(0),
  at: z.string().describe('when it was put out, ISO 8601'),
  key: values.nullable().describe('null: rows have no key'),
  row: values.nullable().describe('null: the row with this key is no more'),
})

export const resultRows: z.ZodType<ResultRows> = z.strictObject({
  rows: z.array(resultRow).describe('the newest first'),
  older: z.string().nullable().describe('for `before`; null: nothing older is kept'),
  newer: z.string().describe('for `after`'),
  hasNewer: z.boolean(),
})

/** A page of the rows of a result. Throws a RequestError where a place or a time cannot be read. */
export async function rowPageOf(result: Result, query: PageQuery): Promise<ResultRows> {
  const { before, after, limit, ...times } = query
  if (before !== undefined && after !== undefined) throw new RequestError(400, 'query: either before or after')
  const isWanted = spanTestOf(result, times)
  const wish: RowPageWish = {
    limit,
    ...(before === undefined ? {} : { before: readPlaceOf(result.topic, before, 'before') }),
    ...(after === undefined ? {} : { after: readPlaceOf(result.topic, after, 'after') }),
    ...(isWanted === undefined ? {} : { isWanted }),
  }
  const { rows, from, to, hasOlder, hasNewer } = await readRowPage(result.topic, wish)
  return { rows: rows.map(shownRow), older: hasOlder ? placeText(from) : null, newer: placeText(to), hasNewer }
}

/** The place that a text names. Throws a RequestError where it names none of the topic. */
export function readPlaceOf(
  { partitions }: TopicReader,
  text: string,
  where: string,
): NonNullable<RowPageWish['after']> {
  const place = readPlace(text, partitions)
  if (place !== undefined) return place
  const last = partitions === 1 ? 'partition 0' : `partitions 0 to ${partitions - 1}`
  throw new RequestError(400, `${where}: "${text}" is no place here: write PARTITION:OFFSET,… for ${last}`)
}

/** A row as the API shows it. */
export const shownRow = ({ partition, offset, arrived, key, row }: PlacedRow): ResultRow => ({
  partition,
  offset,
  at: new Date(arrived).toISOString(),
  key: key === undefined ? null : (exactJson(key) as RowValues),
  row: row === undefined ? null : (exactJson(row) as RowValues),
})

/** Whether a row is in the span that is asked for, by its window, else by its event time, else by when it was put out. */
export function spanTestOf(result: Result, times: SpanWish): ((row: PlacedRow) => boolean) | undefined {
  if (times.since === undefined && times.until === undefined) return undefined
  const { since, until } = spanOf(times, result.timezone)
  const timeOf = timeReader(result)
  return (row) => {
    const time = timeOf(row)
    return time === undefined || (time >= since && time < until)
  }
}

function spanOf({ since, until }: SpanWish, zone: string): Span {
  const read = (text: string | undefined, where: string, otherwise: number) => {
    if (text === undefined) return otherwise
    try {
      return parseInstant(text, zone)
    } catch (error) {
      throw new RequestError(400, `query: ${where}: ${(error as Error).message}: write 2026-05-15T20:00:00Z`)
    }
  }
  return {
    since: read(since, 'since', Number.NEGATIVE_INFINITY),
    until: read(until, 'until', Number.POSITIVE_INFINITY),
  }
}

/** The time of a row: the start of its window, else the end, else its event time, else its arrival. Undefined: nobody knows. */
function timeReader({ fields, timezone }: Result): (row: PlacedRow) => number | undefined {
  const of = (test: (field: Field) => boolean) => fields.find(test)
  const field =
    of(({ window }) => window === 'start') ??
    of(({ window }) => window === 'end') ??
    of(({ rowtime }) => rowtime === true)
  if (field === undefined) return ({ arrived }) => arrived
  const zone = zoneRules(timezone)
  return ({ row, key }) => {
    const { [field.name]: text } = JSON.parse(row ?? key ?? '{}') as RowValues
    if (typeof text !== 'string') return undefined
    const time = Date.parse(text.endsWith('Z') ? text : `${text.replace(' ', 'T')}Z`)
    return Number.isNaN(time) ? undefined : text.endsWith('Z') ? time : zone.toInstant(time)
  }
}
