/** What Kafka tells of its brokers, topics and groups. */

import { addressText } from '../../client/kafka/address.ts'
import type { Cluster, TopicState } from '../../client/kafka/cluster.ts'
import type { Coordinators } from '../../client/kafka/coordinator.ts'
import { leadersOf } from '../../client/kafka/leaders.ts'
import { edgeOffsets } from '../../client/kafka/offsets.ts'
import { logSizes } from '../../client/kafka/topics.ts'
import type { BusLook, GroupLook, TopicLook } from '../look.ts'

type Sizes = ReadonlyMap<number, ReadonlyMap<string, ReadonlyMap<number, number>>>

/** A look at the topics and groups with a prefix. Rejects with a Failure where the cluster does not answer. */
export async function lookAtKafka(cluster: Cluster, coordinators: Coordinators, prefix: string): Promise<BusLook> {
  const found = await cluster.persist(() => cluster.describe(null))
  const shown = found.filter(({ name, isInternal }) => !isInternal && name.startsWith(prefix))
  const brokers = [...cluster.brokers()].map(([id, address]) => {
    return { id, address: addressText(address), isController: id === cluster.controller() }
  })
  const sizes: Sizes = new Map(
    await Promise.all(
      brokers.map(async ({ id }) => {
        // A broker that is down, or does not allow this, leaves the sizes out.
        return [id, await logSizes(cluster, id).catch(() => new Map())] as const
      }),
    ),
  )
  const topics = await Promise.all(shown.map((topic) => lookAtTopic(cluster, topic, prefix, sizes)))
  const names = (await coordinators.names()).filter((name) => name.startsWith(prefix))
  const groups = await Promise.all(names.map((name) => lookAtGroup(coordinators, name, prefix)))
  return {
    bus: 'kafka',
    cluster: cluster.id,
    brokers: brokers.sort((a, b) => a.id - b.id),
    topics: topics.sort((a, b) => (a.name < b.name ? -1 : 1)),
    groups,
  }
}

async function lookAtTopic(cluster: Cluster, topic: TopicState, prefix: string, sizes: Sizes): Promise<TopicLook> {
  const leaders = leadersOf(cluster, topic)
  const led = topic.partitions.flatMap(({ leader }, partition) => (leader >= 0 ? [partition] : []))
  const [starts, ends] = await Promise.all([
    edgeOffsets(cluster, leaders, led, 'start'),
    edgeOffsets(cluster, leaders, led, 'end'),
  ])
  return {
    name: topic.name.slice(prefix.length),
    partitions: topic.partitions.map(({ leader, replicas, inSync }, partition) => {
      return {
        start: starts.get(partition) ?? 0,
        end: ends.get(partition) ?? 0,
        bytes: sizes.get(leader)?.get(topic.name)?.get(partition),
        leader: leader < 0 ? undefined : leader,
        replicas,
        inSync,
      }
    }),
  }
}

async function lookAtGroup(coordinators: Coordinators, name: string, prefix: string): Promise<GroupLook> {
  const [{ state, members }, committed] = await Promise.all([coordinators.describe(name), coordinators.committed(name)])
  const own = (topic: string): boolean => topic.startsWith(prefix)
  const shortened = <Value>(of: ReadonlyMap<string, Value>) =>
    [...of].filter(([topic]) => own(topic)).map(([topic, value]) => [topic.slice(prefix.length), value] as const)
  return {
    name: name.slice(prefix.length),
    state,
    members: members.map(({ id, client, host, reads }) => ({
      id,
      client,
      host,
      reads: Object.fromEntries(shortened(reads)),
    })),
    committed: Object.fromEntries(shortened(committed).map(([topic, offsets]) => [topic, Object.fromEntries(offsets)])),
  }
}
