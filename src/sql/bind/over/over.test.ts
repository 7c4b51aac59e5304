/** Windows of rows: what they mean, and what is refused, with what to write instead. */
import { expect, test } from 'vitest'
import { catalog, columns, plan, refusal } from '../../example-log.test-tool.ts'
import { explain } from '../../explain.ts'
import type { Mode } from '../../plan/plan.ts'

const OVER = "OVER (PARTITION BY host ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)"
const explained = (sql: string, mode: Mode = 'streaming') => explain(plan(sql, mode), catalog)

test('aggregates over one window, by name or written out, are one step', () => {
  const text = explained(
    `SELECT host, AVG(CAST(status AS DOUBLE)) ${OVER} AS a, COUNT(*) OVER w AS n, COUNT(*) OVER w + 1 AS m FROM log
     WINDOW w AS (PARTITION BY host ORDER BY ts RANGE INTERVAL '1' HOUR PRECEDING)`,
  )
  expect(text).toContain(
    "over     each host, by ts, RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW: AVG(CAST(status AS DOUBLE)), COUNT(*)\n",
  )
  expect(text.match(/ {2}over /g)).toHaveLength(1)
  expect(text).toContain('state    the rows of the last 1 h')
  expect(text).toContain('row key  none')
})

test.each<[string, string]>([
  ['COUNT(*) OVER (ORDER BY ts)', 'RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'],
  ['COUNT(*) OVER (ORDER BY ts ROWS 3 PRECEDING)', 'ROWS BETWEEN 3 PRECEDING AND CURRENT ROW'],
  ['COUNT(*) OVER (PARTITION BY host)', 'RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING'],
  [
    'COUNT(*) OVER (ORDER BY status RANGE BETWEEN 5 PRECEDING AND 1 FOLLOWING)',
    'RANGE BETWEEN 5 PRECEDING AND 1 FOLLOWING',
  ],
  [
    'COUNT(*) OVER (ORDER BY status DESC, ts ROWS BETWEEN 1 + 1 PRECEDING AND 1 PRECEDING)',
    'ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING',
  ],
])('the frame of %s in batch mode', (call, frame) => {
  expect(explained(`SELECT ${call} AS n FROM log`, 'batch')).toContain(frame)
})

test('types, names, and windows over groups', () => {
  const all = (items: string) => `SELECT ${items}, COUNT(*) OVER (ORDER BY ts) AS n FROM (SELECT ts, host FROM log)`
  for (const items of ['ts, host', 'host, ts', '*', 'ts']) {
    expect(columns(all(items), 'streaming')).toMatch(/, n BIGINT$/)
  }
  expect(columns(`SELECT SUM(status) OVER (ORDER BY ts), AVG(price) OVER (ORDER BY ts) FROM log`, 'batch')).toMatch(
    /^EXPR\$0 INT, EXPR\$1 DECIMAL\(38, 6\)$/,
  )
  const grouped = `SELECT window_start, window_end, window_time, host, COUNT(*) AS n,
    AVG(CAST(COUNT(*) AS DOUBLE)) OVER (PARTITION BY host ORDER BY window_time ROWS 59 PRECEDING) AS mean
    FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, window_time, host`
  const query = plan(grouped, 'streaming')
  // The key of the group stays the key of its row.
  expect(query.rowKey?.map((column) => query.plan.fields[column]?.name)).toEqual([
    'window_start',
    'window_end',
    'window_time',
    'host',
  ])
})

test('conditions on the columns of PARTITION BY are tested before, others after', () => {
  const text = explained(
    `SELECT * FROM (SELECT host, status, COUNT(*) ${OVER} AS n FROM log) WHERE host = 'a' AND status > 1 AND n > 2`,
  )
  expect(text).toMatch(/filter {3}\(status > 1\) AND .* > 2\)\n.*over .*\n.*filter {3}host = 'a'/)
})

test('an aggregate that nothing uses is not computed', () => {
  expect(explained(`SELECT host FROM (SELECT host, COUNT(*) ${OVER} AS n FROM log)`)).not.toContain('over ')
})

test('a window without an end in time warns that its keys are kept', () => {
  const warnings = (sql: string) => plan(sql, 'streaming').warnings.map(({ message }) => message)
  expect(warnings('SELECT COUNT(*) OVER (PARTITION BY host ORDER BY ts) AS n FROM log')).toMatchObject([
    expect.stringContaining('every host that was ever seen is kept'),
  ])
  expect(warnings('SELECT COUNT(*) OVER (ORDER BY ts) AS n FROM log')).toEqual([])
  expect(warnings(`SELECT COUNT(*) ${OVER} AS n FROM log`)).toEqual([])
  expect(warnings('SELECT AVG(status) OVER (ORDER BY ts) AS n FROM log')).toMatchObject([
    expect.stringContaining('is of integers, so it is an integer'),
  ])
})

