/** A topic on Kafka that this process may append to. */
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import { deleteBefore } from '../../client/kafka/delete-records.ts'
import type { ToProduce } from '../../client/kafka/produce.ts'
import type { ChunkPool } from '../batch/chunk.ts'
import type { Codec } from '../batch/compression/codec.ts'
import { MAX_POSITION_BYTES, type Topic, type TopicSettings } from '../bus.ts'
import { positionIn } from '../positions.ts'
import type { KafkaReader, ReadContext } from './kafka-reader.ts'
import type { Appender } from './own-file.ts'
import { OwnLog } from './own-log.ts'
import { PartitionQueue } from './partition-queue.ts'
import { type BatchSender, openBatchSender } from './sender.ts'
import type { FoundTopic } from './topic-form.ts'

/** A batch is full at this many bytes, unless the topic takes less. */
const BATCH_BYTES = 1 << 20
/** Header of the batch, and what the last record needs for its mark: the positions of two writers, however long. */
const BESIDES_BYTES = 2 * MAX_POSITION_BYTES + 1024

/** What all topics that this process appends to share. */
export type WriteContext = ReadContext & {
  readonly chunks: ChunkPool
  /** A sender to each broker, for each kind of acknowledgement. */
  readonly senders: Map<string, BatchSender>
  readonly codec: Codec
}

/** For which producer a topic is written to. */
export type Appending = {
  readonly appender: Appender
  /** The one whose positions hold where the appender remembers nothing; absent: there is none. */
  readonly before?: Appender | undefined
}

/** A topic that is as the pipeline file wants it, with its one reader. */
export type SharedTopic = { readonly name: string; readonly found: FoundTopic; readonly opened: KafkaReader }

export type KafkaTopic = {
  readonly topic: Topic
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** The topic for one that appends to it. */
export function writerOn(
  context: WriteContext,
  open: SharedTopic,
  appending: Appending,
  settings: TopicSettings,
): KafkaTopic {
  const { name, found, opened } = open
  const { reader, leaders } = opened
  const maxAppendBytes = Math.max(1024, found.maxBatchBytes - BESIDES_BYTES)
  const logs = Array.from({ length: reader.partitions }, (_, partition) =>
    openLog(context, open, appending, { partition, settings }),
  )
  const queues = logs.map((log, partition) => {
    return new PartitionQueue({
      log,
      form: { pool: context.chunks, compressor: context.compressor, codec: settings.compression ?? context.codec },
      limits: {
        bytes: Math.min(settings.batchBytes ?? BATCH_BYTES, maxAppendBytes),
        records: settings.batchRecords ?? Number.POSITIVE_INFINITY,
        lingerMs: settings.lingerMs ?? 0,
      },
      clock: context.cluster.clock,
      published(end, pieces) {
        opened.bounds.learnEnd(partition, end)
        // What the leader alone has may be lost with it: readers get it when all replicas have it.
        opened.fetcher.appended(partition, settings.acks === 'leader' ? () => [] : pieces)
      },
    })
  })
  return {
    topic: {
      ...reader,
      id: leaders.id,
      maxAppendBytes,
      async append(partition, append) {
        const queue = queues[partition]
        assert(queue !== undefined, `topic ${name} has a partition ${partition}`)
        if (append.values.count > 0 && !context.cluster.closed.aborted) return queue.add(append)
        append.values.lease?.release()
        if (append.values.count > 0) throw new Failure('io', `topic ${name}: the bus is closed`, { retryable: true })
        return reader.bounds(partition).end
      },
      deleteBefore: (partition, offset) => deleteBefore(context.cluster, leaders, partition, offset),
      async position(writer) {
        return Promise.all(logs.map(async (log) => positionIn(await log.positions(), writer)))
      },
    },
    async settled() {
      await Promise.all(queues.map((queue) => queue.settled()))
    },
  }
}

type OfPartition = { readonly partition: number; readonly settings: TopicSettings }

function openLog(context: WriteContext, open: SharedTopic, { appender, before }: Appending, of: OfPartition): OwnLog {
  const { cluster, senders, compressor } = context
  const { leaders, searched } = open.opened
  const { partition, settings } = of
  const { acks = 'all' } = settings
  const senderTo = (broker: number): BatchSender => {
    const key = `${broker} ${acks}`
    const known = senders.get(key)
    if (known !== undefined) return known
    const sender = openBatchSender(() => cluster.link(broker, `produce ${acks}`), acks)
    senders.set(key, sender)
    return sender
  }
  return new OwnLog({
    topic: leaders.topic,
    topicId: leaders.id,
    partition,
    log: searched(partition),
    appender,
    before: before && (() => openLog(context, open, { appender: before }, of).positions()),
    compressor,
    patience: cluster.patience(),
    maxBatchBytes: open.found.maxBatchBytes,
    send: async (parts) => {
      const batch: ToProduce = { topic: leaders.topic, partition, parts }
      return senderTo(leaders.of(partition).broker).send(batch)
    },
    refresh: leaders.refresh,
    async isThere() {
      await cluster.persist(leaders.refresh)
      leaders.find(partition)
    },
    warn: cluster.warn,
  })
}
