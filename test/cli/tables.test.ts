/** A pipeline that writes to tables of SQLite: what `check` says of them, runs, crashes, full disks and `--fresh`. */
import { existsSync, mkdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, type TestContext, test, vi } from 'vitest'
import { accessLines, DAY } from '../access-line.ts'
import { demo } from './demo.ts'
import { expectRefused } from './refused.ts'
import { smallDisk } from './small-disk.ts'
import { type Folder, folderWith } from './tailrace.ts'

const TABLES = `  counts:
    from: paths
    sqlite:
      path: out/hits.db
      table: counts
      columns: { id: { row_key: uuid }, until: window_end, path: path, hits: hits }
  log: { from: access, sqlite: { path: out/hits.db, table: log, columns: { at: ts, raw: { record: value } } } }
`
const open = (more = TABLES): Folder =>
  folderWith({ 'p.yaml': demo('file: access.log', more), 'access.log': accessLines(130, DAY) })

function ask(folder: Folder, sql: string): readonly Record<string, unknown>[] {
  using database = new DatabaseSync(folder.at('out/hits.db'))
  return database.prepare(sql).all()
}
const sizes = (folder: Folder) =>
  ask(folder, 'SELECT (SELECT COUNT(*) FROM log) AS log, (SELECT COUNT(*) FROM counts) AS counts')[0]

test('all mistakes about a table are said at once, each at its place', async () => {
  using folder = open(`  counts:
    from: paths
    sqlite:
      path: out/hits.db
      table: counts
      columns: { until: window_ennd, path: UPPER(path), n: CURRENT_TIMESTAMP, x: { row_key: int } }
  twice:
    from: paths
    sqlite:
      path: out/hits.db
      table: sqlite_hits
      key: [path, hitz]
  short: { from: paths, sqlite: { path: out/hits.db, table: short, key: [path] } }
  kept: { from: paths, sqlite: { path: out/hits.db, table: kept, key: [path], overwrites: accept } }
`)
  const { code, stderr } = await folder.tailrace('check', 'p.yaml')
  expect(code).toBe(78)
  for (const said of [
    'p.yaml:16:25: there is no column window_ennd',
    'p.yaml:16:60: a column of a table cannot use the clock',
    'p.yaml:16:93: sinks.counts.sqlite.columns.x.row_key must be one of uuid, json, not "int"',
    'p.yaml:21:14: table sqlite_hits is one of SQLite itself',
    'p.yaml:22:19: there is no column hitz to be in the key',
    'p.yaml:23:68: rows of paths that differ only in window_start or window_end would overwrite each other in table short',
    'Either put window_start or window_end into columns of the key, or let the key be a column id: { row_key: uuid }; or accept that the last row wins: overwrites: [window_end].',
  ]) {
    expect(stderr).toContain(said)
  }
  expect(stderr).not.toContain('p.yaml:24')
})

// Promise sqlite-once: `sqlite` has each row once after any crash, in a table without a key, too; with a key, a row that is computed again replaces itself.
test('rows are in the tables once, however often the pipeline is run or killed', async () => {
  using folder = open()
  expect((await folder.tailrace('explain', 'p.yaml')).stdout).toContain(
    'sqlite of access: exactly-once: what a crash left unfinished is taken back',
  )
  const running = folder.start('run', 'p.yaml')
  await running.line(/^demo runs/)
  await vi.waitUntil(() => existsSync(folder.at('out/hits.db')) && tableIsFull(folder, 130), { timeout: 20_000 })
  running.process.kill('SIGKILL')
  await running.ended
  folder.append('access.log', accessLines(10, DAY + 200_000))
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(sizes(folder)).toEqual({ log: 140, counts: 4 })
  expect(ask(folder, 'SELECT path, hits FROM counts WHERE until = (SELECT MIN(until) FROM counts)')).toEqual([
    { path: '/a', hits: 60 },
  ])
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(sizes(folder)).toEqual({ log: 140, counts: 4 })
})

function tableIsFull(folder: Folder, rows: number): boolean {
  const there = ask(folder, "SELECT COUNT(*) AS many FROM sqlite_schema WHERE name = 'log'")[0]?.many
  return there === 1 && ask(folder, 'SELECT COUNT(*) AS many FROM log')[0]?.many === rows
}

