/**
 * `/api/v1/topics/{topic}/records/events`: the records of a topic as they come in. The id of an event is where the next one begins, so a
 * client that was cut off misses nothing but what is passed over, as there is too much of it.
 */
import * as z from 'zod'
import { slept } from '../../../base/clock.ts'
import { Failure } from '../../../base/failure.ts'
import type { Offsets } from '../../../bus/bus.ts'
import { placesText } from '../../../history/records/places.ts'
import { anyRecord, recordsWithText } from '../../../history/records/search.ts'
import { shownRecord } from '../../../history/records/shown.ts'
import { nextPiece, TAIL_STEP_MS } from '../../../history/records/tail.ts'
import type { ServedRun } from '../../../run/served/served-run.ts'
import { RequestError } from '../../../source/request-error.ts'
import { type KeptTopic, keptTopic } from '../../look/kept-topic.ts'
import { looksAt } from '../../look/looks.ts'
import { openPlaces } from '../../places.ts'
import { asEvents, defineRoute, type Route, type ServerEvent } from '../route.ts'
import { recordsEvent } from './forms.ts'
import { chosenRecords, partitionsOf, placesAfter } from './records.ts'

/** Streams of records at the same time: each of them reads. */
const MOST_STREAMS = 16

const query = z.object({
  ...chosenRecords,
  after: z.string().min(1).max(2048).optional().describe('where it begins: end of a page; by default, now'),
})

export const recordsEvents: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/topics/{topic}/records/events',
  summary: 'The records of a topic as they come in.',
  params: z.object({ topic: z.string() }),
  query,
  answer: asEvents({ records: recordsEvent, trouble: z.strictObject({ text: z.string() }) }),
  async handle({ params, query, lastEventId, signal }, { run }) {
    const kept = keptTopic(run, params.topic)
    const partitions = partitionsOf(kept.topic, query.partition)
    const after = lastEventId ?? query.after
    const from =
      after === undefined
        ? await endsOf(kept, partitions, { run, signal })
        : placesAfter(after, kept.topic, lastEventId === undefined ? 'query: after' : 'Last-Event-ID')
    takeStream(run, signal)
    return follow(kept, from, { query, run, signal })
  },
})

type Following = { readonly query: z.infer<typeof query>; readonly run: ServedRun; readonly signal: AbortSignal }

const endsOf = (
  { topic }: KeptTopic,
  partitions: readonly number[],
  { run, signal }: Pick<Following, 'run' | 'signal'>,
): Promise<Offsets> =>
  looksAt(run)(signal, async () => {
    await topic.refresh()
    return Object.fromEntries(partitions.map((partition) => [partition, topic.bounds(partition).end]))
  })

const takeStream = openPlaces(MOST_STREAMS, () => {
  const text = `${MOST_STREAMS} streams of records are open, which is the limit: close one`
  return new RequestError(503, text, { 'retry-after': '10' })
})

async function* follow(
  { name, topic, decoder, isShared }: KeptTopic,
  from: Offsets,
  { query, run, signal }: Following,
): AsyncGenerator<ServerEvent> {
  const { clock } = run
  const look = looksAt(run)
  const wanted = query.search === undefined ? anyRecord : recordsWithText(query.search)
  let places = from
  let trouble: string | undefined
  // It says at once where it begins, for a client that is cut off before anything comes.
  yield { event: 'records', id: placesText(places), data: { items: [], passedOver: 0 } }
  do {
    try {
      const { records, passedOver, ...piece } = await look(signal, (stop) =>
        nextPiece(topic, { from: places, wanted, clock, stop }),
      )
      trouble = undefined
      places = piece.places
      if (records.length === 0 && passedOver === 0) continue
      const items = []
      for (const record of records)
        items.push(await shownRecord(record, { decoder, isShared, bytes: query.valueBytes, stop: signal }))
      yield { event: 'records', id: placesText(places), data: { items, passedOver } }
    } catch (error) {
      if (!(error instanceof Failure || error instanceof RequestError)) throw error
      if (error.message !== trouble) yield { event: 'trouble', data: { text: `topic ${name}: ${error.message}` } }
      trouble = error.message
    }
  } while (await slept(clock, TAIL_STEP_MS, signal))
}
