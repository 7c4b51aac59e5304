/**
 * Rows a second into one node of Cassandra: the sink alone, beside what the driver does at its best with values that are ready.
 * The ways take turns in one run, in another order each time, and their medians are compared: the server gets faster as it
 * runs, and the machine slower.
 *
 *   alone    each row is alone in its partition, as those of a log with an id: single statements, 256 at a time
 *   shared   200 rows share a partition: unlogged batches of 50, 16 at a time
 */
import { Client, concurrent, type QueryOptions, types } from 'cassandra-driver'
import { startCassandra } from '../scripts/services/cassandra/cassandra.ts'
import { systemClock } from '../src/base/clock.ts'
import { nodeDisk } from '../src/base/node-disk.ts'
import { batchOf } from '../src/record/batch.test-tool.ts'
import { recordsOf } from '../src/record/records.ts'
import { BIGINT, type Field, INT, STRING, TIMESTAMP_LTZ } from '../src/record/type.ts'
import { cassandra } from '../src/sink/cassandra/cassandra.ts'
import type { Delivery, SinkRows } from '../src/sink/sink.ts'
import { SharedOutput } from '../src/terminal/output.ts'
import { type Figure, median, save } from './measure.ts'

const ROWS = Number(process.env.BENCH_ROWS ?? 40_000)
const ROUNDS = Number(process.env.BENCH_RUNS ?? 5)
const DELIVERY = 2000
const IN_FLIGHT = 4
const SHARED = 200

const FIELDS: readonly Field[] = [
  { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true },
  { name: 'host', type: STRING },
  { name: 'request', type: STRING },
  { name: 'status', type: INT },
  { name: 'agent', type: STRING },
  { name: 'line', type: STRING },
  { name: 'part', type: BIGINT },
]
const START = Date.UTC(2026, 0, 1)
const rowAt = (index: number) => {
  const host = `10.0.${index % 250}.${(index * 7) % 250}`
  const request = `GET /product${(index % 5) + 1} HTTP/1.1`
  const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'
  return {
    ts: START + index * 10,
    host,
    request,
    status: index % 20 === 0 ? 404 : 200,
    agent,
    line: `${host} - - [01/Jan/2026:00:00:00 +0000] "${request}" 200 512 "-" "${agent}"`,
    part: BigInt(Math.floor(index / SHARED)),
  }
}

const ABOUT: SinkRows = {
  pipeline: 'bench',
  from: 'RAWLOG',
  topic: 'RAWLOG',
  partitions: IN_FLIGHT,
  fields: FIELDS,
  rowKey: undefined,
  rowKeyParts: undefined,
  timezone: 'UTC',
}
const LOG = { ts: 'ts', host: 'host', request: 'request', status: 'status', agent: 'agent', line: 'line' }
const WAYS = {
  alone: { table: 'alone', key: ['id'], columns: { id: { row_key: 'uuid' }, ...LOG } },
  shared: {
    table: 'shared',
    key: { partition: ['part'], clustering: { ts: 'asc', id: 'asc' } },
    columns: { part: 'part', id: { row_key: 'uuid' }, ...LOG },
  },
} as const
type Way = keyof typeof WAYS

type Measurement = { readonly rate: number; readonly cpuUs: number }

/** The rows a second of the work, and the time of this process for each. */
async function measure(work: () => Promise<void>): Promise<Measurement> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { rate: ROWS / seconds, cpuUs: (user + system) / ROWS }
}

/** Deliveries of all rows, some for each partition of the topic. */
function deliveries(): readonly (readonly Delivery[])[] {
  const all = Array.from({ length: ROWS / DELIVERY }, (_, number): Delivery => {
    const rows = Array.from({ length: DELIVERY }, (_, i) => rowAt(number * DELIVERY + i))
    const batch = batchOf(
      FIELDS,
      rows.map((row) => Object.values(row)),
    )
    const partition = number % IN_FLIGHT
    batch.partition = partition
    const baseOffset = Math.floor(number / IN_FLIGHT) * DELIVERY
    return { partition, baseOffset, records: recordsOf(rows.map(({ line }) => line)), rows: batch }
  })
  return Array.from({ length: IN_FLIGHT }, (_, partition) => all.filter((one) => one.partition === partition))
}

