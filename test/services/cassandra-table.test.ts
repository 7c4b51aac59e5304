/** Tables of a real Cassandra: made, checked, filled with each type, refused row by row, and read again. */
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cassandra, installedCassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import type { CqlSession } from '../../scripts/services/cassandra/session.ts'
import { batchOf } from '../../src/record/batch.test-tool.ts'
import type { Value } from '../../src/record/column.ts'
import { recordsOf } from '../../src/record/records.ts'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  type Field,
  INT,
  STRING,
  TIME,
  TIMESTAMP,
} from '../../src/record/type.ts'
import { cassandra as type } from '../../src/sink/cassandra/cassandra.ts'
import type { Delivery, SinkContext } from '../../src/sink/sink.ts'
import { cassandraTable } from '../../src/table/cassandra.ts'
import type { Cell, TableContext } from '../../src/table/table.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { openSinkAt } from '../contract/sink.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 300_000
const lacking = await isMissing('Cassandra', installedCassandra)

const FIELDS: readonly Field[] = [
  { name: 'id', type: STRING },
  { name: 'ok', type: BOOLEAN },
  { name: 'small', type: INT },
  { name: 'big', type: BIGINT },
  { name: 'ratio', type: DOUBLE },
  { name: 'price', type: decimal(10, 2) },
  { name: 'day', type: DATE },
  { name: 'clock', type: TIME },
  { name: 'wall', type: TIMESTAMP },
  { name: 'ts', type: { kind: 'TIMESTAMP_LTZ' }, rowtime: true },
]
const NOON = Date.UTC(2026, 6, 1, 12)
const ROW: readonly Value[] = ['a', true, -5, 2n ** 60n, 0.5, 150n, 20_635, 43_200_000, NOON, NOON]
const NULLS: readonly Value[] = ['b', ...FIELDS.slice(1).map(() => null)]

/** Rows that their id names, as those of a query. */
const ROWS = { fields: FIELDS, rowKey: [0], rowKeyParts: [[0]], rowtime: 9, timezone: 'Europe/Berlin' } as const

function deliveryOf(rows: readonly (readonly Value[])[]): Delivery {
  const records = recordsOf(rows.map(([id]) => String(id)))
  return { partition: 0, baseOffset: 0, records, rows: batchOf(FIELDS, rows) }
}

