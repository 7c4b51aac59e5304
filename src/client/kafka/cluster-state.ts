/** What the brokers say of their cluster: who leads which partition. It is as old as the last answer. */
import { apiVersionsV0, metadataV7, metadataV12 } from '@platformatic/kafka'
import { Failure } from '../../base/failure.ts'
import { saveTogether } from '../../data/save-together.ts'
import { brokerFailure, UNKNOWN_TOPIC } from './broker-error.ts'
import type { Brokers } from './brokers.ts'

const METADATA_KEY = 3
const PRODUCE_KEY = 0
/** From Kafka 2.1 on: batches compressed with zstd, and epochs of leaders. */
const LEAST_PRODUCE = 7
const WITH_TOPIC_IDS = 12

export type PartitionState = {
  /** The broker that leads it; -1: none. */
  readonly leader: number
  readonly epoch: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export type TopicState = {
  readonly name: string
  /** Another one after the topic was deleted and made anew; only zeros where the broker is older than topic ids. */
  readonly id: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionState[]
}

export type ClusterState = {
  id(): string
  controller(): number
  /**
   * The topics of these names that exist; all of them for null. Internal ones included. Where one cannot be described,
   * rejects with the Failure, or goes on without it if there is a `failed`.
   */
  describe(names: readonly string[] | null, failed?: (failure: Failure) => void): Promise<readonly TopicState[]>
  /** Asks for the leaders of a topic, together with those of others that are asked for meanwhile; undefined: it does not exist. */
  refresh(name: string): Promise<TopicState | undefined>
  /** Learns which forms of requests the brokers take, and the brokers, from those of these addresses. */
  begin(addresses: readonly string[]): Promise<void>
}

/** A topic that does not exist; or that cannot be used, for the reason of its failure. */
type UnknownTopic = { readonly name: string; readonly failure: Failure | undefined }

function knownTopic(topic: TopicState | UnknownTopic | undefined): TopicState | undefined {
  if (topic === undefined || !('failure' in topic)) return topic
  if (topic.failure !== undefined) throw topic.failure
  return undefined
}

/** What brokers say; `begin` comes first. */
export function openClusterState(brokers: Brokers): ClusterState {
  let controller = -1
  let id = ''
  let form: typeof metadataV7 | typeof metadataV12 = metadataV12
  const ask = async (names: readonly string[] | null): Promise<readonly (TopicState | UnknownTopic)[]> => {
    const found = await brokers.any((link) =>
      link.use((connection) => form.api.async(connection, names === null ? null : [...names], false)),
    )
    const known = found.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }] as const)
    if (known.length > 0) brokers.learn(new Map(known))
    controller = found.controllerId
    id = found.clusterId ?? ''
    return found.topics.map(({ errorCode, name: given, topicId, isInternal, partitions }) => {
      const name = given ?? ''
      if (errorCode === UNKNOWN_TOPIC) return { name, failure: undefined }
      if (errorCode !== 0) return { name, failure: brokerFailure(errorCode, `topic ${name}`) }
      const states: PartitionState[] = []
      for (const { partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes } of partitions) {
        states[partitionIndex] = { leader: leaderId, epoch: leaderEpoch, replicas: replicaNodes, inSync: isrNodes }
      }
      return { name, id: topicId, isInternal, partitions: states }
    })
  }
  const wanted = new Set<string>()
  // What is wrong with one topic is a failure of those alone that ask for it.
  const topics = new Map<string, TopicState | UnknownTopic>()
  const refreshing = saveTogether(async () => {
    const names = [...wanted]
    wanted.clear()
    for (const topic of await ask(names)) topics.set(topic.name, topic)
  })
  const describe: ClusterState['describe'] = async (names, failed) =>
    (await ask(names)).flatMap((topic) => {
      if (failed === undefined || !('failure' in topic) || topic.failure === undefined) return knownTopic(topic) ?? []
      failed(topic.failure)
      return []
    })
  return {
    describe,
    id: () => id,
    controller: () => controller,
    async refresh(name) {
      wanted.add(name)
      await refreshing.save()
      return knownTopic(topics.get(name))
    },
    async begin(addresses) {
      const versions = await brokers.any((link) =>
        link.use((connection) => apiVersionsV0.api.async(connection, '', '')),
      )
      const newest = (key: number) => versions.apiKeys.find(({ apiKey }) => apiKey === key)?.maxVersion ?? -1
      if (newest(PRODUCE_KEY) < LEAST_PRODUCE) {
        throw new Failure(
          'pipeline',
          `Kafka at ${addresses.join(',')} is older than 2.1, which is the oldest supported`,
        )
      }
      form = newest(METADATA_KEY) >= WITH_TOPIC_IDS ? metadataV12 : metadataV7
      await describe([])
    },
  }
}
