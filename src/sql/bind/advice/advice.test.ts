/** Warnings of probable mistakes: integers without their fraction, NULL, letters of patterns, and ties of a Top-N. */
import { expect, test } from 'vitest'
import { plan } from '../../example-log.test-tool.ts'
import type { Mode } from '../../plan/plan.ts'

const warned = (sql: string, mode: Mode = 'batch') =>
  plan(sql, mode).warnings.map(({ message, range }) => ({ message, text: range && sql.slice(range.start, range.end) }))

const DIVIDES = /divides integers/
const WHOLE = /is of integers/

test.each<[string, RegExp, string]>([
  ['SELECT SUM(body_bytes) / 1024 FROM log', DIVIDES, 'SUM(body_bytes) / 1024'],
  ['SELECT host, COUNT(*) * 100 / status FROM log GROUP BY host, status', DIVIDES, 'COUNT(*) * 100 / status'],
  ['SELECT 100 / COUNT(*) FROM log', DIVIDES, '100 / COUNT(*)'],
  ['SELECT host FROM log GROUP BY host HAVING SUM(status) / COUNT(*) > 1', DIVIDES, 'SUM(status) / COUNT(*)'],
  ['SELECT status * 100 / SUM(status) OVER () FROM log', DIVIDES, 'status * 100 / SUM(status) OVER ()'],
  ['SELECT status / body_bytes FROM log', DIVIDES, 'status / body_bytes'],
  ['SELECT body_bytes / 1024 FROM log', DIVIDES, 'body_bytes / 1024'],
  ['SELECT MAX(body_bytes / 1000) FROM log', DIVIDES, 'body_bytes / 1000'],
  ['SELECT hits / total FROM (SELECT COUNT(*) AS hits, SUM(status) AS total FROM log)', DIVIDES, 'hits / total'],
  [
    'SELECT host FROM log QUALIFY RANK() OVER (ORDER BY status) / 60 > 1',
    DIVIDES,
    'RANK() OVER (ORDER BY status) / 60',
  ],
  ['SELECT AVG(status) FROM log', WHOLE, 'AVG(status)'],
  ['SELECT ROUND(AVG(status), 2) FROM log', WHOLE, 'AVG(status)'],
  ['SELECT AVG(status) OVER (ORDER BY ts) FROM log', WHOLE, 'AVG(status) OVER (ORDER BY ts)'],
  ['SELECT host FROM log GROUP BY host HAVING AVG(status) > 1.5', WHOLE, 'AVG(status)'],
  ['SELECT host FROM log WHERE host = NULL', /is never TRUE/, 'host = NULL'],
  ['SELECT host FROM log WHERE NULL <> host', /is never TRUE/, 'NULL <> host'],
  ["SELECT DATE_FORMAT(ts, '%Y-%m-%d') FROM log", /has %/, "DATE_FORMAT(ts, '%Y-%m-%d')"],
  ["SELECT DATE_FORMAT(ts, 'YYYY-MM-dd') FROM log", /Y is the year of the week/, "DATE_FORMAT(ts, 'YYYY-MM-dd')"],
])('%s', (sql, message, text) => {
  const all = warned(sql)
  expect(all).toHaveLength(1)
  expect(all[0]?.message).toMatch(message)
  expect(all[0]?.text).toBe(text)
})

test.each([
  'SELECT status / 100 AS class, COUNT(*) FROM log GROUP BY status / 100',
  'SELECT status / 100 AS class FROM log',
  'SELECT body_bytes / 1024, COUNT(*) FROM log GROUP BY body_bytes / 1024',
  'SELECT SUM(body_bytes) / 1024e0, SUM(price) / 2, AVG(price), AVG(CAST(status AS DOUBLE)) FROM log',
  'SELECT host FROM log WHERE host IS NULL',
  "SELECT DATE_FORMAT(ts, 'yyyy-MM-dd''T''HH:mm') FROM log",
  'SELECT SUM(status) * 1.0 / COUNT(*) FROM log',
])('%s brings no warning', (sql) => {
  expect(warned(sql)).toEqual([])
})

const top = (order: string, by = 'window_start, window_end') => `SELECT * FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY ${by} ORDER BY ${order}) AS rn FROM (
    SELECT window_start, window_end, path, COUNT(*) AS hits FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE))
    GROUP BY window_start, window_end, path)) WHERE rn <= 3`

test('a Top-N of groups whose order leaves ties open says what to add', () => {
  const [warning] = plan(top('hits DESC'), 'streaming').warnings
  expect(warning?.message).toBe('rows with the same hits are a tie: nothing says which of them are among the first')
  expect(warning?.hint).toBe('add path to ORDER BY')
  expect(plan(top('hits DESC, path'), 'streaming').warnings).toEqual([])
  expect(plan(top('hits DESC', 'window_start, window_end, path'), 'streaming').warnings).toEqual([])
})
