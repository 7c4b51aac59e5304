/** Makes topics, and reads their configuration and size. */
import { createTopicsV4, describeConfigsV2, describeLogDirsV1 } from '@platformatic/kafka'
import { addressText } from './address.ts'
import { brokerFailure, checkCode, TOPIC_EXISTS, UNKNOWN_ERROR } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { Link } from './link.ts'

const TOPIC_RESOURCE = 2
const CREATE_TIMEOUT_MS = 15_000
const BROKERS_DEFAULT = -1

export type NewTopic = {
  readonly name: string
  readonly partitions: number
  /** undefined: the broker's default. */
  readonly replication: number | undefined
  readonly config: { readonly [name: string]: string }
}

/** Makes a topic; one that exists by now is left as it is. Rejects with a Failure where it cannot be made. */
export async function createTopic(
  cluster: Cluster,
  { name, partitions, replication, config }: NewTopic,
): Promise<void> {
  const request = {
    name,
    numPartitions: partitions,
    replicationFactor: replication ?? BROKERS_DEFAULT,
    assignments: [],
    configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  }
  await cluster.persist(async () => {
    await cluster.describe([])
    const answer = await cluster
      .link(cluster.controller(), 'ask')
      .use((connection) => createTopicsV4.api.async(connection, [request], CREATE_TIMEOUT_MS, false))
    for (const { errorCode, errorMessage } of answer.topics) {
      if (errorCode !== 0 && errorCode !== TOPIC_EXISTS) throw brokerFailure(errorCode, `topic ${name}`, errorMessage)
    }
  })
}

/** The configuration of a topic, the broker's defaults included. Rejects with a Failure. */
export function topicConfig(cluster: Cluster, name: string): Promise<ReadonlyMap<string, string>> {
  return cluster.persist(async () => {
    const resource = { resourceType: TOPIC_RESOURCE, resourceName: name, configurationKeys: null } as const
    const answer = await cluster.any((link) =>
      link.use((connection) => describeConfigsV2.api.async(connection, [resource], false)),
    )
    const found = answer.results[0]
    checkCode(found?.errorCode ?? UNKNOWN_ERROR, `topic ${name}`)
    const configs = found?.configs ?? []
    return new Map(configs.flatMap(({ name: key, value }) => (value == null ? [] : [[key, value] as const])))
  })
}

/** The bytes of these partitions that a broker has, by topic and partition. Rejects with a Failure. */
export async function logSizes(
  link: Link,
  wanted: ReadonlyMap<string, readonly number[]>,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const asked = [...wanted].map(([name, partitions]) => ({ name, partitions: [...partitions] }))
  const answer = await link.use((connection) => describeLogDirsV1.api.async(connection, asked))
  const sizes = new Map<string, Map<number, number>>()
  for (const { errorCode, topics } of answer.results) {
    checkCode(errorCode, `a disk of the broker at ${addressText(link.address)}`)
    for (const { name, partitions } of topics) {
      const of = sizes.get(name) ?? new Map<number, number>()
      sizes.set(name, of)
      for (const { partitionIndex, partitionSize } of partitions) of.set(partitionIndex, Number(partitionSize))
    }
  }
  return sizes
}
