/** SQLite files that are there already: made by somebody else, locked, replaced, or shared by several sinks. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { ask, hits, KEYLESS, made, newFolder, openPaths, pathsIn, removeFolders } from './sqlite.test-tool.ts'
import { sqlite } from './sqlite.ts'

afterAll(removeFolders)

test('all that differs in a table that is there is named at once, and nothing is changed', async () => {
  const sql = `CREATE TABLE paths (window_start INTEGER, path TEXT COLLATE NOCASE, hits INTEGER AS (1), extra TEXT NOT NULL, made TEXT NOT NULL DEFAULT 'x', PRIMARY KEY (window_start, path))`
  const folder = made(sql)
  await expect(openPaths(folder)).rejects.toMatchObject({
    code: 'pipeline',
    retryable: false,
    message: expect.stringMatching(
      /table paths is not as the sink would make it: column window_start is INTEGER there, and its values are TEXT; it has no column window_end \(TEXT\); column hits is generated there; column extra is NOT NULL there, and nothing goes into it; no PRIMARY KEY and no UNIQUE index has the columns window_start, path of the key alone$/,
    ),
  })
  expect(ask(folder, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")).toEqual([{ name: 'paths' }])
  const view = made('CREATE TABLE t (path TEXT); CREATE VIEW paths AS SELECT * FROM t')
  await expect(openPaths(view)).rejects.toThrow('it is a view')
})

test.each([
  'CREATE TABLE PATHS (Window_Start DATETIME, window_end, Path VARCHAR(9), hits NUMERIC, UNIQUE (path, window_start))',
  'CREATE TABLE paths (window_start TEXT, window_end BLOB, path TEXT, hits BIGINT, n INTEGER PRIMARY KEY); CREATE UNIQUE INDEX i ON paths (window_start, path)',
  'CREATE TABLE paths (path TEXT, window_start TEXT, window_end TIMESTAMP, hits ANY, PRIMARY KEY (path, window_start)) WITHOUT ROWID',
])('a table that keeps the values as they are is taken: %s', async (sql) => {
  const folder = made(sql)
  await using sink = await openPaths(folder)
  await sink.write(hits(0, [1, '007', 1n], [1, '007', 2n]))
  expect(ask(folder, 'SELECT window_start, path, hits FROM paths')).toEqual(
    [{ Window_Start: '1970-01-01T00:00:00.000', Path: '007', hits: 2 }].map((row) =>
      sql.includes('PATHS') ? row : { window_start: row.Window_Start, path: row.Path, hits: row.hits },
    ),
  )
})

test('a file that another program has locked is a passing failure; readers neither wait nor are waited for', async () => {
  const folder = newFolder()
  await using sink = await openPaths(folder, { timeout: '1ms' })
  await sink.write(hits(0, [1, '/a', 1n]))
  {
    using other = new DatabaseSync(join(folder, 'out.db'))
    other.exec('BEGIN')
    expect(other.prepare('SELECT COUNT(*) AS many FROM paths').get()).toEqual({ many: 1 })
    await sink.write(hits(1, [1, '/b', 1n]))
    // The reader still sees what was there when it began.
    expect(other.prepare('SELECT COUNT(*) AS many FROM paths').get()).toEqual({ many: 1 })
    other.exec('COMMIT; BEGIN IMMEDIATE')
    const failure = { code: 'in-use', retryable: true, message: expect.stringContaining('is locked: another program') }
    await expect(sink.write(hits(2, [1, '/c', 1n]))).rejects.toMatchObject(failure)
    await expect(sink.flush()).rejects.toMatchObject(failure)
    await expect(openPaths(folder, { timeout: '1ms' })).rejects.toMatchObject(failure)
  }
  await sink.write(hits(2, [1, '/c', 1n]))
  expect(pathsIn(folder)).toEqual(['/a 1', '/b 1', '/c 1'])
})

test('a file that is no database, was removed, replaced by another or by an older copy, is a lasting failure', async () => {
  const folder = newFolder()
  const file = join(folder, 'out.db')
  let state = {}
  {
    await using sink = await openPaths(folder)
    await sink.write(hits(0, [1, '/a', 1n]))
    await sink.flush()
    ask(folder, 'PRAGMA wal_checkpoint')
    copyFileSync(file, join(folder, 'old.db'))
    await sink.write(hits(1, [1, '/b', 1n]))
    state = await sink.flush()
    rmSync(file)
    await expect(sink.flush()).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('no longer exists'),
    })
    writeFileSync(file, '')
    await expect(sink.flush()).rejects.toMatchObject({ message: expect.stringContaining('is another file now') })
  }
  const again = () => openPaths(folder, {}, { state })
  await expect(again()).rejects.toThrow('has no table paths, but rows were written to it')
  rmSync(file)
  await expect(again()).rejects.toThrow(`sink out: ${file} no longer exists, but rows were written to it`)
  const options = sqlite.options.parse({ path: 'out.db', table: 'paths' })
  const where = { folder, name: 'out', scratch: '', disk: nodeDisk }
  expect(sqlite.lost?.(state, options, where)).toMatchObject([{ path: file }])
  copyFileSync(join(folder, 'old.db'), file)
  expect(sqlite.lost?.(state, options, where)).toEqual([])
  await expect(again()).rejects.toThrow(
    'has the rows before offset 1 of partition 0, but all before 2 were written to it',
  )
  writeFileSync(file, 'This is a text and no database, however long it may be.'.repeat(100))
  await expect(again()).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining('is not a SQLite database'),
  })
})

test('several sinks, also of several pipelines, write to one file and one table, each with positions of its own', async () => {
  const folder = newFolder()
  const columns = KEYLESS
  const others = [{ name: 'other' }, { data: { path: '/elsewhere', id: 'another', host: 'here' } }, {}]
  for (const context of others) {
    await using sink = await openPaths(folder, { columns }, context)
    await using beside = await openPaths(
      folder,
      { columns, table: 'beside' },
      { ...context, name: `${context.name}-beside` },
    )
    await sink.write(hits(0, [1, '/a', 1n]))
    await beside.write(hits(0, [1, '/b', 1n]))
  }
  expect(pathsIn(folder)).toEqual(['/a 1', '/a 1', '/a 1'])
  expect(ask(folder, 'SELECT COUNT(*) AS many FROM beside')).toEqual([{ many: 3 }])
})
