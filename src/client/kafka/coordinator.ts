/** Offsets of consumer groups, kept by the coordinator of each group. A commit is made without joining the group. */
import { findCoordinatorV2 } from '@platformatic/kafka'
import { checkCode, UNKNOWN_ERROR } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import {
  type ConsumerGroup,
  commitOffsets,
  committedOffsets,
  describeGroups,
  type GroupOffsets,
  groupsOn,
} from './group-requests.ts'
import type { Link } from './link.ts'

/** Requests to coordinators have links of their own: a commit does not wait behind a fetch. */
const PURPOSE = 'groups'
const GROUP_KEY = 0

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
    names: () =>
      // A broker that has left the cluster by the next try is not asked again.
      cluster.persist(async () => {
        await cluster.describe([])
        const brokers = [...cluster.brokers().keys()]
        const found = await Promise.all(brokers.map((broker) => groupsOn(cluster.link(broker, PURPOSE))))
        return [...new Set(found.flat())].sort()
      }),
    describe: (group) =>
      ask(group, async (link) => {
        const [found] = await describeGroups(link, [group])
        return found ?? { name: group, state: '', members: [] }
      }),
  }
}

/** Asks a group's coordinator, on a link for this purpose, and looks for it again where it has moved. */
export function askCoordinator(
  cluster: Cluster,
  purpose: string = PURPOSE,
): <Answer>(group: string, request: (link: Link) => Promise<Answer>) => Promise<Answer> {
  const known = new Map<string, number>()
  const find = async (group: string): Promise<number> => {
    const found = await cluster.any((link) =>
      link.use((connection) => findCoordinatorV2.api.async(connection, GROUP_KEY, [group])),
    )
    const coordinator = found.coordinators[0]
    checkCode(coordinator?.errorCode ?? UNKNOWN_ERROR, `group ${group}`)
    const broker = coordinator?.nodeId ?? UNKNOWN_ERROR
    if (!cluster.brokers().has(broker)) await cluster.describe([])
    known.set(group, broker)
    return broker
  }
  return <Answer>(group: string, request: (link: Link) => Promise<Answer>): Promise<Answer> =>
    cluster.persist(async () => {
      const broker = known.get(group) ?? (await find(group))
      try {
        return await request(cluster.link(broker, purpose))
      } catch (error) {
        known.delete(group)
        throw error
      }
    })
}