describe.skipIf(lacking)('tables of a real Cassandra', { timeout: LIMIT_MS }, () => {
  let server: Cassandra
  let session: CqlSession
  beforeAll(async () => {
    server = await startCassandra()
    session = await server.session()
  }, LIMIT_MS)
  afterAll(async () => {
    await session?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  const place = (table: string) => ({ contact_points: server.contactPoints.join(), keyspace: 'tables', table })
  const openAt = async (options: object, context: Partial<SinkContext> = {}) =>
    openSinkAt(type, { options, folder: await makeFolder() }, { ...ROWS, ...context })

  test('keyspace and table are made; each type is there as it was, and NULL is NULL', async () => {
    const made = { name: 'tables', replication: { class: 'NetworkTopologyStrategy', datacenter1: 1 } }
    const options = { ...place('Types'), keyspace: made, compression: 'zstd', ttl: '30d' }
    await using sink = await openAt(options)
    expect(await sink.write(deliveryOf([ROW, NULLS]))).toBeUndefined()
    const [a, b] = await session
      .cql('SELECT * FROM tables.TYPES')
      .then((rows) => rows.toSorted((x, y) => (x.id < y.id ? -1 : 1)))
    const texts = FIELDS.map(({ name }) => (a?.[name] instanceof Date ? a[name].toISOString() : String(a?.[name])))
    expect(texts).toEqual([
      'a',
      'true',
      '-5',
      String(2n ** 60n),
      '0.5',
      '1.50',
      '2026-07-01',
      '12:00:00',
      // The wall clock of the pipeline is two hours ahead of UTC.
      '2026-07-01T10:00:00.000Z',
      '2026-07-01T12:00:00.000Z',
    ])
    expect(FIELDS.slice(1).map(({ name }) => b?.[name])).toEqual(FIELDS.slice(1).map(() => null))
    const [about] = await session.cql(
      "SELECT default_time_to_live, compression FROM system_schema.tables WHERE keyspace_name = 'tables' AND table_name = 'types'",
    )
    expect(about).toMatchObject({ default_time_to_live: 2_592_000, compression: { class: /Zstd/ } })
    const [left] = await session.cql("SELECT TTL(ok) AS left FROM tables.types WHERE id = 'a'")
    expect(left?.left).toBeGreaterThan(2_000_000)
  })

  test('a table that differs is not written to, and what differs is named; a column that is missing is added', async () => {
    await session.cql('CREATE TABLE tables.differs (id text PRIMARY KEY, ok boolean, small text, big bigint)')
    await expect(openAt(place('differs'))).rejects.toMatchObject({
      code: 'pipeline',
      message: 'sink out: column small of tables.differs is text there, and INT in the pipeline file',
      hint: expect.stringContaining('CAST(… AS STRING)'),
    })
    await expect(
      openAt({ ...place('differs'), key: ['big', 'id'], columns: { id: 'id', big: 'big' } }),
    ).rejects.toThrow('the primary key of tables.differs is ((id)) there, and ((big), id) in the pipeline file')
    const columns = { id: 'id', ok: 'ok', price: 'price' }
    await expect(openAt({ ...place('differs'), columns, create: false })).rejects.toMatchObject({
      message: 'sink out: column price of tables.differs is not there, and `create` is false',
      hint: 'Run ALTER TABLE "tables"."differs" ADD "price" decimal;',
    })
    const said: string[] = []
    await using sink = await openAt({ ...place('differs'), columns }, { warn: (message) => said.push(message) })
    expect(said).toEqual(['column price was added to tables.differs'])
    expect(await sink.write(deliveryOf([ROW]))).toBeUndefined()
    const [row] = await session.cql('SELECT id, price, small FROM tables.differs')
    expect([row?.id, String(row?.price), row?.small]).toEqual(['a', '1.50', null])
    await expect(openAt({ ...place('none'), create: false })).rejects.toThrow('table tables.none is not there')
  })

  test('a row that is refused is named with the reason of the server, and all others are there', async () => {
    const key = { partition: ['small'], clustering: { id: 'asc' } }
    const columns = { small: 'small', id: 'id' }
    await using shared = await openAt({ ...place('refused'), columns, key })
    const rows = (ids: readonly string[]) => ids.map((id) => [id, true, 1, ...ROW.slice(3)])
    const tooLong = 'x'.repeat(70_000)
    const found = await shared.write(deliveryOf(rows(['one', tooLong, 'two'])))
    expect(found).toEqual({ kind: 'rows', rows: [{ row: 1, reason: expect.stringMatching(/70000|longer|maximum/) }] })
    expect((await session.cql('SELECT id FROM tables.refused')).map(({ id }) => id)).toEqual(['one', 'two'])

    await using alone = await openAt({ ...place('alone'), columns: { id: 'id', ok: 'ok' } })
    const refusal = await alone.write(deliveryOf(rows(['', 'x'.repeat(9 << 20), tooLong, 'fine'])))
    expect(refusal).toMatchObject({
      rows: [
        { row: 0, reason: 'Key may not be empty' },
        { row: 1, reason: expect.any(String) },
        { row: 2, reason: expect.stringContaining('longer than maximum of 65535') },
      ],
    })
    expect((await session.cql('SELECT id FROM tables.alone')).map(({ id }) => id)).toEqual(['fine'])
  })

  test('of rows with one key the last one counts, in one delivery and after a later one', async () => {
    await using sink = await openAt({ ...place('last'), columns: { id: 'id', small: 'small' } })
    const row = (small: number): readonly Value[] => ['a', true, small, ...ROW.slice(3)]
    await sink.write(deliveryOf(Array.from({ length: 300 }, (_, small) => row(small))))
    const value = async () => (await session.cql('SELECT small FROM tables.last'))[0]?.small
    expect(await value()).toBe(299)
    await sink.write(deliveryOf([row(1)]))
    expect(await value()).toBe(1)
  })

  test('a table that was dropped or altered meanwhile is made again as declared', async () => {
    await using sink = await openAt({ ...place('dropped'), columns: { id: 'id', ok: 'ok' } })
    await sink.write(deliveryOf([ROW]))
    for (const statement of ['DROP TABLE tables.dropped', 'ALTER TABLE tables.dropped DROP ok']) {
      await session.cql(statement)
      await expect
        .poll(() => sink.write(deliveryOf([ROW])).then(() => 'written', String), { timeout: 60_000 })
        .toBe('written')
      expect(await session.cql('SELECT id, ok FROM tables.dropped')).toMatchObject([{ id: 'a', ok: true }])
    }
  })

  test('a report reads all rows, page by page, and only the columns that it asks for', async () => {
    const COUNT = 5000
    await using sink = await openAt({ ...place('"Read"'), columns: { id: 'id', '"Large"': 'big', timestamp: 'ts' } })
    await sink.write(
      deliveryOf(Array.from({ length: COUNT }, (_, i) => [`${i}`, true, i, BigInt(i), ...ROW.slice(4, -1), NOON + i])),
    )
    const column = (stored: string, field: Field) => ({ stored, field })
    const time = column('timestamp', { name: 'ts', type: { kind: 'TIMESTAMP_LTZ' } })
    const open = (columns: TableContext['columns'], table = '"Read"') =>
      cassandraTable.open(cassandraTable.options.parse(place(table)), {
        name: 't',
        folder: '.',
        columns: [...columns, time],
        time,
        since: 0,
        until: 2 * NOON,
      })
    await using reader = await open([column('Large', { name: 'large', type: BIGINT })])
    const rows: (readonly Cell[])[] = []
    let pages = 0
    for await (const page of reader.pages()) {
      expect(page.length).toBeLessThanOrEqual(2000)
      rows.push(...page)
      pages++
    }
    expect(pages).toBeGreaterThan(10)
    const numbers = rows.map(([large, at]) => [Number(large), (at as Date).getTime() - NOON])
    expect(numbers.toSorted(([a = 0], [b = 0]) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => [i, i]))
    await expect(open([column('larg', { name: 'large', type: BIGINT })])).rejects.toMatchObject({
      message: 'table "t": tables."Read" has no column larg',
      hint: 'Did you mean "Large"? There are: "Large", id, timestamp.',
    })
    await expect(open([], 'nothing')).rejects.toThrow('there is no table tables.nothing')
  })

  test('`check --connect` says what it finds, and fails where a store cannot be reached or does not fit', async () => {
    const folder = await makeFolder()
    const file = (port: number, table: string) => `version: 1
name: looked
sources: { lines: { file: in.log, to: all } }
topics: { all: { format: lines } }
sinks:
  table:
    from: all
    cassandra:
      contact_points: "127.0.0.1:${port}"
      keyspace: tables
      table: ${table}
      columns: { id: { row_key: uuid }, small: { record: value } }
`
    const check = async (port: number, table: string, ...options: string[]) => {
      await writeFile(join(folder, 'in.log'), '')
      await writeFile(join(folder, 'p.yaml'), file(port, table))
      const command = [PROGRAM, 'check', 'p.yaml', '--connect', ...options]
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' })
      return { status, stdout, stderr }
    }
    const fine = await check(server.port, 'yet_to_come')
    expect(fine).toMatchObject({ status: 0, stderr: expect.stringContaining('is not there: the sink makes it') })
    expect(fine.stdout).toMatch(
      /^sink table \(cassandra\): Cassandra 5\.0\.6 at 127\.0\.0\.1:\d+, table tables\.yet_to_come$/m,
    )
    const before = await session.cql("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'tables'")
    expect(before.map(({ table_name }) => table_name)).not.toContain('yet_to_come')

    const away = await check(1, 'yet_to_come', '--json')
    expect(away.status).toBe(1)
    expect(JSON.parse(away.stdout)).toMatchObject({
      ok: false,
      connections: [
        {
          part: 'sink table',
          ok: false,
          problems: [{ message: expect.stringContaining('no node listens'), line: 8 }],
        },
      ],
    })
    await session.cql('CREATE TABLE tables.other (id uuid PRIMARY KEY, small int)')
    const other = await check(server.port, 'other')
    expect(other.status).toBe(1)
    expect(other.stderr).toContain(
      'p.yaml:8:5: column small of tables.other is int there, and STRING in the pipeline file',
    )
    expect(other.stderr).toContain('it cannot work here with sink table')

    // A table that a report reads and no run has made yet.
    const reads = (table: string) => `
tables:
  past:
    cassandra: { contact_points: "127.0.0.1:${server.port}", keyspace: tables, table: ${table} }
    columns: { id: STRING, at: { type: TIMESTAMP_LTZ(3), path: ts } }
    time: at
reports: { r: "SELECT COUNT(*) AS n FROM past" }
`
    const checkWith = async (sinkTable: string, table: string) => {
      await writeFile(join(folder, 'p.yaml'), file(server.port, sinkTable) + reads(table))
      const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'check', 'p.yaml', '--connect'], {
        cwd: folder,
        encoding: 'utf8',
      })
      return { status, stderr }
    }
    expect(await checkWith('yet_to_come', 'yet_to_come')).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/warning: .*there is no table tables\.yet_to_come .*: the sink makes it/),
    })
    expect(await checkWith('yet_to_come', 'by_nobody')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('it cannot work here with table past'),
    })
  })
})

