/** Deletes the oldest records of a partition. */
import { deleteRecordsV1 } from '@platformatic/kafka'
import { checkCode, UNKNOWN_ERROR } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { Leaders } from './leaders.ts'

const TIMEOUT_MS = 15_000

/** Deletes all records before `offset`. Rejects with a Failure, as where the user may not delete from the topic. */
export async function deleteBefore(
  cluster: Cluster,
  leaders: Leaders,
  partition: number,
  offset: number,
): Promise<void> {
  const topics = [{ name: leaders.topic, partitions: [{ partitionIndex: partition, offset: BigInt(offset) }] }]
  await leaders.persist(async () => {
    const answer = await cluster
      .link(leaders.of(partition).broker, 'ask')
      .use((connection) => deleteRecordsV1.api.async(connection, topics, TIMEOUT_MS))
    const code = answer.topics[0]?.partitions[0]?.errorCode ?? UNKNOWN_ERROR
    checkCode(code, `old records of topic ${leaders.topic}`)
  })
}
