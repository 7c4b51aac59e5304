/** `report --due --deliver`, as a crontab calls it, while the pipeline runs and while it does not. */
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { accessLine } from '../access-line.ts'
import { expectRefused } from './refused.ts'
import { folderWith, send, tailrace } from './tailrace.ts'

const PIPELINE = `version: 1
name: p
timezone: Europe/Berlin
sources: { in: { tcp: 127.0.0.1:0, to: log } }
topics:
  log: { format: common, watermark: ts - INTERVAL '5' SECOND, max_ahead: never, idle: never }
reports:
  day: { top: { count: 2, of: path, by: COUNT(*), from: log }, at: "0 0 1 * *", span: 1d }
sinks: { out: { from: day, csv: { path: day.csv, header: false } } }
`

/** When a report of `0 0 1 * *` in UTC was last due: midnight of the first of the month. */
function lastDue(): number {
  const now = new Date()
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
}

const UTC = ['--set', 'timezone=UTC']
const path = (at: number, name: string) => accessLine(at, { path: name })

test('while the pipeline runs, its process waits for the end of the span; stopped, the rows wait for the sinks', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const due = lastDue()
  const running = folder.start('run', 'p.yaml', ...UTC)
  const port = await running.port(/^p runs:/)
  await send(port, path(due - 86_400_001, '/before') + path(due - 86_400_000, '/a') + path(due - 60_000, '/a'))
  const asked = folder.start('report', 'day', folder.at('p.yaml'), '--due', '--deliver', ...UTC)
  await send(port, path(due - 1000, '/b') + path(due, '/after'))
  // A second connection: its lines may come before those of the first, and none is late for a report.
  await send(port, path(due + 5000, '/after'))
  expect(await asked.ended).toMatchObject({ code: 0, stderr: '2 rows, 2 of them put into topic p.day\n' })
  expect(await running.stop()).toMatchObject({ code: 0 })
  const day = (at: number) => new Date(at).toISOString().slice(0, -1)
  const span = `${day(due - 86_400_000)},${day(due)}`
  expect(folder.lines('day.csv')).toEqual([`${span},/a,2,1`, `${span},/b,1,2`])

  // From any folder, as cron does.
  const again = ['report', 'day', folder.at('p.yaml'), '--due', '--deliver', ...UTC]
  expect(await tailrace(again, '/')).toMatchObject({ code: 0, stderr: '2 rows, which are in topic p.day already\n' })
  const earlier = [
    ...again.slice(0, 3),
    '--until',
    day(due - 30_000),
    '--since',
    day(due - 90_000),
    '--deliver',
    ...UTC,
  ]
  expect(await tailrace(earlier, '/')).toMatchObject({ code: 0, stderr: '1 row, 1 of them put into topic p.day\n' })
  expect(folder.lines('day.csv')).toHaveLength(2)
  const next = folder.start('run', 'p.yaml', ...UTC)
  await next.line(/^p runs:/)
  expect(await next.stop()).toMatchObject({ code: 0 })
  expect(folder.lines('day.csv')).toHaveLength(3)
})

test('a report that is never due is refused, and one over an empty log has no rows', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  await expectRefused(folder, [
    ['report', 'day', '--due', '--set', 'reports.day.at=0 0 30 2 *'],
    78,
    'is a time that never comes',
  ])
  const empty = await folder.tailrace('report', 'day', '--due', '--deliver', ...UTC)
  expect(empty).toMatchObject({ code: 0, stderr: '0 rows, 0 of them put into topic p.day\n' })
})

const TABLE = `version: 1
name: p
sources: { in: { file: access.log, to: log } }
topics: { log: { partitions: 2, format: common } }
tables: { day_log: { sqlite: { path: out.db, table: LOG }, columns: { ts: TIMESTAMP_LTZ(3) }, time: ts } }
reports: { day: SELECT COUNT(*) AS hits FROM day_log }
sinks: { store: { from: log, sqlite: { path: out.db, table: LOG, timeout: 100ms } } }
`

test('of a pipeline that was stopped while a table was locked, the report says that the table is behind', async () => {
  const noon = Date.UTC(2026, 0, 1, 12)
  using folder = folderWith({ 'p.yaml': TABLE, 'access.log': path(noon, '/a') })
  const report = ['report', 'day', '--for', '2026-01-01', '--deliver']
  expect(await folder.tailrace('run', 'p.yaml', '--until-end')).toMatchObject({ code: 0 })
  expect((await folder.tailrace(...report)).stderr).toBe('1 row, 1 of them put into topic p.day\n')
  const running = folder.start('run', 'p.yaml')
  await running.line(/^p runs:/)
  const database = new DatabaseSync(folder.at('out.db'))
  database.exec('BEGIN IMMEDIATE')
  folder.write('access.log', path(noon, '/a') + path(noon, '/b'))
  await running.line(/sink store: .* is locked/)
  expect(await running.stop()).toMatchObject({ code: 0 })
  database.exec('ROLLBACK')
  database.close()
  const behind = 'sink store has yet to deliver records of topic log: run the pipeline, and make the report again\n'
  expect((await folder.tailrace(...report)).stderr).toContain(behind)
  expect(await folder.tailrace('run', 'p.yaml', '--until-end')).toMatchObject({ code: 0 })
  expect((await folder.tailrace(...report)).stderr).toBe('1 row, 1 of them put into topic p.day\n')
})
