/** A topic on Kafka as its readers see it. */
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import { brokerFailure, OFFSET_OUT_OF_RANGE, UNKNOWN_ERROR } from '../../client/kafka/broker-error.ts'
import type { Cluster } from '../../client/kafka/cluster.ts'
import type { TopicState } from '../../client/kafka/cluster-state.ts'
import { type FetchedSet, fetchRecords } from '../../client/kafka/fetch.ts'
import { type Leaders, leadersOf } from '../../client/kafka/leaders.ts'
import { edgeOffsets } from '../../client/kafka/offsets.ts'
import { logSizes } from '../../client/kafka/topics.ts'
import type { Compressor } from '../batch/compression/compressor.ts'
import type { FetchPool } from '../batch/fetch-room.ts'
import { RecordSetReader } from '../batch/fetched-batches.ts'
import type { Fetched, TopicReader } from '../bus.ts'
import { type Listen, openCursor, someOf } from '../cursor.ts'
import { Fetcher } from './fetcher.ts'
import { type KnownBounds, openBounds } from './known-bounds.ts'
import type { SearchedLog } from './own-tail.ts'

/** How long a read waits for records that must be there, as others' transactions or replicas hold them back. */
const WAIT_MS = 500
/** A broker sends at least one whole batch, whatever is asked for. */
const LEAST_BYTES = 1 << 10
const MOST_BYTES = 8 << 20
const SEARCH_BYTES = 1 << 20

/** What all topics of a bus share. */
export type ReadContext = {
  readonly cluster: Cluster
  readonly compressor: Compressor
  readonly pool: FetchPool
}

export type KafkaReader = {
  readonly reader: TopicReader
  readonly leaders: Leaders
  readonly bounds: KnownBounds
  readonly fetcher: Fetcher
  /** A partition as the producer searches it for its own batches. */
  searched(partition: number): SearchedLog
}

/** What reading a topic needs. */
type Reading = ReadContext & { readonly name: string; readonly leaders: Leaders; readonly bounds: KnownBounds }

/** Opens a topic that the cluster has described, with fresh bounds. `name` is without the prefix. */
export async function openKafkaReader(context: ReadContext, state: TopicState, name: string): Promise<KafkaReader> {
  const { cluster } = context
  const leaders = leadersOf(cluster, state)
  const { partitions } = leaders
  const bounds = openBounds(partitions)
  const reading: Reading = { ...context, name, leaders, bounds }
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const fetcher = new Fetcher({
    ...context,
    leaders,
    bounds,
    clock: cluster.clock,
    outOfRange: (partition) => outOfRange(reading, partition),
  })
  const source: Omit<TopicReader, 'cursor' | 'bytes'> = {
    name,
    partitions,
    bounds: bounds.of,
    refresh: () => learnBounds(reading, all),
    async read(partition, offset, maxBytes) {
      if (partition >= partitions) throw noPartition(name, partition, partitions)
      return read(reading, partition, offset, maxBytes)
    },
  }
  const listen: Listen = (listener) => fetcher.listen(listener)
  await learnBounds(reading, all)
  return {
    leaders,
    bounds,
    fetcher,
    reader: {
      ...source,
      cursor(offsets, gone, only) {
        const read = only === undefined ? { topic: source, listen } : someOf(source, listen, only)
        return openCursor(read.topic, offsets, read.listen, gone)
      },
      bytes: (partition) =>
        leaders.persist(async () => {
          const sizes = await logSizes(
            cluster.link(leaders.of(partition).broker, 'ask'),
            new Map([[leaders.topic, [partition]]]),
          )
          return sizes.get(leaders.topic)?.get(partition) ?? 0
        }),
    },
    searched: (partition) => searchedLog(reading, partition),
  }
}

