/** The statements for a declared table, and how a table that is there differs from it. */
import { expect, test } from 'vitest'
import type { FoundColumn, FoundTable } from '../../client/cassandra/schema.ts'
import { mapTable } from '../table/map-table.ts'
import { RESULT } from '../table/table.test-tool.ts'
import {
  columnStatement,
  declareTable,
  deleteStatement,
  insertStatement,
  keyspaceStatement,
  otherReplication,
  tableDifferences,
  tableStatement,
} from './declare.ts'
import { type CassandraOptions, cassandraOptions, keyColumns } from './options.ts'

const parse = (options: object): CassandraOptions =>
  cassandraOptions.parse({ contact_points: 'db1', keyspace: 'logspace', table: 'RESULTS', ...options })

const declared = (options: object) => {
  const parsed = parse(options)
  const { table, mistakes } = mapTable({ ...parsed, key: keyColumns(parsed) }, RESULT, { keyed: true })
  expect(mistakes.filter(({ isWarning }) => isWarning !== true)).toEqual([])
  return declareTable(table, parsed, true)
}

const COLUMNS = {
  id: { row_key: 'uuid' },
  timestamp: 'window_end',
  page: 'path',
  hits: 'hits',
  share: 'CAST(hits AS DECIMAL(10, 2))',
  summary: { row: 'json' },
}

test('a table is made as declared, each name in quotes', () => {
  const columns = '"id" uuid, "timestamp" timestamp, "page" text, "hits" bigint, "share" decimal, "summary" text'
  expect(tableStatement(declared({ columns: COLUMNS }))).toBe(
    `CREATE TABLE IF NOT EXISTS "logspace"."results" (${columns}, PRIMARY KEY (("id")))`,
  )
  const key = { partition: ['page'], clustering: { timestamp: 'desc', id: 'asc' } }
  const table = declared({ columns: COLUMNS, key, ttl: '30d', compression: 'zstd', table: '"Results"' })
  expect(tableStatement(table)).toBe(
    `CREATE TABLE IF NOT EXISTS "logspace"."Results" (${columns}, PRIMARY KEY (("page"), "timestamp", "id")) WITH CLUSTERING ORDER BY ("timestamp" DESC, "id" ASC) AND default_time_to_live = 2592000 AND compression = {'class': 'ZstdCompressor'}`,
  )
  expect(insertStatement(table)).toBe(
    'INSERT INTO "logspace"."Results" ("id", "timestamp", "page", "hits", "share", "summary") VALUES (?, ?, ?, ?, ?, ?) USING TTL 2592000',
  )
  expect(deleteStatement(table)).toBe(
    'DELETE FROM "logspace"."Results" WHERE "page" = ? AND "timestamp" = ? AND "id" = ?',
  )
})

test('a list of key columns is read as CQL reads PRIMARY KEY (a, b, c)', () => {
  const table = declared({ columns: COLUMNS, key: ['page', 'timestamp', 'id'] })
  expect(table).toMatchObject({ partition: ['page'], clustering: [{ name: 'timestamp' }, { name: 'id' }] })
})

test('a keyspace has the copies that are asked for, by the data centre or all settings', () => {
  const of = (replication: CassandraOptions['keyspace']['replication'], durable_writes = true) => {
    const options = parse({ keyspace: { name: 'k', durable_writes }, local_datacenter: 'dc1' })
    return keyspaceStatement('k', replication ?? 1, options)
  }
  const start = 'CREATE KEYSPACE IF NOT EXISTS "k" WITH replication ='
  expect(of(3)).toBe(`${start} {'class': 'NetworkTopologyStrategy', 'dc1': '3'}`)
  expect(of({ dc1: 3, dc2: 2 }, false)).toBe(
    `${start} {'class': 'NetworkTopologyStrategy', 'dc1': '3', 'dc2': '2'} AND durable_writes = false`,
  )
  expect(of({ class: 'SimpleStrategy', replication_factor: 1 })).toBe(
    `${start} {'class': 'SimpleStrategy', 'replication_factor': '1'}`,
  )
})

