/** How a topic is made on Kafka, and how one that exists is compared with what the pipeline file says. */
import { Failure } from '../../base/failure.ts'
import { countText } from '../../base/units.ts'
import type { Cluster } from '../../client/kafka/cluster.ts'
import type { TopicState } from '../../client/kafka/cluster-state.ts'
import { createTopic, topicConfig } from '../../client/kafka/topics.ts'
import type { TopicSettings } from '../bus.ts'

const RETENTION_TIME = 'retention.ms'
const RETENTION_BYTES = 'retention.bytes'
const SEGMENT_BYTES = 'segment.bytes'
const MAX_BYTES = 'max.message.bytes'
const CLEANUP = 'cleanup.policy'
/** Of a topic that is compacted: Kafka passes over the segment that is written to, so that is small. */
const COMPACTED: readonly (readonly [string, string | number])[] = [
  [CLEANUP, 'compact'],
  [SEGMENT_BYTES, 4 << 20],
]
/** Kafka's default, where a broker does not say. */
const USUAL_MAX_BYTES = 1_048_588
/** Of topics that are made here: room for what sources read at a time, and for a line of `max_line`, in one batch. */
const OWN_MAX_BYTES = 8 << 20
/** How often a topic that has just been made is looked for. */
const LOOKS = 200
const LOOK_MS = 50

/** A topic as the pipeline file wants it. */
export type WantedTopic = {
  /** Its name on Kafka. */
  readonly topic: string
  readonly partitions: number
  readonly settings: TopicSettings
  /** Whether the last record of each key is kept for good. */
  readonly isCompacted?: boolean
}

export type FoundTopic = {
  readonly state: TopicState
  /** The most bytes of a batch that it takes. */
  readonly maxBatchBytes: number
}

/** Finds a topic, or makes it. Rejects with a Failure where it is not as the file says. */
export async function findTopic(cluster: Cluster, wanted: WantedTopic): Promise<FoundTopic> {
  const state = (await existing(cluster, wanted.topic)) ?? (await made(cluster, wanted))
  checkCount(wanted.topic, state.partitions.length, wanted.partitions)
  checkReplication(state, wanted)
  const config = await topicConfig(cluster, wanted.topic)
  checkRetention(config, wanted)
  if (wanted.isCompacted === true) checkCompacted(config, wanted.topic)
  return { state, maxBatchBytes: Number(config.get(MAX_BYTES) ?? USUAL_MAX_BYTES) }
}

const existing = (cluster: Cluster, topic: string): Promise<TopicState | undefined> =>
  cluster.persist(() => cluster.refresh(topic))

/** Kafka keeps a limit for each partition; the file gives one for the topic. */
function retentionConfig({ partitions, settings: { retention } }: WantedTopic): ReadonlyMap<string, number> {
  if (retention === undefined) return new Map()
  const { timeMs, bytes } = retention
  return new Map([
    [RETENTION_TIME, timeMs ?? -1],
    [RETENTION_BYTES, bytes === undefined ? -1 : Math.ceil(bytes / partitions)],
  ])
}

async function made(cluster: Cluster, wanted: WantedTopic): Promise<TopicState> {
  const { topic, partitions, settings } = wanted
  const compacted = wanted.isCompacted === true ? COMPACTED : []
  const { segmentBytes } = settings
  const segments = segmentBytes === undefined ? [] : [[SEGMENT_BYTES, segmentBytes] as const]
  const settled = [...retentionConfig(wanted), ...segments, ...compacted, [MAX_BYTES, OWN_MAX_BYTES] as const]
  const config = Object.fromEntries(settled.map(([key, value]) => [key, String(value)]))
  await createTopic(cluster, { name: topic, partitions, replication: settings.replication, config })
  for (let look = 0; look < LOOKS; look++) {
    const state = await existing(cluster, topic)
    if (state?.partitions.every(({ leader }) => leader >= 0)) return state
    await cluster.clock.sleep(LOOK_MS, cluster.closed)
  }
  throw new Failure('io', `topic ${topic} was made on Kafka, but its partitions have no leaders yet`, {
    retryable: true,
  })
}

/** Throws a Failure where a topic that is there has not as many partitions as the pipeline file says. */
export function checkCount(topic: string, found: number, wanted: number): void {
  if (found === wanted) return
  // Kafka makes more of them, and never fewer.
  const alter = `, or kafka-topics --alter --topic ${topic} --partitions ${wanted}: records do not move between partitions`
  throw new Failure('pipeline', `topic ${topic} has ${countText(found, 'partition')} on Kafka, not ${wanted}`, {
    hint: `Write 'partitions: ${found}'${wanted > found ? alter : ''}.`,
  })
}

function checkReplication(state: TopicState, { topic, settings: { replication } }: WantedTopic): void {
  const found = Math.min(...state.partitions.map(({ replicas }) => replicas.length))
  if (replication === undefined || replication === found) return
  throw new Failure('pipeline', `topic ${topic} has ${found} replicas on Kafka, not ${replication}`, {
    hint: `Write 'replication: ${found}', or give it more with \`kafka-reassign-partitions\`.`,
  })
}

function checkRetention(config: ReadonlyMap<string, string>, wanted: WantedTopic): void {
  if (wanted.settings.retention?.isFirm === false) return
  for (const [key, value] of retentionConfig(wanted)) {
    const found = config.get(key)
    if (found === undefined || Number(found) === value) continue
    const alter = `kafka-configs --alter --entity-type topics --entity-name ${wanted.topic} --add-config ${key}=${value}`
    throw new Failure(
      'pipeline',
      `topic ${wanted.topic} has ${key}=${found} on Kafka, not ${value} as its \`retention\` says`,
      {
        hint: `Change the file, or the topic: \`${alter}\`.`,
      },
    )
  }
}

function checkCompacted(config: ReadonlyMap<string, string>, topic: string): void {
  const found = config.get(CLEANUP)
  if (found === undefined || found === 'compact') return
  const alter = `kafka-configs --alter --entity-type topics --entity-name ${topic} --add-config ${CLEANUP}=compact`
  throw new Failure(
    'pipeline',
    `topic ${topic} has ${CLEANUP}=${found} on Kafka: it would forget where the parts of the pipeline stand`,
    { hint: `Change the topic: \`${alter}\`.` },
  )
}