// Promise: `run --fresh` drops a table that the pipeline made, and leaves one that was there before.
test('--fresh drops the tables that the pipeline made, and their rows come again', async () => {
  using folder = open()
  await folder.run()
  const removed = (table: string, rows: number) =>
    `    ${folder.at('out/hits.db')}: table ${table}, which the pipeline made, with ${rows} rows`
  const refused = '--fresh removes what the pipeline has kept, and nobody can be asked here'
  const fresh = ['run', 'p.yaml', '--until-end', '--fresh']
  await expectRefused(folder, [fresh, 2, refused, removed('counts', 3), removed('log', 130)])
  expect(sizes(folder)).toEqual({ log: 130, counts: 3 })
  expect(await folder.run('--fresh', '--yes')).toMatchObject({ code: 0 })
  expect(sizes(folder)).toEqual({ log: 130, counts: 3 })
  // Without lines nothing comes again.
  folder.write('access.log', '')
  expect(await folder.run('--fresh', '--yes')).toMatchObject({ code: 0 })
  expect(sizes(folder)).toEqual({ log: 0, counts: 0 })
})

test('--fresh keeps a table that was there before, and one that another pipeline writes, too', async () => {
  using folder = open()
  mkdirSync(folder.at('out'))
  {
    using database = new DatabaseSync(folder.at('out/hits.db'))
    database.exec("CREATE TABLE log (at TEXT, raw TEXT); INSERT INTO log VALUES ('then', 'mine')")
  }
  await folder.run()
  folder.write('q.yaml', folder.read('p.yaml').replace('name: demo', 'name: other').replaceAll('out/paths', 'out/q'))
  expect(await folder.tailrace('run', 'q.yaml', '--until-end')).toMatchObject({ code: 0 })
  const fresh = ['run', 'p.yaml', '--until-end', '--fresh']
  const refused = '--fresh removes what the pipeline has kept, and nobody can be asked here'
  const kept = [
    `    not ${folder.at('out/hits.db')}, table log: it was there before, so its rows stay`,
    `    not ${folder.at('out/hits.db')}, table counts: pipeline other of another data folder writes to it, too`,
  ]
  await expectRefused(folder, [fresh, 2, refused, ...kept])
  expect(await folder.run('--fresh', '--yes')).toMatchObject({ code: 0 })
  // Rows of a key replace themselves; those without come again, as was said.
  expect(sizes(folder)).toEqual({ log: 1 + 3 * 130, counts: 6 })
})

// Holds slow-sink.
test('while another program holds the file, its rows wait and the other sinks go on', async () => {
  using folder = open(TABLES.replace('table: log,', 'table: log, timeout: 10ms,'))
  await folder.run()
  using other = new DatabaseSync(folder.at('out/hits.db'))
  other.exec('BEGIN IMMEDIATE')
  folder.append('access.log', accessLines(130, DAY + 600_000))
  const running = folder.start('run', 'p.yaml')
  await running.line(/^warning: sink log: .*out\/hits\.db is locked: another program is writing to it/)
  await vi.waitUntil(() => folder.lines('out/paths.ndjson').length >= 5, { timeout: 20_000 })
  expect(sizes(folder)).toEqual({ log: 130, counts: 3 })
  other.exec('COMMIT')
  await running.line(/^warning: sink log: it goes on$/)
  await running.stop()
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(sizes(folder)).toEqual({ log: 260, counts: 6 })
})

const SMALL = TABLES.replaceAll('out/hits.db', 'small/hits.db')
const small = (context: TestContext) =>
  smallDisk({ 'p.yaml': demo('file: access.log', SMALL), 'access.log': accessLines(20_000, DAY) }, 1, context)

// Holds slow-sink.
test('a table on a full or read-only disk waits, the others do not, and it goes on when there is room', async (context) => {
  using folder = small(context)
  const running = folder.start('run', 'p.yaml')
  await running.line(/^warning: sink log: .*small\/hits\.db has no room: the disk is full/)
  await vi.waitUntil(() => folder.lines('out/paths.ndjson').length > 100, { timeout: 20_000 })
  folder.enlarge()
  await running.line(/^warning: sink log: it goes on$/)
  await running.stop()
  folder.freeze(true)
  folder.append('access.log', accessLines(10, DAY + 30_000_000))
  const frozen = folder.start('run', 'p.yaml')
  await frozen.line(/^warning: sink log: .*small\/hits\.db (is read-only|cannot be opened)/)
  folder.freeze(false)
  await frozen.line(/^warning: sink log: it goes on$/)
  await frozen.stop()
  expect(await folder.run()).toMatchObject({ code: 0 })
  using database = new DatabaseSync(folder.at('small/hits.db'))
  expect(database.prepare('SELECT COUNT(*) AS many FROM log').get()).toEqual({ many: 20_010 })
})