/** The table as Cassandra has it after it was made, with other columns in their places. */
function found(
  options: object,
  others: readonly Partial<FoundColumn>[] = [],
  about: Partial<FoundTable> = {},
): FoundTable {
  const table = declared(options)
  const columns = table.columns.map(({ name, cql }): FoundColumn => {
    const partition = table.partition.indexOf(name)
    const clustering = table.clustering.findIndex((one) => one.name === name)
    const kind = partition >= 0 ? 'partition_key' : clustering >= 0 ? 'clustering' : 'regular'
    const order = table.clustering[clustering]?.order ?? 'none'
    return { name, type: cql, kind, position: Math.max(partition, clustering), order }
  })
  const changed = columns.map((column) => ({ ...column, ...others.find(({ name }) => name === column.name) }))
  const added = others.filter(({ name }) => !columns.some((column) => column.name === name)) as FoundColumn[]
  return { columns: [...changed, ...added], ttl: table.ttl ?? 0, compression: 'LZ4Compressor', ...about }
}

const OPTIONS = { columns: COLUMNS, key: { partition: ['page'], clustering: { timestamp: 'desc', id: 'asc' } } }

test('a table as declared does not differ, and may have columns of others', () => {
  const extra = { name: 'note', type: 'text', kind: 'regular', position: -1, order: 'none' } as const
  expect(tableDifferences(declared(OPTIONS), found(OPTIONS, [extra]))).toEqual({
    missing: [],
    failures: [],
    warnings: [],
  })
  // Other types that a value of ours goes into.
  const wider = [
    { name: 'id', type: 'text' },
    { name: 'hits', type: 'varint' },
    { name: 'page', type: 'ascii' },
  ]
  expect(tableDifferences(declared(OPTIONS), found(OPTIONS, wider)).failures).toEqual([])
})

test('what differs is named, with what to do', () => {
  const table = declared(OPTIONS)
  const { columns } = found(OPTIONS)
  const without = { ...found(OPTIONS), columns: columns.filter(({ name }) => name !== 'summary') }
  const { missing, failures } = tableDifferences(table, without)
  expect(failures).toEqual([])
  expect(missing.map((column) => columnStatement(table, column))).toEqual([
    'ALTER TABLE "logspace"."results" ADD "summary" text',
  ])
  const wrong = [
    { name: 'hits', type: 'int' },
    { name: 'summary', type: 'map<text, text>' },
    { name: 'timestamp', order: 'asc' as const },
  ]
  const said = tableDifferences(table, found(OPTIONS, wrong)).failures.map(({ message, hint }) => [message, hint])
  expect(said).toEqual([
    [
      'column hits of logspace.results is int there, and BIGINT in the pipeline file',
      'Write CAST(… AS INT) for it, or give it another name: Cassandra does not change types.',
    ],
    [
      'column summary of logspace.results is map<text, text> there, and STRING in the pipeline file',
      'Nothing of a pipeline goes into such a column: leave it out, or give it another name.',
    ],
    [
      'the primary key of logspace.results is ((page), timestamp, id) there, and ((page), timestamp DESC, id) in the pipeline file',
      expect.stringContaining('key: { partition: […]'),
    ],
  ])
})

test('a key column that is missing is another key, and is not added', () => {
  const table = declared(OPTIONS)
  const there = found({ ...OPTIONS, key: ['page', 'timestamp'], overwrites: 'accept' })
  const cut = { ...there, columns: there.columns.filter(({ name }) => name !== 'id') }
  expect(tableDifferences(table, cut)).toMatchObject({ missing: [], failures: [{ code: 'pipeline' }] })
})

test('settings that differ do not keep rows from being written, and are said', () => {
  const options = { ...OPTIONS, ttl: '1h', compression: 'none' }
  const { failures, warnings } = tableDifferences(declared(options), found(options, [], { ttl: 0 }))
  expect(failures).toEqual([])
  expect(warnings).toEqual([
    'logspace.results has default_time_to_live = 0; rows of this sink have a TTL of 3600 s all the same',
    "logspace.results is packed by LZ4Compressor, not by nothing: ALTER TABLE logspace.results WITH compression = {'enabled': 'false'}",
  ])
  const asked = parse({ keyspace: { name: 'k', replication: 3 } })
  const copies = (count: string, strategy = 'org.apache.cassandra.locator.NetworkTopologyStrategy') =>
    otherReplication({ replication: { class: strategy, datacenter1: count }, durableWrites: true }, asked)
  expect(copies('3')).toEqual([])
  expect(copies('1')).toEqual([expect.stringContaining('keyspace k has replication')])
})
