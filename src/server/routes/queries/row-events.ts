/**
 * `/api/v1/queries/{query}/rows/events`: the rows of a query as it puts them out, and those that its open windows would have if
 * they ended now. The id of an event is the place behind its rows, so a client that was cut off goes on without a loss.
 */
import * as z from 'zod'
import { slept } from '../../../base/clock.ts'
import { roundBytes } from '../../../base/units.ts'
import type { Offsets, TopicReader } from '../../../bus/bus.ts'
import { offsetsOf } from '../../../bus/fetched.ts'
import { type OpenRows, openRowsOf } from '../../../run/served/open-rows.ts'
import { MOST_STATE_BYTES } from '../../../run/served/open-windows.ts'
import { newestPlace, placeText } from '../../../topic/placed-rows.ts'
import { openRowFeed } from '../../../topic/row-feed.ts'
import type { OpenRowsEvent, RowsEvent, RowValues } from '../../api/rows.ts'
import { exactJson } from '../../exact-json.ts'
import { readPlaceOf, resultRow, shownRow } from '../../result-rows.ts'
import { asEvents, defineRoute, type Route, type RouteContext, type ServerEvent } from '../route.ts'
import { queryName } from './list.ts'
import { type ResultOfQuery, resultOfQuery } from './rows.ts'

/** How often the open windows are looked at. */
const STEP_MS = 1000
/** A reader with `skip` that is this many rows behind goes on with the last ones. */
const FAR_BEHIND = 5000
const LAST_ROWS = 500

const rowsEvent: z.ZodType<RowsEvent> = z.strictObject({
  rows: z.array(resultRow).describe('in the order in which they were put out'),
  skipped: z.int().min(0).describe('rows that were passed over, for a client with skip'),
})

const openRowsEvent: z.ZodType<OpenRowsEvent> = z.strictObject({
  rows: z.array(z.record(z.string(), z.unknown())),
  more: z.int().min(0).describe('rows besides'),
  hidden: z.string().nullable().describe('why none are shown'),
})

type EventsQuery = { readonly after?: string | undefined; readonly skip: boolean }

const eventsQuery: z.ZodType<EventsQuery> = z.object({
  after: z
    .string()
    .max(8192)
    .optional()
    .describe('rows from this place on: `newer` of a page; by default, those to come'),
  skip: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('a client that is too far behind wants the last rows rather than all of them'),
})

export const queryRowEvents: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/queries/{query}/rows/events',
  summary: 'The rows of a query as they come (`rows`), and those of its open windows, provisional (`open`).',
  params: queryName,
  query: eventsQuery,
  answer: asEvents({ rows: rowsEvent, open: openRowsEvent }),
  async handle({ params, query, lastEventId, signal }, context) {
    const result = resultOfQuery(params.query, context.run)
    const asked = lastEventId ?? query.after
    const where = lastEventId === undefined ? 'query: after' : 'Last-Event-ID'
    const place =
      asked === undefined
        ? newestPlace(result.topic)
        : await placeThere(result.topic, readPlaceOf(result.topic, asked, where))
    return rowEvents(result, { place, skip: query.skip, signal }, context)
  },
})

/**
 * The place in the topic as it is now. Where it has fewer rows than the client has seen, it was made anew, as by `run --fresh`: all
 * of its rows are new to the client, which would wait for the number that it knows otherwise.
 */
async function placeThere(topic: TopicReader, place: Offsets): Promise<Offsets> {
  const isBeyond = (partition: number) => (place[partition] ?? 0) > topic.bounds(partition).end
  if (!Object.keys(place).some((partition) => isBeyond(Number(partition)))) return place
  await topic.refresh()
  return offsetsOf(topic.partitions, (partition) => (isBeyond(partition) ? 0 : (place[partition] ?? 0)))
}

type Following = { readonly place: Offsets; readonly skip: boolean; readonly signal: AbortSignal }

async function* rowEvents(
  { topic, query, open }: ResultOfQuery,
  { place: from, skip, signal }: Following,
  { run }: RouteContext,
): AsyncGenerator<ServerEvent> {
  using feed = openRowFeed(topic, run.clock)
  const ended = new AbortController()
  const stop = AbortSignal.any([signal, ended.signal])
  let place = from
  let shown: OpenRows | undefined
  const next = () => feed.after(place, stop)
  const step = () => slept(run.clock, STEP_MS, stop).then((goesOn) => (goesOn ? ('look' as const) : undefined))
  try {
    let coming = next()
    let looking: Promise<'look' | undefined> = Promise.resolve('look')
    while (!stop.aborted) {
      const got = await Promise.race([coming, looking])
      if (got === undefined) return
      if (got === 'look') {
        const rows = openRowsOf(query.name, open.parts, run.clock)
        if (rows !== shown) yield { event: 'open', data: openEvent(rows) }
        shown = rows
        looking = step()
        continue
      }
      place = got.to
      if (got.rows.length > 0) yield rowsOut(got.rows.map(shownRow), place, 0)
      const skipped = skip ? rowsBehind(place, newestPlace(topic)) - LAST_ROWS : 0
      if (skipped > FAR_BEHIND) {
        const { end, passed } = lastPlace(place, newestPlace(topic))
        place = end
        yield rowsOut([], place, passed)
      }
      coming = next()
    }
  } finally {
    ended.abort()
  }
}

const rowsOut = (rows: RowsEvent['rows'], place: Offsets, skipped: number): ServerEvent => {
  const data: RowsEvent = { rows, skipped }
  return { event: 'rows', id: placeText(place), data }
}

const rowsBehind = (place: Offsets, newest: Offsets): number =>
  Object.entries(newest).reduce((sum, [partition, end]) => sum + end - (place[Number(partition)] ?? 0), 0)

/** The place before the last rows, and how many are passed over on the way. */
function lastPlace(place: Offsets, newest: Offsets): { readonly end: Offsets; readonly passed: number } {
  const partitions = Object.keys(newest).length
  const each = Math.ceil(LAST_ROWS / partitions)
  const end = offsetsOf(partitions, (partition) => Math.max(place[partition] ?? 0, (newest[partition] ?? 0) - each))
  return { end, passed: rowsBehind(place, end) }
}

const TOO_LARGE = `its open windows take more than ${roundBytes(MOST_STATE_BYTES)}, too much to be looked at while it runs`

const openEvent = ({ rows, more, isTooLarge }: OpenRows): OpenRowsEvent => ({
  rows: rows.map((row) => exactJson(row) as RowValues),
  more,
  hidden: isTooLarge ? TOO_LARGE : null,
})
