/** The SQLite sink: every row once through any end, values in the forms of SQLite, and rows that it refuses. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../../../test/contract/sink.ts'
import { RESULT } from '../table/table.test-tool.ts'
import {
  ask,
  hits,
  KEYLESS,
  made,
  newFolder,
  openPaths,
  pathsIn,
  removeFolders,
  unthreaded,
} from './sqlite.test-tool.ts'
import { sqlite } from './sqlite.ts'

afterAll(removeFolders)

const textsIn = (folder: string): readonly string[] =>
  ask(folder, "SELECT name FROM sqlite_schema WHERE name = 'log'").length === 0
    ? []
    : ask(folder, 'SELECT text FROM log').map(({ text }) => String(text))

/** A target of these options in a folder of its own. */
async function start(options: object = {}): Promise<SinkTarget> {
  const folder = newFolder()
  return {
    options: { path: 'out.db', table: 'log', ...options },
    folder,
    stored: async () => textsIn(folder),
  }
}

// Holds append-once.
sinkContract(unthreaded, 'rows', start)
deliveredSinkContract(unthreaded, start)
// An answer may be lost, too: the position says that the rows are there.
deliveredSinkContract({ ...unthreaded, name: 'sqlite, with lost answers', writes: 'idempotent' }, start)

test('the table has strict types by the columns, and the row key as its key; a row that comes again replaces itself', async () => {
  const folder = newFolder()
  {
    await using sink = await openPaths(folder)
    await sink.write(hits(0, [1, '/a', 1n], [1, '/b', 2n], [2, '/a', 2n ** 62n]))
    await sink.write(hits(3, [1, '/a', 7n]))
  }
  expect(ask(folder, "SELECT sql FROM sqlite_schema WHERE name = 'paths'")).toEqual([
    {
      sql: 'CREATE TABLE "paths" ("window_start" TEXT NOT NULL, "window_end" TEXT, "path" TEXT NOT NULL, "hits" INTEGER, PRIMARY KEY ("window_start", "path")) STRICT',
    },
  ])
  expect(ask(folder, 'SELECT window_end, path, CAST(hits AS TEXT) AS hits FROM paths')).toEqual([
    { window_end: '1970-01-01T00:01:00.000', path: '/a', hits: '7' },
    { window_end: '1970-01-01T00:01:00.000', path: '/b', hits: '2' },
    { window_end: '1970-01-01T00:02:00.000', path: '/a', hits: String(2n ** 62n) },
  ])
})

test('every type has its form, which SQLite orders and reads', async () => {
  const folder = newFolder()
  const columns = {
    yes: 'hits > 0',
    big: 'hits',
    half: 'CAST(hits AS DOUBLE) / 2',
    price: 'CAST(hits AS DECIMAL(20, 2))',
    day: 'CAST(window_end AS DATE)',
    clock: 'CAST(window_end AS TIME)',
    at: 'CAST(window_end AS TIMESTAMP_LTZ(3))',
    none: 'CAST(NULL AS STRING)',
    raw: "X'00FF'",
    tenth: 'CAST(0.1 AS FLOAT)',
    path: 'path',
  }
  await using sink = await openPaths(folder, { columns })
  await sink.write(hits(0, [1, 'é\0\ud800', 9007199254740993n]))
  expect(
    ask(
      folder,
      'SELECT yes, half, price, day, clock, at, none, path, hex(raw) AS raw, typeof(raw) AS rawType, tenth, typeof(yes) || typeof(big) || typeof(half) AS types, CAST(big AS TEXT) AS big, unixepoch(at) AS seconds FROM paths',
    ),
  ).toEqual([
    {
      yes: 1,
      big: '9007199254740993',
      half: 4503599627370496,
      price: '9007199254740993.00',
      day: '1970-01-01',
      clock: '00:01:00',
      at: '1970-01-01T00:01:00.000Z',
      none: null,
      raw: '00FF',
      rawType: 'blob',
      tenth: 0.1,
      path: 'é\0\ufffd',
      types: 'integerintegerreal',
      seconds: 60,
    },
  ])
})

test('rows that SQLite cannot keep are refused with the reason, the others are there, and what comes again is refused again', async () => {
  const folder = made(`
    CREATE TABLE paths (path TEXT NOT NULL, ratio REAL, hits INTEGER CHECK (hits < 1000), note TEXT DEFAULT 'x')`)
  const options = {
    columns: { path: 'path', hits: 'hits', ratio: "CASE WHEN hits = 13 THEN CAST('NaN' AS DOUBLE) ELSE 1e0 END" },
  }
  // More than one statement writes them, some of them only in part.
  const rows = Array.from(
    { length: 100 },
    (_, i) => [1, i === 40 ? null : `/${i}`, i === 70 ? 1000n : BigInt(i)] as const,
  )
  const refused = [
    { row: 13, reason: 'column ratio: SQLite has no NaN' },
    { row: 40, reason: 'NOT NULL constraint failed: paths.path' },
    { row: 70, reason: 'CHECK constraint failed: hits < 1000' },
  ]
  let state = {}
  {
    await using sink = await openPaths(folder, options)
    state = await sink.flush()
    expect(await sink.write(hits(0, ...rows))).toEqual({ kind: 'rows', rows: refused })
  }
  expect(ask(folder, 'SELECT COUNT(*) AS many FROM paths')).toEqual([{ many: 97 }])
  // The checkpoint had none of this: their dead letters may not have been durable.
  await using sink = await openPaths(folder, options, { state })
  expect(await sink.write(hits(0, ...rows.slice(0, 60)))).toEqual({ kind: 'rows', rows: refused.slice(0, 2) })
  expect(await sink.write(hits(60, ...rows.slice(60), [1, '/new', 5n]))).toEqual({
    kind: 'rows',
    rows: [{ row: 10, reason: refused[2]?.reason }],
  })
  expect(ask(folder, 'SELECT COUNT(*) AS many FROM paths')).toEqual([{ many: 98 }])
  // Once checkpoints have passed them they are forgotten.
  for (let n = 0; n < 3; n++) {
    await sink.write(hits(101 + n, [1, '/x', 1n]))
    await sink.flush()
  }
  expect(ask(folder, 'SELECT * FROM tailrace_refused')).toEqual([])
})

