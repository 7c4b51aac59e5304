/**
 * What Kafka tells of its brokers, topics and groups. Each broker is asked once for all that it leads and coordinates; where
 * one does not answer soon, what it alone knows is left out.
 */
import { Failure } from '../../base/failure.ts'
import { addressText } from '../../client/kafka/address.ts'
import { LOOK } from '../../client/kafka/brokers.ts'
import type { Cluster } from '../../client/kafka/cluster.ts'
import type { TopicState } from '../../client/kafka/cluster-state.ts'
import {
  type ConsumerGroup,
  committedOffsets,
  describeGroups,
  type GroupOffsets,
  groupsOn,
} from '../../client/kafka/group-requests.ts'
import type { Link } from '../../client/kafka/link.ts'
import { offsetsOn } from '../../client/kafka/offsets.ts'
import { logSizes } from '../../client/kafka/topics.ts'
import type { BusLook, GroupLook, LookWish, TopicLook } from '../look.ts'

/** The most groups that a broker is asked about at once. */
const GROUPS_AT_ONCE = 32

type Numbers = ReadonlyMap<string, ReadonlyMap<number, number>>

/** What one broker tells of the partitions that it leads and the groups that it coordinates. */
type Told = {
  readonly starts: Numbers
  readonly ends: Numbers
  readonly sizes: Numbers
  readonly groups: readonly GroupLook[]
  readonly trouble: ReadonlySet<string>
}

/** A look at the topics and groups with a prefix. Rejects with a Failure where the cluster does not answer. */
export async function lookAtKafka(cluster: Cluster, prefix: string, wish?: LookWish): Promise<BusLook> {
  const names = wish?.topics.map((name) => prefix + name) ?? null
  const failed = new Set<string>()
  const found = await cluster.persist(() =>
    cluster.describe(names, ({ code, message }) => {
      // Kafka leaves topics that the user may not see out of a list of all, and does not say whether a named one exists.
      if (code !== 'denied') failed.add(message)
    }),
  )
  const shown = found.filter(({ name, isInternal }) => !isInternal && name.startsWith(prefix))
  // Of a large cluster's groups there may be many more offsets than anybody wants to see.
  const counts = wish && new Map(shown.map(({ name, partitions }) => [name, partitions.length]))
  const brokers = [...cluster.brokers()].map(([id, address]) => {
    return { id, address: addressText(address), isController: id === cluster.controller() }
  })
  const asked = brokers.map(
    async ({ id }) => [id, await askBroker(cluster.link(id, LOOK), ledBy(id, shown), prefix, counts)] as const,
  )
  const told: ReadonlyMap<number, Told> = new Map(await Promise.all(asked))
  const all = [...told.values()]
  const groups = new Map(all.flatMap((one) => one.groups.map((group) => [group.name, group])))
  return {
    bus: 'kafka',
    cluster: cluster.id,
    brokers: brokers.sort((a, b) => a.id - b.id),
    topics: shown.map((topic) => topicLook(topic, prefix, told)).sort(byName),
    groups: [...groups.values()].sort(byName),
    trouble: [...failed, ...new Set(all.flatMap(({ trouble }) => [...trouble]))],
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1)

/** The partitions that a broker leads, by topic. */
function ledBy(broker: number, topics: readonly TopicState[]): ReadonlyMap<string, readonly number[]> {
  const led = topics.map(({ name, partitions }) => {
    return [name, partitions.flatMap(({ leader }, partition) => (leader === broker ? [partition] : []))] as const
  })
  return new Map(led.filter(([, partitions]) => partitions.length > 0))
}

async function askBroker(
  link: Link,
  led: ReadonlyMap<string, readonly number[]>,
  prefix: string,
  counts: ReadonlyMap<string, number> | undefined,
): Promise<Told> {
  const trouble = new Set<string>()
  const unless = async <Answer>(asked: Promise<Answer>, otherwise: Answer): Promise<Answer> => {
    try {
      return await asked
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      trouble.add(`${error.message}; what it alone knows of topics and groups is not shown`)
      return otherwise
    }
  }
  const [starts, ends, sizes, groups] = await Promise.all([
    unless<Numbers>(offsetsOn(link, led, 'start'), new Map()),
    unless<Numbers>(offsetsOn(link, led, 'end'), new Map()),
    // A broker that does not allow this leaves the sizes out.
    logSizes(link, led).catch((): Numbers => new Map()),
    unless(groupLooks(link, prefix, counts), []),
  ])
  return { starts, ends, sizes, groups, trouble }
}

function topicLook({ name, partitions }: TopicState, prefix: string, told: ReadonlyMap<number, Told>): TopicLook {
  return {
    name: name.slice(prefix.length),
    partitions: partitions.map(({ leader, replicas, inSync }, partition) => {
      const of = told.get(leader)
      return {
        start: of?.starts.get(name)?.get(partition),
        end: of?.ends.get(name)?.get(partition),
        bytes: of?.sizes.get(name)?.get(partition),
        leader: leader < 0 ? undefined : leader,
        replicas,
        inSync,
      }
    }),
  }
}

async function groupLooks(
  link: Link,
  prefix: string,
  counts: ReadonlyMap<string, number> | undefined,
): Promise<readonly GroupLook[]> {
  const names = (await groupsOn(link)).filter((name) => name.startsWith(prefix))
  const looks: GroupLook[] = []
  for (let from = 0; from < names.length; from += GROUPS_AT_ONCE) {
    const some = names.slice(from, from + GROUPS_AT_ONCE)
    const [described, committed] = await Promise.all([
      describeGroups(link, some),
      Promise.all(some.map((name) => committedOffsets(link, name, counts))),
    ])
    const offsets = new Map(some.map((name, i) => [name, committed[i]]))
    looks.push(...described.map((group) => groupLook(group, offsets.get(group.name) ?? new Map(), prefix)))
  }
  return looks
}

function groupLook({ name, state, members }: ConsumerGroup, committed: GroupOffsets, prefix: string): GroupLook {
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