await using server = await startCassandra({
  heapMb: 1024,
  // As people run it: compiled in earnest, and with the log synced once in a while.
  javaOptions: ['-XX:TieredStopAtLevel=4'],
  settings: { commitlog_sync: 'periodic', commitlog_sync_period: '10000ms' },
})
const output = new SharedOutput(process.stderr)
const context = {
  ...ABOUT,
  name: 'bench',
  folder: '.',
  data: { path: '.', id: 'bench', host: 'here' },
  scratch: '.',
  rowtime: 0,
  clock: systemClock,
  disk: nodeDisk,
  state: undefined,
  remember: async () => {},
  output,
}
const openSink = (way: Way) => {
  const place = { contact_points: server.contactPoints.join(), keyspace: 'bench', ...WAYS[way] }
  return cassandra.open(cassandra.options.parse(place), context)
}

const client = new Client({
  contactPoints: [...server.contactPoints],
  localDataCenter: server.datacenter,
  protocolOptions: { port: server.port },
})
const options: QueryOptions = {
  prepare: true,
  isIdempotent: true,
  consistency: types.consistencies.quorum,
  logged: false,
}
const insert = (table: string, names: readonly string[]) =>
  `INSERT INTO bench.${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`
const names = ['part', 'id', ...Object.keys(LOG)]
const ready = Array.from({ length: ROWS }, (_, index) => {
  const { part, ...row } = rowAt(index)
  return [types.Long.fromString(String(part)), types.Uuid.random(), ...Object.values(row)]
})

/** What the driver does at its best. */
const plain: Readonly<Record<Way, () => Promise<void>>> = {
  async alone() {
    const statement = insert('alone', names.slice(1))
    const each = ready.map((params) => params.slice(1))
    await concurrent.executeConcurrent(client, statement, each, { concurrencyLevel: 256, ...options } as object)
  },
  async shared() {
    const query = insert('shared', names)
    let next = 0
    const goOn = async () => {
      while (next < ready.length) {
        const rows = ready.slice(next, next + 50)
        next += 50
        await client.batch(
          rows.map((params) => ({ query, params })),
          options,
        )
      }
    }
    await Promise.all(Array.from({ length: 16 }, goOn))
  },
}

const figures: Figure[] = []
for (const way of ['alone', 'shared'] as const) {
  await using sink = await openSink(way)
  const parts = deliveries()
  const ours = async () => {
    const one = async (some: readonly Delivery[]) => {
      for (const delivery of some) {
        if ((await sink.write(delivery)) !== undefined) throw new Error('a row was refused')
      }
    }
    await Promise.all(parts.map(one))
  }
  const of = { ours: [] as Measurement[], plain: [] as Measurement[] }
  // The first two rounds warm the server up.
  for (let round = -2; round < ROUNDS; round++) {
    const turns = [async () => of.ours.push(await measure(ours)), async () => of.plain.push(await measure(plain[way]))]
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn()
    if (round < 0) {
      of.ours.length = 0
      of.plain.length = 0
    }
  }
  const [value, peer] = [of.ours, of.plain].map((all) => median(all.map(({ rate }) => rate))) as [number, number]
  const [cpu, peerCpu] = [of.ours, of.plain].map((all) => median(all.map(({ cpuUs }) => cpuUs))) as [number, number]
  const what = `rows ${way} in their partitions`
  figures.push({ what, value, unit: 'rows/s', peer, peerName: 'cassandra-driver', ratio: value / peer })
  figures.push({
    what: `CPU of a row, ${way}`,
    value: cpu,
    unit: 'µs',
    peer: peerCpu,
    peerName: 'cassandra-driver',
    ratio: peerCpu / cpu,
  })
  for (const { what, value, unit, peer, ratio } of figures.slice(-2)) {
    process.stdout.write(
      `${what}: ${value.toFixed(0)} ${unit}; driver alone ${peer?.toFixed(0)}; ratio ${ratio?.toFixed(2)}\n`,
    )
  }
}
await client.shutdown()
save('cassandra', figures)