test.each<[string, string, string]>([
  [
    'SELECT COUNT(*) OVER (ORDER BY ts), SUM(status) OVER (PARTITION BY host ORDER BY ts) FROM log',
    'the same window in a stream',
    'a query around it',
  ],
  [
    'SELECT COUNT(*) OVER (ORDER BY ts), ROW_NUMBER() OVER (ORDER BY ts) FROM log',
    'the same window in a stream',
    'a query around it',
  ],
  ['SELECT COUNT(*) OVER (PARTITION BY host) FROM log', 'ordered by a single time column', 'ORDER BY ts RANGE'],
  ['SELECT COUNT(*) OVER (ORDER BY ts, host) FROM log', 'ordered by a single time column', 'ORDER BY ts RANGE'],
  ['SELECT COUNT(*) OVER (ORDER BY status) FROM log', 'defined on a time attribute', 'ORDER BY ts RANGE'],
  ['SELECT COUNT(*) OVER (ORDER BY ts DESC) FROM log', 'in ascending mode', 'ORDER BY ts'],
  [
    'SELECT COUNT(*) OVER (ORDER BY ts ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM log',
    'FOLLOWING',
    'AND CURRENT ROW',
  ],
  [
    'SELECT COUNT(*) OVER (ORDER BY ts ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) FROM log',
    'ends at CURRENT ROW',
    'AND CURRENT ROW',
  ],
])('in a stream, %s is refused', (sql, message, hint) => {
  const text = refusal(sql, 'streaming')
  expect(text).toContain(message)
  expect(text).toContain(hint)
})

test.each<[string, string, string]>([
  ['SELECT COUNT(DISTINCT host) OVER (ORDER BY ts) FROM log', 'DISTINCT …) OVER (…) is not supported yet', ''],
  [
    'SELECT SUM(status) FILTER (WHERE host = path) OVER (ORDER BY ts) FROM log',
    'FILTER cannot stand before OVER',
    'SUM(CASE WHEN host = path THEN status END)',
  ],
  ['SELECT COUNT(*) OVER w FROM log WINDOW v AS (ORDER BY ts)', 'there is no window w', 'the windows are v'],
  ['SELECT COUNT(*) OVER w FROM log', 'there is no window w', 'write WINDOW w AS'],
  [
    'SELECT COUNT(*) OVER w FROM log WINDOW w AS (ORDER BY ts), w AS (ORDER BY host)',
    'the window w is there twice',
    'another name',
  ],
  ['SELECT COUNT(*) OVER (ROWS 1 PRECEDING) FROM log', 'OVER has no ORDER BY', 'ORDER BY ts'],
  ['SELECT COUNT(*) OVER (ORDER BY host RANGE 1 PRECEDING) FROM log', 'one time or number', 'ROWS'],
  ['SELECT COUNT(*) OVER (ORDER BY ts RANGE 1 PRECEDING) FROM log', 'must be an interval', "INTERVAL '1' HOUR"],
  ["SELECT COUNT(*) OVER (ORDER BY ts ROWS INTERVAL '1' DAY PRECEDING) FROM log", 'must be a whole number', '10'],
  ['SELECT COUNT(*) OVER (ORDER BY ts ROWS status PRECEDING) FROM log', 'there is no column status', ''],
  ['SELECT COUNT(*) OVER (ORDER BY ts ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM log', 'ends before it begins', ''],
  ['SELECT COUNT(*) OVER (ORDER BY ts ROWS -1 PRECEDING) FROM log', 'cannot be below 0', ''],
  [
    'SELECT host FROM log WHERE COUNT(*) OVER (ORDER BY ts) > 1',
    'can only stand in SELECT, not in WHERE',
    'a query around it',
  ],
  [
    'SELECT SUM(COUNT(*) OVER (ORDER BY ts)) OVER (ORDER BY ts) FROM log',
    'can only stand in SELECT',
    'a query around it',
  ],
])('in both modes, %s is refused', (sql, message, hint) => {
  const text = refusal(sql, 'batch')
  expect(text).toContain(message)
  expect(text).toContain(hint)
})
