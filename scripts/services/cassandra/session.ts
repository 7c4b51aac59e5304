/** Statements that a test sends to one node, or to the ring, as people do with cqlsh. */
import { readFileSync } from 'node:fs'
import { Client, type ClientOptions, policies, type types } from 'cassandra-driver'
import type { Certificate } from './security.ts'
import { USER } from './security.ts'

export type CqlSession = AsyncDisposable & {
  readonly client: Client
  /** The rows that a statement gives. Throws what the driver throws. */
  cql(statement: string, params?: readonly unknown[], consistency?: types.consistencies): Promise<readonly types.Row[]>
}

export type SessionPlace = {
  readonly addresses: readonly string[]
  readonly port: number
  readonly certificate: Certificate | undefined
  readonly datacenter: string
}

/** What a client needs to reach these nodes, as options of the driver. */
export const clientOptions = ({ addresses, port, certificate, datacenter }: SessionPlace): ClientOptions => ({
  contactPoints: addresses.map((address) => `${address}:${port}`),
  localDataCenter: datacenter,
  protocolOptions: { port },
  ...(certificate !== undefined && {
    credentials: USER,
    sslOptions: {
      ca: [readFileSync(certificate.ca)],
      cert: readFileSync(certificate.ca),
      key: readFileSync(certificate.key),
      rejectUnauthorized: true,
    },
  }),
})

/** A session with all nodes of the place; `only` those that it names, if it stands alone. */
export async function openSession(place: SessionPlace, only = false): Promise<CqlSession> {
  const { addresses, port, datacenter } = place
  const { loadBalancing } = policies
  const near = new loadBalancing.DCAwareRoundRobinPolicy(datacenter)
  const points = addresses.map((address) => `${address}:${port}`)
  const chosen = only ? new loadBalancing.AllowListPolicy(near, points) : new loadBalancing.TokenAwarePolicy(near)
  const client = new Client({ ...clientOptions(place), policies: { loadBalancing: chosen } })
  const shutdown = () => client.shutdown()
  try {
    await client.connect()
  } catch (error) {
    await shutdown()
    throw error
  }
  return {
    client,
    async cql(statement, params = [], consistency) {
      const options = { prepare: params.length > 0, ...(consistency !== undefined && { consistency }) }
      return (await client.execute(statement, [...params], options)).rows
    },
    [Symbol.asyncDispose]: shutdown,
  }
}
