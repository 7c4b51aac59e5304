/** A statement that is wrong or not supported is refused with a place, and with a text to write instead. */
import { expect, test } from 'vitest'
import { columns, plan, refusal, TUMBLE, WINDOW } from '../example-log.test-tool.ts'

test.each([
  ['SELECT host, COUNT(*) AS n FROM log WHERE status = 200 GROUP BY host', 'host STRING, n BIGINT'],
  ['SELECT COUNT(*) AS n FROM log', 'n BIGINT'],
])('a stream grouped without a window, %s: what is said instead is a statement that works', (sql, others) => {
  const hint = /write (SELECT .*)$/.exec(plan(sql, 'streaming').instead ?? '')?.[1] ?? ''
  expect(columns(hint, 'streaming')).toBe(`window_start TIMESTAMP(3), window_end TIMESTAMP(3), ${others}`)
})

test.each([
  ['SELECT hots FROM log', 'there is no column hots', 'did you mean host?'],
  ['SELECT host FROM lug', 'there is no table lug', 'did you mean log?'],
  ['SELECT x.host FROM log AS l', 'there is no table x in FROM', 'the tables are l'],
  ['SELECT CONT(*) FROM log', 'there is no function CONT', 'did you mean COUNT?'],
  ['SELECT LENGTH(host) FROM log', 'there is no function LENGTH', 'CHAR_LENGTH'],
  ['SELECT host + 1 FROM log', 'STRING + INT', ''],
  ['SELECT host FROM log WHERE status', 'must be a condition (BOOLEAN), not INT', ''],
  ['SELECT host FROM log WHERE COUNT(*) > 1', 'WHERE cannot', 'HAVING'],
  ['SELECT host, COUNT(*) AS n FROM log GROUP BY host HAVING n > 1', 'HAVING does not know n', 'COUNT(*)'],
  ['SELECT status AS s FROM log WHERE s > 1', 'WHERE does not know s', 'status'],
  ['SELECT host, status FROM log GROUP BY host', 'neither grouped by nor aggregated', 'MAX(status)'],
  ['SELECT SUM(host) FROM log', 'SUM wants a number, not STRING', 'CAST'],
  ['SELECT SUM(COUNT(*)) FROM log', 'the inside of SUM cannot', ''],
  ['SELECT NULL AS x', 'bare NULL', 'CAST(NULL AS STRING)'],
  ["SELECT DATE '2024-01-01' + INTERVAL '24' HOUR AS d", 'beside a DATE', 'CAST'],
  ['SELECT host FROM log ORDER BY 2', 'ORDER BY 2 means a column', ''],
  ['SELECT DISTINCT host FROM log ORDER BY status', 'SELECT DISTINCT can only', ''],
  ["SELECT a FROM (VALUES (1), ('x')) AS t(a)", 'different types', 'CAST'],
  ['SELECT a FROM (VALUES (1, 2), (3)) AS t(a, b)', 'as long as the first', ''],
  ['SELECT a FROM (VALUES (1)) AS t(a, b)', 'names 2 columns and has 1', 'EXPR$0'],
  ['SELECT x FROM (SELECT host AS x, path AS x FROM log)', 'ambiguous', 'AS'],
  ['SELECT CAST(host AS MEDIUMINT) FROM log', 'MEDIUMINT is not supported', 'INT'],
  ['SELECT 1 UNION ALL SELECT 1, 2', 'as many columns', ''],
])('%s', (sql, message, hint) => {
  const text = refusal(sql)
  expect(text).toContain(message)
  expect(text).toContain(hint)
  expect(text).toMatch(/^line 1:\d+: /)
})

const windowOf = (call: string) => `SELECT ${WINDOW}, COUNT(*) AS n FROM TABLE(${call}) GROUP BY ${WINDOW}`

test.each([
  ["TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '0' SECOND)", 'longer than nothing'],
  ["TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MONTH)", 'in months'],
  ['TUMBLE(TABLE log, DESCRIPTOR(ts), 60)', 'must be an interval'],
  ["TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '5' MINUTE)", 'OFFSET'],
  ["TUMBLE(TABLE log, DESCRIPTOR(host), INTERVAL '5' MINUTE)", 'column host is STRING'],
  ["TUMBLE(TABLE log, DESCRIPTOR(tz), INTERVAL '5' MINUTE)", 'did you mean ts?'],
  ["TUMBLE(TABLE log, ts, INTERVAL '5' MINUTE)", 'DESCRIPTOR(column)'],
  ['TUMBLE(TABLE log, DESCRIPTOR(ts))', 'TUMBLE has no SIZE'],
  ["HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '1' MINUTE)", 'the SLIDE comes before the SIZE'],
  ["HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '0.001' SECOND, INTERVAL '1' DAY)", "INTERVAL '8.64' SECOND"],
  ["HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '9999' DAY(4))", "at least INTERVAL '1' DAY"],
  ["CUMULATE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '1' DAY)", 'can be in at most 10000'],
  ["HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '3' MINUTE, INTERVAL '10' MINUTE)", 'multiple'],
  ["SESSION(TABLE log, DESCRIPTOR(ts), INTERVAL '0' MINUTE)", 'the GAP of SESSION must be longer than nothing'],
  ["SESSION(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MONTH)", 'the GAP of SESSION is in months'],
  ["SESSION(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '1' MINUTE)", 'SESSION has too many arguments'],
  ["SESSION(TABLE log PARTITION BY hots, DESCRIPTOR(ts), INTERVAL '5' MINUTE)", 'did you mean host?'],
  ["SESSION(TABLE log PARTITION BY UPPER(host), DESCRIPTOR(ts), INTERVAL '5' MINUTE)", 'PARTITION BY names columns'],
  ["TUMBEL(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE)", 'did you mean TUMBLE?'],
])('%s', (call, message) => {
  expect(refusal(windowOf(call), 'streaming')).toContain(message)
})

