/** Opens the cluster that the options of the bus name. */
import { type Cluster, type ClusterOptions, openCluster } from '../../client/kafka/cluster.ts'
import { readTls } from '../../client/tls.ts'
import type { BusContext } from '../bus-type.ts'
import type { KafkaOptions } from './options.ts'

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

type Persistence = Pick<ClusterOptions, 'openMs' | 'persistMs' | 'giveUp'>

/** Rejects with a Failure where no broker answers, or refuses this client, or a file cannot be read. */
export async function connect(
  { brokers, client_id, tls, sasl }: KafkaOptions,
  { folder, clock, random, warn }: BusContext,
  persistence: Persistence,
): Promise<Cluster> {
  return openCluster({
    brokers,
    clientId: client_id,
    tls: await readTls(tls, folder, 'the bus'),
    sasl: sasl && { ...sasl, mechanism: MECHANISMS[sasl.mechanism] },
    clock,
    random,
    warn,
    ...persistence,
  })
}
