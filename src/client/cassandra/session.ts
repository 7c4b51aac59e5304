/**
 * A session with a cluster, by Apache's own driver, which is an optional dependency and loaded here alone. It knows which
 * nodes have which row and sends each write to one of them; a node that is gone is tried again each second.
 */
import type { Client, ClientOptions, types } from 'cassandra-driver'
import { Failure } from '../../base/failure.ts'
import { readTls } from '../tls.ts'
import { type Consistency, type PlaceOptions, shownPoint, shownPoints } from './place.ts'
import { clusterFailure } from './trouble.ts'

const RECONNECT_MS = 1000

export type CassandraSession = {
  readonly client: Client
  /** The contact points, for messages. */
  readonly server: string
  /** The version of the node that it speaks to. */
  readonly version: string
  /** The driver's number of a consistency. */
  consistency(name: Consistency): number
  /** The rows of a statement. `what` is done by it, for the Failure with which it rejects. */
  ask(what: string, statement: string, params?: readonly unknown[]): Promise<readonly types.Row[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** Rejects with a Failure where no node can be reached, or it refuses this client, or the driver is not installed. */
export async function openSession(place: PlaceOptions, folder: string): Promise<CassandraSession> {
  const { Client, policies, types } = await loadDriver()
  const { contact_points, local_datacenter, username, password = '', timeout } = place
  const tls = await readTls(place.tls, folder, 'cassandra')
  const server = shownPoints(contact_points)
  const options: ClientOptions = {
    contactPoints: contact_points.map(shownPoint),
    localDataCenter: local_datacenter,
    protocolOptions: { port: contact_points[0]?.port ?? 0 },
    policies: { reconnection: new policies.reconnection.ConstantReconnectionPolicy(RECONNECT_MS) },
    socketOptions: { connectTimeout: timeout, readTimeout: timeout },
    ...(username !== undefined && { credentials: { username, password } }),
    ...(tls !== undefined && { sslOptions: { ...tls, rejectUnauthorized: true } }),
  }
  const client = new Client(options)
  const ask: CassandraSession['ask'] = async (what, statement, params = []) => {
    try {
      return (await client.execute(statement, [...params], { prepare: params.length > 0, isIdempotent: true })).rows
    } catch (error) {
      throw clusterFailure({ what, server }, error)
    }
  }
  try {
    await client.connect()
    const [local] = await client.execute('SELECT release_version FROM system.local').then(({ rows }) => rows)
    return {
      client,
      server,
      version: String(local?.release_version),
      consistency: (name) => types.consistencies[CONSISTENCY[name]],
      ask,
      [Symbol.asyncDispose]: () => client.shutdown(),
    }
  } catch (error) {
    await client.shutdown()
    throw clusterFailure({ what: 'reach Cassandra', server }, error)
  }
}

const CONSISTENCY = {
  any: 'any',
  one: 'one',
  two: 'two',
  three: 'three',
  quorum: 'quorum',
  all: 'all',
  local_quorum: 'localQuorum',
  each_quorum: 'eachQuorum',
  local_one: 'localOne',
} as const satisfies Readonly<Record<Consistency, keyof typeof types.consistencies>>

async function loadDriver(): Promise<typeof import('cassandra-driver')> {
  try {
    return await import('cassandra-driver')
  } catch (cause) {
    throw new Failure('not-found', 'the package cassandra-driver is not installed', {
      hint: 'npm install cassandra-driver, beside tailrace: it is an optional dependency.',
      cause,
    })
  }
}