test('where a trigger takes everything back, the batch is refused, and of one row it is known', async () => {
  const folder = made(`
    CREATE TABLE paths (path TEXT);
    CREATE TRIGGER no BEFORE INSERT ON paths WHEN NEW.path = '/bad' BEGIN SELECT RAISE(ROLLBACK, 'no such path'); END`)
  await using sink = await openPaths(folder, { columns: { path: 'path' } })
  const write = (at: number, ...paths: string[]) => sink.write(hits(at, ...paths.map((path) => [1, path, 1n] as const)))
  expect(await write(0, '/a', '/bad')).toEqual({ kind: 'batch', reason: 'no such path' })
  expect(await write(0, '/a')).toBeUndefined()
  expect(await write(1, '/bad')).toEqual({ kind: 'rows', rows: [{ row: 0, reason: 'no such path' }] })
  expect(await write(2, '/b')).toBeUndefined()
  expect(ask(folder, 'SELECT path FROM paths')).toEqual([{ path: '/a' }, { path: '/b' }])
})

test('a topic that was made anew begins again at its first offset, and is not taken for what was delivered', async () => {
  const folder = newFolder()
  const options = { columns: KEYLESS }
  let state = {}
  {
    await using sink = await openPaths(folder, options)
    await sink.write(hits(10, [1, '/a', 1n], [1, '/b', 1n]))
    state = await sink.flush()
  }
  await using sink = await openPaths(folder, options, { state })
  await sink.write(hits(0, [2, '/c', 1n]))
  await sink.write(hits(0, [2, '/c', 1n]))
  await sink.write(hits(1, [2, '/d', 1n]))
  expect(pathsIn(folder)).toEqual(['/a 1', '/b 1', '/c 1', '/d 1'])
})

test('names that SQLite takes for others, or that are its own, are refused', () => {
  const messages = (options: object) =>
    sqlite
      .check?.(sqlite.options.parse({ path: 'x.db', table: 't', ...options }), RESULT)
      .map(({ path, failure }) => `${path.join('.')}: ${failure.message}`)
  expect(messages({ columns: { id: { row_key: 'uuid' }, Path: 'path', path: 'path', ID: 'hits' } })).toEqual([
    'columns.path: columns Path and path are one to SQLite, which does not tell capital letters from small ones',
    'columns.ID: columns id and ID are one to SQLite, which does not tell capital letters from small ones',
  ])
  expect(messages({ table: 'sqlite_x' })).toEqual(['table: table sqlite_x is one of SQLite itself'])
  expect(messages({ table: 'Tailrace_Positions' })).toEqual([
    'table: table Tailrace_Positions is one of the positions of sinks',
  ])
  expect(messages({})).toEqual([])
})

test('in its thread, rows are written and failures arrive with all that they say', async () => {
  const folder = newFolder()
  const open = (options: object = {}) =>
    openSinkAt(sqlite, { options: { path: 'out.db', table: 'paths', ...options }, folder }, RESULT)
  {
    await using sink = await open({ timeout: '1ms' })
    const delivery = hits(0, [1, '/a', 1n], [1, '/b', 2n])
    expect(await sink.write(delivery)).toBeUndefined()
    using other = new DatabaseSync(join(folder, 'out.db'))
    other.exec('BEGIN IMMEDIATE')
    await expect(sink.write(hits(2, [1, '/c', 1n]))).rejects.toMatchObject({
      name: 'Failure',
      code: 'in-use',
      retryable: true,
    })
    other.exec('COMMIT')
    await sink.write(hits(2, [1, '/c', 1n]))
    expect(await sink.flush()).toEqual({ path: 'out.db', table: 'paths', next: { 0: 3 } })
  }
  expect(pathsIn(folder)).toEqual(['/a 1', '/b 2', '/c 1'])
  await expect(open({ columns: { other: 'path' } })).rejects.toMatchObject({ name: 'Failure', code: 'pipeline' })
})

// Holds changes.
test('a deleted row goes by its key, and of one key the last change counts; what comes again changes nothing', async () => {
  const folder = newFolder()
  await using sink = await openPaths(folder, {}, { changing: true })
  const changes = hits(0, [1, '/a', 1n], [1, '/b', 2n], [1, '/a', 0n], [2, '/c', 3n], [1, '/b', 0n], [1, '/b', 9n])
  changes.rows.deleted = Uint8Array.of(0, 0, 1, 0, 1, 0)
  await sink.write(changes)
  const left = [
    { path: '/b', hits: 9 },
    { path: '/c', hits: 3 },
  ]
  expect(ask(folder, 'SELECT path, hits FROM paths ORDER BY path')).toEqual(left)
  await sink.write(changes)
  expect(ask(folder, 'SELECT path, hits FROM paths ORDER BY path')).toEqual(left)
})
