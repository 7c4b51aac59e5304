/**
 * `/api/v1/topics/{topic}/records`: the records of a topic, of one partition or of all, a page at a time. A page looks at a bounded
 * number of records for a bounded time: with a search it may have no records, and still a `next`.
 */
import * as z from 'zod'
import { MAX_PARTITIONS, type Offsets, type TopicReader } from '../../../bus/bus.ts'
import { firstSince } from '../../../bus/fetched.ts'
import { openBudget, PAGE_LIMITS } from '../../../history/records/budget.ts'
import { readPage } from '../../../history/records/page.ts'
import { placesInText, placesText } from '../../../history/records/places.ts'
import { anyRecord, recordsWithText } from '../../../history/records/search.ts'
import { shownRecord } from '../../../history/records/shown.ts'
import type { RecordOrder } from '../../../history/records/walk.ts'
import { RequestError } from '../../../source/request-error.ts'
import { keptTopic } from '../../look/kept-topic.ts'
import { looksAt } from '../../look/looks.ts'
import { defineRoute, inJson, paging, type Route } from '../route.ts'
import { recordsPage } from './forms.ts'

/** Partitions whose records are shown together: each costs reads of its own. */
const MOST_TOGETHER = 64
const MOST_LIMIT = 500
const USUAL_LIMIT = 50

/** What both the page and the events take. */
export const chosenRecords: {
  partition: z.ZodOptional<z.ZodType<number>>
  search: z.ZodOptional<z.ZodString>
  valueBytes: z.ZodType<number>
} = {
  partition: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_PARTITIONS * 4)
    .optional()
    .describe('absent: all of them'),
  search: z.string().min(1).max(500).optional().describe('only records with this text in their key or value'),
  valueBytes: z.coerce
    .number()
    .int()
    .min(0)
    .max(1 << 20)
    .default(2048)
    .describe('about the most bytes of a key and of a value; a longer one is cut'),
}

const query = z.object({
  ...paging,
  ...chosenRecords,
  limit: z.coerce.number().int().min(1).max(MOST_LIMIT).default(USUAL_LIMIT),
  order: z.enum(['oldest', 'newest']).optional().describe('which records come first; newest, unless a start is given'),
  from: z.enum(['earliest', 'latest']).optional(),
  offset: z.coerce.number().int().min(0).optional().describe('the first offset; of all partitions, or of partition'),
  time: z.iso.datetime({ offset: true }).optional().describe('the first record that arrived at or after it'),
})
type Query = z.infer<typeof query>

export const records: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/topics/{topic}/records',
  summary:
    'Records of a topic from an offset or a time, as they are and as rows; with a search among a bounded number of them.',
  params: z.object({ topic: z.string() }),
  query,
  answer: inJson(recordsPage),
  async handle({ params, query, signal }, { run }) {
    const { topic, decoder, isShared } = keptTopic(run, params.topic)
    checkStart(query)
    const partitions = partitionsOf(topic, query.partition)
    const order = orderOf(query)
    return looksAt(run)(signal, async (stop) => {
      await topic.refresh()
      const places =
        query.after === undefined ? await startOf(topic, partitions, query) : placesAfter(query.after, topic)
      const wanted = query.search === undefined ? anyRecord : recordsWithText(query.search)
      const budget = openBudget(PAGE_LIMITS, run.clock, stop)
      const page = await readPage(topic, { order, places, limit: query.limit, wanted, budget })
      const items = []
      for (const record of page.records)
        items.push(await shownRecord(record, { decoder, isShared, bytes: query.valueBytes, stop }))
      const end = placesText(Object.fromEntries(partitions.map((one) => [one, topic.bounds(one).end])))
      return { items, next: page.next === undefined ? null : placesText(page.next), looked: page.looked, end }
    })
  },
})

function checkStart({ from, offset, time }: Query): void {
  const given = Object.entries({ from, offset, time }).filter(([, value]) => value !== undefined)
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(' and ')
    throw new RequestError(400, `query: ${names}: give one of them, as each says where to begin`)
  }
}

/** Where a start is given, people want what comes from there on. */
const orderOf = ({ order, from, offset, time }: Query): RecordOrder =>
  order ?? (from === 'earliest' || offset !== undefined || time !== undefined ? 'oldest' : 'newest')

/** The partitions that are asked for. Throws a RequestError where the topic does not have it, or has too many. */
export function partitionsOf({ name, partitions }: TopicReader, only: number | undefined): readonly number[] {
  if (only === undefined && partitions <= MOST_TOGETHER) return Array.from({ length: partitions }, (_, i) => i)
  if (only === undefined) {
    throw new RequestError(400, `query: partition: topic ${name} has ${partitions} partitions: name one of them`)
  }
  if (only < partitions) return [only]
  throw new RequestError(404, `topic ${name} has no partition ${only}: it has 0 to ${partitions - 1}`)
}

async function startOf(topic: TopicReader, partitions: readonly number[], query: Query): Promise<Offsets> {
  const { from, offset, time } = query
  const isNewest = orderOf(query) === 'newest'
  const places = partitions.map(async (partition) => {
    const { start, end } = topic.bounds(partition)
    if (time !== undefined) return [partition, await firstSince(topic, partition, Date.parse(time))]
    // The newest first begin behind the record that is named.
    if (offset !== undefined) return [partition, isNewest ? offset + 1 : offset]
    return [partition, from === 'earliest' || (from === undefined && !isNewest) ? start : end]
  })
  return Object.fromEntries(await Promise.all(places))
}

/** The places that a client goes on from. Throws a RequestError where they are none of this topic. */
export function placesAfter(text: string, { name, partitions }: TopicReader, where = 'query: after'): Offsets {
  const places = placesInText(text)
  if (places === undefined || Object.keys(places).some((partition) => Number(partition) >= partitions)) {
    throw new RequestError(400, `${where}: these are no places in topic ${name}: begin without it`)
  }
  return places
}