describe.skipIf(lacking)('a Cassandra that wants to know its clients', { timeout: LIMIT_MS }, () => {
  test('password, TLS and certificate are given by the options; what is wrong is named, and no password is', async () => {
    await using server = await startCassandra({ security: true })
    const { ca = '', key = '' } = server.certificate ?? {}
    const { username, password } = server.user
    const place = { contact_points: server.contactPoints.join(), keyspace: 'secured', table: 't', timeout: '5s' }
    const tls = { ca, cert: ca, key }
    const open = async (options: object) =>
      openSinkAt(type, { options: { ...place, ...options }, folder: await makeFolder() }, ROWS)
    await using sink = await open({ username, password, tls })
    expect(await sink.write(deliveryOf([ROW]))).toBeUndefined()
    expect(await server.cql('SELECT id FROM secured.t')).toHaveLength(1)
    const wrong = async (options: object) =>
      open(options).then(
        () => 'opened',
        ({ message }) => String(message),
      )
    const secret = 'not the password'
    const refused = await wrong({ username, password: secret, tls })
    expect(refused).toContain('the name or the password is wrong')
    expect(refused).not.toContain(secret)
    await server.cql("CREATE ROLE reader WITH PASSWORD = 'read' AND LOGIN = true")
    expect(await wrong({ username: 'reader', password: 'read', tls, table: 'other' })).toMatch(
      /User reader has no \w+ permission on/,
    )
    expect(await wrong({ tls })).toContain('wants a user and a password')
    expect(await wrong({ username, password, tls: { cert: ca, key } })).toContain(
      'is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
    )
    expect(await wrong({ username, password, tls: { ca } })).toContain('the node takes no TLS from this client')
    expect(await wrong({ username, password })).toContain('the connection broke')
    expect(await wrong({ username, password, tls: { ...tls, ca: 'none.pem' } })).toContain('none.pem')
  })
})
