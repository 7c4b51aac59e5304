/** Offsets of consumer groups, kept by the coordinator of each group. A commit is made without joining the group. */
import { describeGroupsV2, findCoordinatorV2, listGroupsV2, offsetCommitV6, offsetFetchV5 } from '@platformatic/kafka'
import { brokerFailure } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { Link } from './link.ts'

/** Requests to coordinators have links of their own: a commit does not wait behind a fetch. */
const PURPOSE = 'groups'
const GROUP_KEY = 0
/** Kafka's code for an error that has none. */
const UNKNOWN = -1

/** Offsets by topic and partition. */
export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>

export type GroupMember = {
  readonly id: string
  readonly client: string
  readonly host: string
  /** The partitions that it reads, by topic. */
  readonly reads: ReadonlyMap<string, readonly number[]>
}

export type ConsumerGroup = {
  readonly name: string
  /** As Kafka names it: `Empty`, `Stable`, and others. */
  readonly state: string
  readonly members: readonly GroupMember[]
}

export type Coordinators = {
  /** Resolves once the offsets are durable. */
  commit(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>
  committed(group: string): Promise<GroupOffsets>
  /** The names of all groups of consumers. */
  names(): Promise<readonly string[]>
  describe(group: string): Promise<ConsumerGroup>
}

/** Groups of a cluster. Each method tries again for some time, and rejects with a Failure. */
export function openCoordinators(cluster: Cluster): Coordinators {
  const ask = askCoordinator(cluster)
  return {
    commit: (group, topic, offsets) => ask(group, (link) => commitOffsets(link, group, topic, offsets)),
    committed: (group) => ask(group, (link) => committedOffsets(link, group)),
    async names() {
      await cluster.persist(() => cluster.describe([]))
      const brokers = [...cluster.brokers().keys()]
      const found = await Promise.all(
        brokers.map((broker) => cluster.persist(() => groupsOn(cluster.link(broker, PURPOSE)))),
      )
      return [...new Set(found.flat())].sort()
    },
    describe: (group) => ask(group, (link) => describeGroup(link, group)),
  }
}

/** Asks a group's coordinator, and looks for it again where it has moved. */
function askCoordinator(cluster: Cluster) {
  const known = new Map<string, number>()
  const find = async (group: string): Promise<number> => {
    const found = await cluster.any((link) =>
      link.use((connection) => findCoordinatorV2.api.async(connection, GROUP_KEY, [group])),
    )
    const coordinator = found.coordinators[0]
    check(coordinator?.errorCode ?? UNKNOWN, `group ${group}`)
    const broker = coordinator?.nodeId ?? UNKNOWN
    if (!cluster.brokers().has(broker)) await cluster.describe([])
    known.set(group, broker)
    return broker
  }
  return <Answer>(group: string, request: (link: Link) => Promise<Answer>): Promise<Answer> =>
    cluster.persist(async () => {
      const broker = known.get(group) ?? (await find(group))
      try {
        return await request(cluster.link(broker, PURPOSE))
      } catch (error) {
        known.delete(group)
        throw error
      }
    })
}

function check(code: number, subject: string): void {
  if (code !== 0) throw brokerFailure(code, subject)
}

async function commitOffsets(
  link: Link,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  const partitions = [...offsets].map(([partitionIndex, offset]) => {
    return { partitionIndex, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: '' }
  })
  const answer = await link.use((connection) =>
    offsetCommitV6.api.async(connection, group, -1, '', null, [{ name: topic, partitions }]),
  )
  for (const { partitions } of answer.topics) {
    for (const { errorCode } of partitions) check(errorCode, `offsets of group ${group} in topic ${topic}`)
  }
}

async function committedOffsets(link: Link, group: string): Promise<GroupOffsets> {
  const answer = await link.use((connection) =>
    offsetFetchV5.api.async(connection, [{ groupId: group, topics: null }], false),
  )
  check(answer.errorCode, `group ${group}`)
  return new Map(
    answer.topics.map(({ name, partitions }) => {
      const kept = partitions.filter(({ committedOffset }) => committedOffset >= 0n)
      return [name, new Map(kept.map((one) => [one.partitionIndex, Number(one.committedOffset)]))]
    }),
  )
}

/** The groups of consumers that a broker coordinates. */
async function groupsOn(link: Link): Promise<readonly string[]> {
  const answer = await link.use((connection) => listGroupsV2.api.async(connection, [], []))
  check(answer.errorCode, 'the list of groups')
  const consumers = answer.groups.filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
  return consumers.map(({ groupId }) => groupId)
}

async function describeGroup(link: Link, group: string): Promise<ConsumerGroup> {
  const answer = await link.use((connection) => describeGroupsV2.api.async(connection, [group], false))
  const found = answer.groups[0]
  check(found?.errorCode ?? UNKNOWN, `group ${group}`)
  const members = (found?.members ?? []).map(({ memberId, clientId, clientHost, memberAssignment }) => {
    return { id: memberId, client: clientId, host: clientHost, reads: readsOf(memberAssignment) }
  })
  return { name: group, state: found?.groupState ?? '', members }
}

/**
 * The partitions in the assignment of a consumer: version (2 bytes), number of topics (4), and of each topic the name
 * (2 bytes of length, text), number of partitions (4), and their numbers (4 each). None where it is not whole.
 */
function readsOf(assignment: Buffer): ReadonlyMap<string, readonly number[]> {
  const reads = new Map<string, readonly number[]>()
  let at = 2
  const take = (length: number): number => {
    at += length
    return at <= assignment.length ? at - length : -1
  }
  const int32 = (): number => {
    const from = take(4)
    return from < 0 ? 0 : assignment.readInt32BE(from)
  }
  for (let topics = int32(); topics > 0; topics--) {
    const from = take(2)
    if (from < 0) return new Map()
    const length = assignment.readInt16BE(from)
    if (length < 0) return new Map()
    const name = assignment.toString('utf8', take(length), at)
    const count = int32()
    if (count < 0 || at + 4 * count > assignment.length) return new Map()
    reads.set(name, Array.from({ length: count }, int32))
  }
  return reads
}
