/** Requests about consumer groups, to the broker that coordinates them. Each rejects with a Failure. */
import { describeGroupsV2, listGroupsV2, offsetCommitV6, offsetFetchV5 } from '@platformatic/kafka'
import { checkCode } from './broker-error.ts'
import type { Link } from './link.ts'

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

/** Resolves once the offsets are durable. */
export async function commitOffsets(
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
    for (const { errorCode } of partitions) checkCode(errorCode, `offsets of group ${group} in topic ${topic}`)
  }
}

/** What a group has committed: in these topics, with their numbers of partitions, or in all of them. */
export async function committedOffsets(
  link: Link,
  group: string,
  topics?: ReadonlyMap<string, number>,
): Promise<GroupOffsets> {
  const asked =
    topics &&
    [...topics].map(([name, count]) => ({ name, partitionIndexes: Array.from({ length: count }, (_, i) => i) }))
  const answer = await link.use((connection) =>
    offsetFetchV5.api.async(connection, [{ groupId: group, topics: asked ?? null }], false),
  )
  checkCode(answer.errorCode, `group ${group}`)
  const found = answer.topics.map(({ name, partitions }) => {
    const kept = partitions.filter(({ committedOffset }) => committedOffset >= 0n)
    return [name, new Map(kept.map((one) => [one.partitionIndex, Number(one.committedOffset)]))] as const
  })
  return new Map(found.filter(([, offsets]) => offsets.size > 0))
}

/** The names of the groups of consumers that the broker coordinates. */
export async function groupsOn(link: Link): Promise<readonly string[]> {
  const answer = await link.use((connection) => listGroupsV2.api.async(connection, [], []))
  checkCode(answer.errorCode, 'the list of groups')
  const consumers = answer.groups.filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
  return consumers.map(({ groupId }) => groupId)
}

/** The groups with their members. */
export async function describeGroups(link: Link, groups: readonly string[]): Promise<readonly ConsumerGroup[]> {
  const answer = await link.use((connection) => describeGroupsV2.api.async(connection, [...groups], false))
  return answer.groups.map(({ errorCode, groupId: name, groupState: state, members }) => {
    checkCode(errorCode, `group ${name}`)
    const described = members.map(({ memberId, clientId, clientHost, memberAssignment }) => {
      return { id: memberId, client: clientId, host: clientHost, reads: readsOf(memberAssignment) }
    })
    return { name, state, members: described }
  })
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
