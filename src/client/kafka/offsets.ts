/** Asks the leaders of partitions how far their logs reach. */
import { listOffsetsV4 } from '@platformatic/kafka'
import { Failure } from '../../base/failure.ts'
import { brokerFailure } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { Leaders } from './leaders.ts'
import type { Link } from './link.ts'

const START = -2n
const END = -1n

/** Which offset: the first still kept; the end of what can be read; or the end of what all replicas have. */
export type Edge = 'start' | 'end' | 'durable'

/** Offsets by partition. Tries again for some time, and rejects with a Failure. */
export function edgeOffsets(
  cluster: Cluster,
  leaders: Leaders,
  partitions: readonly number[],
  edge: Edge,
): Promise<ReadonlyMap<number, number>> {
  return cluster.persist(async () => {
    try {
      const byLeader = Map.groupBy(partitions, (partition) => leaders.of(partition).broker)
      const found = await Promise.all([...byLeader].map(([broker, of]) => ask(cluster, leaders, { broker, of, edge })))
      return new Map(found.flat())
    } catch (error) {
      if (error instanceof Failure && error.retryable) await leaders.refresh().catch(() => {})
      throw error
    }
  })
}

type Asked = { readonly broker: number; readonly of: readonly number[]; readonly edge: Edge }

async function ask(
  cluster: Cluster,
  { topic }: Leaders,
  { broker, of, edge }: Asked,
): Promise<readonly (readonly [number, number])[]> {
  const partitions = of.map((partitionIndex) => {
    return { partitionIndex, currentLeaderEpoch: -1, timestamp: edge === 'start' ? START : END }
  })
  const isolation = edge === 'durable' ? 0 : 1
  const answer = await cluster
    .link(broker, 'ask')
    .use((connection) => listOffsetsV4.api.async(connection, -1, isolation, [{ name: topic, partitions }]))
  return answer.topics.flatMap((one) =>
    one.partitions.map(({ partitionIndex, errorCode, offset }) => {
      if (errorCode !== 0) throw brokerFailure(errorCode, `topic ${topic}, partition ${partitionIndex}`)
      return [partitionIndex, Number(offset)] as const
    }),
  )
}

/**
 * Offsets of partitions, by topic, that one broker leads; without those that it does not tell at present. Asks once, and
 * rejects with a Failure.
 */
export async function offsetsOn(
  link: Link,
  wanted: ReadonlyMap<string, readonly number[]>,
  edge: Edge,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  if (wanted.size === 0) return new Map()
  const timestamp = edge === 'start' ? START : END
  const topics = [...wanted].map(([name, of]) => ({
    name,
    partitions: of.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp })),
  }))
  const isolation = edge === 'durable' ? 0 : 1
  const answer = await link.use((connection) => listOffsetsV4.api.async(connection, -1, isolation, topics))
  return new Map(
    answer.topics.map(({ name, partitions }) => {
      const told = partitions.filter(({ errorCode }) => errorCode === 0)
      return [name, new Map(told.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))]
    }),
  )
}
