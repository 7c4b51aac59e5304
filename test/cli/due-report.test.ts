/** `report --due --deliver`, as a crontab calls it, while the pipeline runs and while it does not. */
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

test('a report that was never due is refused, and one over an empty log has no rows', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  await expectRefused(folder, [['report', 'day', '--due', '--set', 'reports.day.at=0 0 30 2 *'], 2, 'was never due'])
  const empty = await folder.tailrace('report', 'day', '--due', '--deliver', ...UTC)
  expect(empty).toMatchObject({ code: 0, stderr: '0 rows, 0 of them put into topic p.day\n' })
})
