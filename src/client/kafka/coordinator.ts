/** Offsets of consumer groups, kept by the coordinator of each group. A commit is made without joining the group. */
import { describeGroupsV2, findCoordinatorV2, listGroupsV2, offsetCommitV6, offsetFetchV5 } from '@platformatic/kafka'
import { brokerFailure } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
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

export type GroupState = {
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
  describe(group: string): Promise<GroupState>
}

/** Groups of a cluster. Each method tries again for some time, and rejects with a Failure. */
export function openCoordinators(cluster: Cluster): Coordinators {
  const known = new Map<string, number>()
  const find = async (group: string): Promise<number> => {
    const found = await cluster.any((link) =>
      link.use((connection) => findCoordinatorV2.api.async(connection, 0, [group])),
    )
    const coordinator = found.coordinators[0]
    if (coordinator === undefined || coordinator.errorCode !== 0) {
      throw brokerFailure(coordinator?.errorCode ?? -1, `group ${group}`)
    }
    if (!cluster.brokers().has(coordinator.nodeId)) await cluster.describe([])
    known.set(group, coordinator.nodeId)
    return coordinator.nodeId
  }
  /** Asks the group's coordinator, and looks for it again where it has moved. */
  const ask = <Answer>(group: string, request: (link: Link) => Promise<Answer>): Promise<Answer> =>
    cluster.persist(async () => {
      const broker = known.get(group) ?? (await find(group))
      try {
        return await request(cluster.link(broker, 'groups'))
      } catch (error) {
        known.delete(group)
        throw error
      }
    })
  const check = (code: number, subject: string): void => {
    if (code !== 0) throw brokerFailure(code, subject)
  }
  return {
    commit: (group, topic, offsets) =>
      ask(group, async (link) => {
        const partitions = [...offsets].map(([partitionIndex, offset]) => {
          return { partitionIndex, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: '' }
        })
        const answer = await link.use((connection) =>
          offsetCommitV6.api.async(connection, group, -1, '', null, [{ name: topic, partitions }]),
        )
        for (const { partitions } of answer.topics) {
          for (const { errorCode } of partitions) check(errorCode, `offsets of group ${group} in topic ${topic}`)
        }
      }),
    committed: (group) =>
      ask(group, async (link) => {
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
      }),
    async names() {
      await cluster.persist(() => cluster.describe([]))
      const found = await Promise.all(
        [...cluster.brokers().keys()].map((broker) =>
          cluster.persist(async () => {
            const answer = await cluster
              .link(broker, 'groups')
              .use((connection) => listGroupsV2.api.async(connection, [], []))
            check(answer.errorCode, 'the list of groups')
            return answer.groups.filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
          }),
        ),
      )
      return [...new Set(found.flat().map(({ groupId }) => groupId))].sort()
    },
    describe: (group) =>
      ask(group, async (link) => {
        const answer = await link.use((connection) => describeGroupsV2.api.async(connection, [group], false))
        const found = answer.groups[0]
        check(found?.errorCode ?? -1, `group ${group}`)
        const members = (found?.members ?? []).map(({ memberId, clientId, clientHost, memberAssignment }) => {
          return { id: memberId, client: clientId, host: clientHost, reads: readsOf(memberAssignment) }
        })
        return { name: group, state: found?.groupState ?? '', members }
      }),
  }
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
    const name = assignment.toString('utf8', take(length), at)
    const count = int32()
    if (count < 0 || at + 4 * count > assignment.length) return new Map()
    reads.set(name, Array.from({ length: count }, int32))
  }
  return reads
}
