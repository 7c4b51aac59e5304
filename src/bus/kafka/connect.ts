/** Opens the cluster that the options of the bus name. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { Failure } from '../../base/failure.ts'
import { type Cluster, type ClusterOptions, openCluster } from '../../client/kafka/cluster.ts'
import type { BusContext } from '../bus-type.ts'
import type { KafkaOptions, TlsFiles } from './options.ts'

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
    tls: await tlsOptions(tls, folder),
    sasl: sasl && { ...sasl, mechanism: MECHANISMS[sasl.mechanism] },
    clock,
    random,
    warn,
    ...persistence,
  })
}

async function tlsOptions(tls: boolean | TlsFiles, folder: string): Promise<TlsOptions | undefined> {
  if (tls === false) return undefined
  const { ca, cert, key, server_name }: TlsFiles = tls === true ? {} : tls
  const [caText, certText, keyText] = await Promise.all([ca, cert, key].map((path) => textOf(path, folder)))
  return {
    ...(caText !== undefined && { ca: caText }),
    ...(certText !== undefined && { cert: certText }),
    ...(keyText !== undefined && { key: keyText }),
    ...(server_name !== undefined && { servername: server_name }),
  }
}

async function textOf(path: string | undefined, folder: string): Promise<string | undefined> {
  if (path === undefined) return undefined
  const file = resolve(folder, path)
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code } = cause as { readonly code?: string }
    throw new Failure(code === 'ENOENT' ? 'not-found' : 'io', `cannot read ${file} for \`tls\` of the bus (${code})`, {
      cause,
    })
  }
}