async function learnBounds({ cluster, leaders, bounds }: Reading, partitions: readonly number[]): Promise<void> {
  const [starts, ends] = await Promise.all([
    edgeOffsets(cluster, leaders, partitions, 'start'),
    edgeOffsets(cluster, leaders, partitions, 'end'),
  ])
  for (const [partition, start] of starts) bounds.learnStart(partition, start)
  for (const [partition, end] of ends) bounds.learnEnd(partition, end)
}

/** Learns the bounds where somebody reads outside them. Rejects with a Failure where the topic is gone. */
async function outOfRange(reading: Reading, partition: number): Promise<void> {
  const { cluster, leaders, bounds, name } = reading
  // Where the topic was made anew, that is the reason.
  await cluster.persist(leaders.refresh)
  leaders.find(partition)
  await learnBounds(reading, [partition])
  const end = (await edgeOffsets(cluster, leaders, [partition], 'durable')).get(partition) ?? 0
  const { end: known } = bounds.of(partition)
  if (end >= known) return
  cluster.warn(`topic ${name}, partition ${partition}: Kafka has lost ${known - end} records, from offset ${end} on`)
  bounds.cut(partition, end)
}

type Place = { readonly partition: number; readonly offset: Offset }

/** Asks the leader, wherever it is by now. */
function fetchFrom(
  { cluster, leaders, name }: Reading,
  { partition, offset }: Place,
  asking: Parameters<typeof fetchRecords>[3],
): Promise<FetchedSet> {
  return leaders.persist(async () => {
    const { broker, epoch } = leaders.of(partition)
    const wanted = { partition, offset, epoch, maxBytes: asking.maxBytes }
    const [set] = await fetchRecords(cluster.link(broker, `read ${name}`), leaders.topic, [wanted], asking)
    const code = set?.errorCode ?? UNKNOWN_ERROR
    if (set !== undefined && (code === 0 || code === OFFSET_OUT_OF_RANGE)) return set
    throw brokerFailure(code, `topic ${leaders.topic}, partition ${partition}`)
  })
}

async function read(
  reading: Reading,
  partition: number,
  offset: Offset,
  maxBytes: number,
): Promise<Fetched | undefined> {
  const { bounds, name, compressor, pool } = reading
  const isExpected = offset < bounds.of(partition).end
  const set = await fetchFrom(
    reading,
    { partition, offset },
    { waitMs: isExpected ? WAIT_MS : 0, maxBytes: Math.max(LEAST_BYTES, Math.min(MOST_BYTES, maxBytes)) },
  )
  const where = `topic ${name}, partition ${partition}`
  if (set.errorCode === OFFSET_OUT_OF_RANGE) {
    await outOfRange(reading, partition)
    const { start, end } = bounds.of(partition)
    throw new Failure('not-found', `offset ${offset} of ${where}, does not exist: it has ${start} to ${end}`)
  }
  bounds.learnStart(partition, set.start)
  bounds.learnEnd(partition, set.end)
  if (set.records.length === 0) return undefined
  const { records: bytes, aborted } = set
  const records = new RecordSetReader({ bytes, from: offset, aborted, where }, compressor, pool)
  try {
    const piece = records.take()
    if (piece !== undefined) bounds.learnEnd(partition, piece.next)
    return piece
  } finally {
    records.close()
  }
}

function searchedLog(reading: Reading, partition: number): SearchedLog {
  const { cluster, leaders, name } = reading
  const edge = async (which: 'start' | 'durable') =>
    (await edgeOffsets(cluster, leaders, [partition], which)).get(partition) ?? 0
  return {
    subject: `topic ${name}, partition ${partition}`,
    start: () => edge('start'),
    end: () => edge('durable'),
    fetch: (offset) =>
      fetchFrom(reading, { partition, offset }, { waitMs: 0, maxBytes: SEARCH_BYTES, isUncommitted: true }),
  }
}

const noPartition = (name: string, partition: number, count: number): Failure =>
  new Failure('not-found', `topic ${name} has no partition ${partition}: it has 0 to ${count - 1}`)