test('SESSION is refused in batch mode, as in Flink, unless more than that is asked for', () => {
  const sql = windowOf("SESSION(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE)")
  expect(refusal(sql, 'batch')).toContain('SESSION is for streaming mode')
})

test.each([
  ['SELECT host FROM log ORDER BY host', 'ORDER BY needs an end'],
  ['SELECT host FROM log LIMIT 3', 'LIMIT and OFFSET need an end'],
  ['SELECT host FROM log UNION SELECT name FROM shops', 'UNION ALL'],
  [
    'SELECT COUNT(*) FROM (SELECT host, COUNT(*) AS n FROM log GROUP BY host)',
    'groups over an answer that changes are not supported: rows that they have counted would change',
  ],
  [
    'SELECT host, n FROM (SELECT host, COUNT(*) AS n FROM log GROUP BY host) UNION ALL SELECT host, 1 FROM log',
    'UNION ALL over an answer that changes is not supported',
  ],
  [
    `SELECT http_method, COUNT(*) FROM (SELECT http_method, window_start FROM ${TUMBLE} GROUP BY ${WINDOW}, http_method) GROUP BY http_method`,
    'a group cannot stand below an answer that changes',
  ],
  ['SELECT COUNT(*) AS n FROM log GROUP BY host', 'rows that change are known by their key, and host is not selected'],
  [
    'SELECT status, host FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY host ORDER BY status) AS n FROM log) WHERE n <= 2',
    'and the rank is not selected',
  ],
  [
    'SELECT host FROM (SELECT host, ROW_NUMBER() OVER (PARTITION BY path ORDER BY status) AS rn FROM log) WHERE rn = 1',
    'PARTITION BY window_start, window_end, path; for the first row of each key alone, ORDER BY ts and WHERE … = 1',
  ],
  [
    'SELECT host FROM (SELECT host, ROW_NUMBER() OVER (PARTITION BY path ORDER BY ts) AS rn FROM log) WHERE rn <= 2',
    'PARTITION BY window_start, window_end, path; for the first row of each key alone, ORDER BY ts and WHERE … = 1',
  ],
  [
    'SELECT host FROM (SELECT host, ROW_NUMBER() OVER (PARTITION BY path ORDER BY ts, host) AS rn FROM log) WHERE rn = 1',
    'and path is not selected',
  ],
  [
    'SELECT host FROM (SELECT host, ROW_NUMBER() OVER (PARTITION BY path ORDER BY status) AS rn FROM log)',
    'ROW_NUMBER() is for the first N rows, and nothing says how many',
  ],
  [
    `SELECT COUNT(*) FROM TABLE(TUMBLE((SELECT CAST(ts AS TIMESTAMP(3)) AS t FROM log), DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY ${WINDOW}`,
    'has no watermark',
  ],
])('streaming: %s', (sql, message) => {
  expect(refusal(sql, 'streaming')).toContain(message)
})

test.each([
  ['SELECT host, COUNT(*) AS n FROM log GROUP BY host', 'every host that was ever seen'],
  [
    'SELECT p, n, place FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC, p) AS place FROM (SELECT path AS p, COUNT(*) AS n FROM log GROUP BY path)) WHERE place < 4',
    'every path that was ever seen',
  ],
  ['SELECT COUNT(*) AS n FROM log', undefined],
  [
    'SELECT host, n FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY status DESC, ts, host) AS n FROM log) WHERE n < 4',
    undefined,
  ],
])('a state without an end is told by its keys: %s', (sql, message) => {
  const found = plan(sql, 'streaming').warnings.map((warning) => warning.message)
  if (message === undefined) expect(found).toEqual([])
  else expect(found).toEqual([expect.stringContaining(message)])
})

// Promise: ORDER BY in a stream is refused with the Top-N to write, which is one.
test.each([
  [
    'SELECT status, COUNT(*) AS n FROM log GROUP BY status ORDER BY n DESC LIMIT 3',
    'ORDER BY n DESC) AS rn',
    'rn <= 3',
  ],
  ['SELECT host, path AS `at`, ts FROM log ORDER BY 2', 'ORDER BY `at`) AS rn', 'rn <= 10'],
  [
    `SELECT window_start, window_end, host, SUM(body_bytes) AS traffic FROM ${TUMBLE} GROUP BY window_start, window_end, host ORDER BY traffic DESC, host`,
    'PARTITION BY window_start, window_end ORDER BY traffic DESC, host)',
    'rn <= 10',
  ],
])('%s', (sql, order, bound) => {
  const hint = refusal(sql, 'streaming').split('\n').at(-1) ?? ''
  expect(hint).toContain(order)
  expect(plan(hint.replace(/^.*write SELECT/, 'SELECT'), 'streaming').plan).toBeDefined()
  expect(hint.endsWith(bound)).toBe(true)
})
