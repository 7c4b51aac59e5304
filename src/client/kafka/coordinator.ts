/**
 * The coordinators of consumer groups, which keep their offsets, and of transactions. A commit is made without joining the
 * group.
 */
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
/** What has a coordinator: its name in messages, and the kind that Kafka gives it. */
const KINDS = { group: { words: 'group', key: 0 }, transaction: { words: 'transactional id', key: 1 } } as const

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
  const ask = askCoordinator(cluster, 'group')
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

/** Asks the coordinator of a name, and looks for it again where it has moved. */
export type AskCoordinator = {
  <Answer>(name: string, request: (link: Link) => Promise<Answer>): Promise<Answer>
  /** The same; what fails is not tried again. */
  once<Answer>(name: string, request: (link: Link) => Promise<Answer>): Promise<Answer>
}

/** Asks the coordinators of groups, or of transactions, on links for a purpose. */
export function askCoordinator(cluster: Cluster, kind: keyof typeof KINDS, purpose: string = PURPOSE): AskCoordinator {
  const { words, key } = KINDS[kind]
  const known = new Map<string, number>()
  const find = async (name: string): Promise<number> => {
    const found = await cluster.any((link) =>
      link.use((connection) => findCoordinatorV2.api.async(connection, key, [name])),
    )
    const coordinator = found.coordinators[0]
    checkCode(coordinator?.errorCode ?? UNKNOWN_ERROR, `${words} ${name}`)
    const broker = coordinator?.nodeId ?? UNKNOWN_ERROR
    if (!cluster.brokers().has(broker)) await cluster.describe([])
    known.set(name, broker)
    return broker
  }
  const once: AskCoordinator['once'] = async (name, request) => {
    const broker = known.get(name) ?? (await find(name))
    try {
      return await request(cluster.link(broker, purpose))
    } catch (error) {
      known.delete(name)
      throw error
    }
  }
  return Object.assign(
    <Answer>(name: string, request: (link: Link) => Promise<Answer>) => cluster.persist(() => once(name, request)),
    { once },
  )
}
