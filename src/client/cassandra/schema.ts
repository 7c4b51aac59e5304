/** What a cluster says of a keyspace and of a table, asked of its own tables, so that nothing is remembered. */
import type { CassandraSession } from './session.ts'

/** A column as Cassandra has it. */
export type FoundColumn = {
  readonly name: string
  /** As CQL writes it: `text`, `map<text, int>`. */
  readonly type: string
  readonly kind: 'partition_key' | 'clustering' | 'regular' | 'static'
  /** Its place in its part of the key, from 0. */
  readonly position: number
  readonly order: 'asc' | 'desc' | 'none'
}

export type FoundTable = {
  readonly columns: readonly FoundColumn[]
  /** Seconds; 0: rows stay. */
  readonly ttl: number
  /** The class that packs its files, without its package; undefined: none does. */
  readonly compression: string | undefined
}

export type FoundKeyspace = {
  readonly replication: Readonly<Record<string, string>>
  readonly durableWrites: boolean
}

/** The keyspace; undefined: there is none. Names are those that Cassandra has. */
export async function findKeyspace(session: CassandraSession, keyspace: string): Promise<FoundKeyspace | undefined> {
  const statement = 'SELECT replication, durable_writes FROM system_schema.keyspaces WHERE keyspace_name = ?'
  const [row] = await session.ask(`look at keyspace ${keyspace}`, statement, [keyspace])
  return row && { replication: row.replication, durableWrites: row.durable_writes }
}

/** The table or view; undefined: there is none. */
export async function findTable(
  session: CassandraSession,
  keyspace: string,
  table: string,
): Promise<FoundTable | undefined> {
  const what = `look at table ${keyspace}.${table}`
  const about = 'SELECT column_name, type, kind, position, clustering_order FROM system_schema.columns'
  const columns = await session.ask(what, `${about} WHERE keyspace_name = ? AND table_name = ?`, [keyspace, table])
  if (columns.length === 0) return undefined
  const settings = 'SELECT default_time_to_live, compression FROM system_schema.tables'
  const [row] = await session.ask(what, `${settings} WHERE keyspace_name = ? AND table_name = ?`, [keyspace, table])
  const found = columns.map(
    ({ column_name, type, kind, position, clustering_order }): FoundColumn => ({
      name: column_name,
      type,
      kind,
      position,
      order: clustering_order,
    }),
  )
  return {
    columns: found,
    ttl: row?.default_time_to_live ?? 0,
    compression:
      String(row?.compression?.class ?? '')
        .split('.')
        .at(-1) || undefined,
  }
}

/** How many nodes the data centre has. */
export async function nodesOf(session: CassandraSession, datacenter: string): Promise<number> {
  const what = 'count the nodes'
  const local = await session.ask(what, 'SELECT data_center FROM system.local')
  const peers = await session.ask(what, 'SELECT data_center FROM system.peers')
  return [...local, ...peers].filter(({ data_center }) => data_center === datacenter).length
}
