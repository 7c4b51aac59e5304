/**
 * Rows into one node of Cassandra, each acknowledged: by the sink, and by the driver in its best way with values that are ready.
 * A row is alone in its partition, as one with a UUID for a key, or shares a minute with some others: single statements, 256 at
 * a time; or unlogged batches of 50, 16 at a time.
 */
import { Client, concurrent, type QueryOptions, types } from 'cassandra-driver'
import { type Cassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import { cassandra } from '../../src/sink/cassandra/cassandra.ts'
import { BATCH_ROWS, COLUMNS, contextOf, deliveryOf, values } from './rows.ts'
import type { Writer } from './writer.ts'

/** More take long: the server is the slowest part. */
export const MOST_ROWS = 50_000

const MINUTE_MS = 60_000
const TABLES = {
  alone: { table: 'alone', columns: COLUMNS, key: ['id'] },
  shared: {
    table: 'shared',
    columns: { minute: 'FLOOR(ts TO MINUTE)', ...COLUMNS },
    key: { partition: ['minute'], clustering: { id: 'asc' } },
  },
} as const
type Way = keyof typeof TABLES

/** One node as people run it: compiled in earnest, and with its log synced once in a while. */
export const startBenchCassandra = (): Promise<Cassandra> =>
  startCassandra({
    heapMb: 1024,
    javaOptions: ['-XX:TieredStopAtLevel=4'],
    settings: { commitlog_sync: 'periodic', commitlog_sync_period: '10000ms' },
  })

const sink = (server: Cassandra, way: Way): Writer => ({
  name: 'cassandra',
  async write(folder, rows) {
    const place = { contact_points: server.contactPoints.join(), keyspace: 'bench', ...TABLES[way] }
    await using open = await cassandra.open(cassandra.options.parse(place), contextOf(folder))
    let last: Promise<unknown> = Promise.resolve()
    for (let n = 0; n * BATCH_ROWS < rows; n++) {
      const before = last
      last = open.write(deliveryOf(n))
      await before
    }
    await last
  },
})

const OPTIONS: QueryOptions = {
  prepare: true,
  isIdempotent: true,
  consistency: types.consistencies.quorum,
  logged: false,
}
const NAMES = ['id', 'timestamp', 'source_ip', 'request', 'status_code', 'body_bytes', 'raw_message']
const START = Date.UTC(1995, 6, 1)
const STEP_MS = 1500

/** As the driver takes them; a line of the log comes each second or two. */
const ready: readonly (readonly unknown[])[] = values.map(([, host, request, status, bytes, line], i) => [
  new Date(START + i * STEP_MS),
  host,
  request,
  status,
  bytes === null ? null : types.Long.fromNumber(bytes),
  line,
])
const ids = Array.from({ length: MOST_ROWS }, () => types.Uuid.random())
const paramsOf = (row: number): unknown[] => [ids[row], ...(ready[row % BATCH_ROWS] ?? [])]
const insert = (table: string, names: readonly string[]): string =>
  `INSERT INTO bench.${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`

const driver = (server: Cassandra, way: Way): Writer => ({
  name: 'cassandra-driver, ready',
  async write(_, rows) {
    const client = new Client({
      contactPoints: [...server.contactPoints],
      localDataCenter: server.datacenter,
      protocolOptions: { port: server.port },
    })
    try {
      await client.connect()
      await (way === 'alone' ? writeAlone(client, rows) : writeShared(client, rows))
    } finally {
      await client.shutdown()
    }
  },
})

async function writeAlone(client: Client, rows: number): Promise<void> {
  const all = Array.from({ length: rows }, (_, row) => paramsOf(row))
  await concurrent.executeConcurrent(client, insert('alone', NAMES), all, {
    concurrencyLevel: 256,
    ...OPTIONS,
  } as object)
}

async function writeShared(client: Client, rows: number): Promise<void> {
  const query = insert('shared', ['minute', ...NAMES])
  const minuteOf = (row: number) => Math.floor((START + (row % BATCH_ROWS) * STEP_MS) / MINUTE_MS)
  const minutes = Map.groupBy(Array.from({ length: rows }).keys(), minuteOf)
  const batches = [...minutes].flatMap(([minute, shared]) =>
    Array.from({ length: Math.ceil(shared.length / 50) }, (_, i) =>
      shared
        .slice(i * 50, i * 50 + 50)
        .map((row) => ({ query, params: [new Date(minute * MINUTE_MS), ...paramsOf(row)] })),
    ),
  )
  const next = batches.values()
  const goOn = async () => {
    for (const batch of next) await client.batch(batch, OPTIONS)
  }
  await Promise.all(Array.from({ length: 16 }, goOn))
}

/** The sink and its peer, by what they write. */
export const cassandraWriters = (server: Cassandra): { readonly [what: string]: readonly Writer[] } => ({
  'cassandra, rows alone in their partitions': [sink(server, 'alone'), driver(server, 'alone')],
  'cassandra, rows that share partitions': [sink(server, 'shared'), driver(server, 'shared')],
})
