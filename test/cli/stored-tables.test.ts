/** Tables of stores as inputs of reports. */
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { expectRefused, testMistakes } from './refused.ts'
import { type Folder, folderWith } from './tailrace.ts'

const PIPELINE = `version: 1
name: p
timezone: Europe/Berlin
topics:
  log: { format: combined, watermark: ts - INTERVAL '5' SECOND }
tables:
  day_log:
    sqlite: { path: logs.db, table: LOG }
    columns: { ts: { type: TIMESTAMP_LTZ(3), path: timestamp }, path: { type: STRING, path: request }, status: INT }
    time: ts
    delay: 10s
reports:
  day: { top: { count: 2, of: path, by: COUNT(*), from: day_log }, at: "0 20 * * *" }
  hours:
    sql: |
      SELECT window_start, COUNT(*) FILTER (WHERE status >= 500) AS failed
      FROM TABLE(TUMBLE(TABLE day_log, DESCRIPTOR(ts), INTERVAL '12' HOUR))
      GROUP BY window_start, window_end ORDER BY window_start
sinks:
  out: { from: day, csv: { path: day.csv, header: false } }
`
const evening = Date.parse('2026-05-15T18:00:00Z')

/** Paths of the minutes of a day until 20:00 in Berlin, and of one before and behind them, which are of /x. */
function filled(): Folder {
  const folder = folderWith({ 'p.yaml': PIPELINE })
  using database = new DatabaseSync(folder.at('logs.db'))
  database.exec('CREATE TABLE LOG (timestamp TEXT, request TEXT, status INTEGER, rest TEXT); BEGIN')
  const insert = database.prepare('INSERT INTO LOG (timestamp, request, status) VALUES (?, ?, ?)')
  for (let minute = -1441; minute <= 0; minute++) {
    const path = minute < -1440 || minute === 0 ? '/x' : `/${'aaabbc'.charAt((minute + 1440) % 6)}`
    insert.run(new Date(evening + 60_000 * minute).toISOString(), path, path === '/c' ? 500 : 200)
  }
  insert.run(new Date(evening - 1000).toISOString(), '/a', 'none' as never)
  database.exec('COMMIT')
  return folder
}

const span = ['--since', '2026-05-14 20:00', '--until', '2026-05-15 20:00']
const shown = '2026-05-14T20:00:00.000,2026-05-15T20:00:00.000'

// Promise: A report over a table has the rows whose declared time lies in the span: from its start, and before its end.
test('a report reads the rows of its span from a table, without any data folder', async () => {
  using folder = filled()
  const { code, stdout, stderr } = await folder.tailrace('report', 'day', ...span, '-o', 'csv')
  expect([code, stdout]).toEqual([0, `span_start,span_end,path,hits,row_num\n${shown},/a,721,1\n${shown},/b,480,2\n`])
  expect(stderr).toContain(', 1441 in the span, 0 that could not be used, 2 rows')
  expect(stderr).not.toContain('may change')
  const hours = await folder.tailrace('report', 'hours', ...span, '-o', 'ndjson')
  expect(hours.stdout.match(/"failed":\d+/g)).toEqual(['"failed":40', '"failed":120', '"failed":80'])
  // Only where a value is read that does not fit, the row cannot be used.
  expect(hours.stderr).toContain(', 1440 in the span, 1 that could not be used, 3 rows')
  const later = await folder.tailrace('report', 'day', '--since', '2026-05-15', '--until', '2999-01-01', '-o', 'csv')
  expect(later.stderr).toContain('rows may change')
})

test('rows are put into the topic for the sinks; a changed table changes only what it changes', async () => {
  using folder = filled()
  const deliver = () => folder.tailrace('report', 'day', ...span, '--deliver')
  expect(await deliver()).toMatchObject({ code: 0, stderr: '2 rows, 2 of them put into topic p.day\n' })
  using database = new DatabaseSync(folder.at('logs.db'))
  database.exec(`UPDATE LOG SET request = '/c' WHERE request = '/b' AND timestamp < '2026-05-14T18:10'`)
  expect(await deliver()).toMatchObject({ code: 0, stderr: '2 rows, 1 of them put into topic p.day\n' })
  expect(await deliver()).toMatchObject({ code: 0, stderr: '2 rows, which are in topic p.day already\n' })
  expect(await folder.run()).toMatchObject({ code: 0 })
  expect(folder.lines('day.csv')).toEqual([`${shown},/a,721,1`, `${shown},/b,480,2`, `${shown},/b,477,2`])
})

test('check and explain show the table; what is not there is said when the report is made', async () => {
  using folder = filled()
  const check = await folder.tailrace('check', 'p.yaml')
  expect(check.stdout).toBe('pipeline p is fine: 0 sources, 1 topic, 0 queries, 1 table, 2 reports, 1 sink\n')
  const { stdout } = await folder.tailrace('explain', 'p.yaml')
  expect(stdout).toContain('table day_log\n  sqlite, table LOG of logs.db: only reports read it\n')
  expect(stdout).toContain('columns: ts TIMESTAMP_LTZ(3) from timestamp, path STRING from request, status INT')
  const other = ['--set', 'tables.day_log.sqlite.table=LOGS']
  await expectRefused(folder, [
    ['report', 'day', ...span, ...other],
    1,
    'logs.db has no table LOGS',
    'Did you mean "LOG"?',
  ])
  await expectRefused(folder, [
    ['report', 'day', ...span, '--compare'],
    2,
    'report day cannot be compared: it reads table day_log',
  ])
})

testMistakes(PIPELINE, [
  ['time: ts', 'time: status', 'p.yaml:10:11: column status is no time'],
  ['time: ts', 'time: tss', 'table "day_log" declares no column tss'],
  ['status: INT', 'status: INTT', 'p.yaml:9:112: column status: type INTT is not supported'],
  ['sqlite: {', 'sqlit: {', 'there is no kind of table "sqlit"'],
  ['from: day_log }, at', 'from: day_logs }, at', 'there is no topic or query "day_logs"'],
  ['out: { from: day,', 'out: { from: day_log,', '"day_log" is a table, which only reports read'],
  ['  day: {', '  day_log: {', 'report "day_log" has the name of a topic, query or table'],
  ['  day_log:\n', '  log:\n', 'table "log" has the name of a topic or query'],
  [
    'reports:\n',
    'queries: { q: SELECT path FROM day_log }\nreports:\n',
    'query "q" reads table "day_log", which only reports can read',
  ],
])
