/** What one broker answers about the cluster, asked over a connection of its own, so that nothing is remembered. */
import { Admin, Connection, metadataV12 } from '@platformatic/kafka'
import { HOST } from './settings.ts'

const LIMIT_MS = 5000

export type ClusterView = {
  /** The numbers of the brokers that are at work. */
  readonly brokers: readonly number[]
  /** Of every topic, Kafka's own included. */
  readonly partitions: readonly { readonly replicas: readonly number[]; readonly inSync: readonly number[] }[]
}

/** What the broker at this port of our host knows; undefined if it does not answer. */
export async function clusterView(port: number): Promise<ClusterView | undefined> {
  const connection = new Connection('tailrace-services', { connectTimeout: LIMIT_MS, requestTimeout: LIMIT_MS })
  try {
    await connection.connect(HOST, port)
    const { brokers, topics } = await metadataV12.api.async(connection, null)
    const partitions = topics.flatMap((topic) => topic.partitions)
    return {
      brokers: brokers.map(({ nodeId }) => nodeId),
      partitions: partitions.map(({ replicaNodes, isrNodes }) => ({ replicas: replicaNodes, inSync: isrNodes })),
    }
  } catch {
    return undefined
  } finally {
    await connection.close()
  }
}

/** Whether each replica of each partition is in sync. */
export const isInSync = ({ partitions }: ClusterView): boolean =>
  partitions.every(({ replicas, inSync }) => replicas.length === inSync.length)

/** The result of `work` with a client for administration. */
export async function withAdmin<Result>(
  addresses: readonly string[],
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = new Admin({ clientId: 'tailrace-services', bootstrapBrokers: [...addresses] })
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}
