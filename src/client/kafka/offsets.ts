/** Asks the leaders of partitions how far their logs reach. */
import { listOffsetsV4 } from '@platformatic/kafka'
import { checkCode } from './broker-error.ts'
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
  return leaders.persist(async () => {
    const byLeader = Map.groupBy(partitions, (partition) => leaders.of(partition).broker)
    const answers = await Promise.all(
      [...byLeader].map(([broker, of]) => ask(cluster.link(broker, 'ask'), new Map([[leaders.topic, of]]), edge)),
    )
    const told = answers.flat().flatMap((topic) => topic.partitions)
    return new Map(
      told.map(({ partitionIndex, errorCode, offset }) => {
        checkCode(errorCode, `topic ${leaders.topic}, partition ${partitionIndex}`)
        return [partitionIndex, Number(offset)]
      }),
    )
  })
}

type Partitions = ReadonlyMap<string, readonly number[]>

/** Asks one broker about partitions, by topic, that it leads. */
async function ask(link: Link, wanted: Partitions, edge: Edge) {
  const timestamp = edge === 'start' ? START : END
  const topics = [...wanted].map(([name, of]) => ({
    name,
    partitions: of.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp })),
  }))
  const isolation = edge === 'durable' ? 0 : 1
  return (await link.use((connection) => listOffsetsV4.api.async(connection, -1, isolation, topics))).topics
}

/**
 * Offsets of partitions, by topic, that one broker leads; without those that it does not tell at present. Asks once, and
 * rejects with a Failure.
 */
export async function offsetsOn(
  link: Link,
  wanted: Partitions,
  edge: Edge,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  if (wanted.size === 0) return new Map()
  const topics = await ask(link, wanted, edge)
  return new Map(
    topics.map(({ name, partitions }) => {
      const told = partitions.filter(({ errorCode }) => errorCode === 0)
      return [name, new Map(told.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))]
    }),
  )
}
