/** ROW_NUMBER, RANK, LAG and their like: what they mean, what is refused, and QUALIFY. */
import { expect, test } from 'vitest'
import { catalog, columns, plan, refusal } from '../../example-log.test-tool.ts'
import { explain } from '../../explain.ts'
import type { Mode } from '../../plan/plan.ts'

const explained = (sql: string, mode: Mode = 'batch') => explain(plan(sql, mode), catalog)
const warnings = (sql: string) => plan(sql, 'streaming').warnings.map(({ message }) => message)

test('functions have their types and names, and those of one order are one step, whatever the frame', () => {
  const sql = `SELECT ROW_NUMBER() OVER w, RANK() OVER w, DENSE_RANK() OVER w, PERCENT_RANK() OVER w, CUME_DIST() OVER w,
    NTILE(4) OVER w AS quarter, LAG(host) OVER w AS b, LEAD(price, 2) OVER w, LAG(status, 1, 0) OVER w,
    SUM(status) OVER (PARTITION BY host ORDER BY status ROWS 3 PRECEDING) AS s
    FROM log WINDOW w AS (PARTITION BY host ORDER BY status)`
  expect(columns(sql, 'batch')).toBe(
    'EXPR$0 BIGINT, EXPR$1 BIGINT, EXPR$2 BIGINT, EXPR$3 DOUBLE, EXPR$4 DOUBLE, quarter BIGINT, b STRING, EXPR$7 DECIMAL(10, 2), EXPR$8 INT, s INT',
  )
  const text = explained(sql)
  expect(text.match(/ {2}over /g)).toHaveLength(1)
  expect(text).toContain('ROWS BETWEEN 3 PRECEDING AND CURRENT ROW: SUM(status), ROW_NUMBER(), RANK(), DENSE_RANK(),')
  expect(text).toContain('NTILE(4), LAG(host), LEAD(price, 2), LAG(status) AS LAG(status, 1, 0), LAG(*) AS')
})

test('the same call is computed once, also in ORDER BY and in QUALIFY', () => {
  const text = explained(
    `SELECT host, LAG(status) OVER (ORDER BY ts) AS b FROM log QUALIFY b <> LAG(status) OVER (ORDER BY ts) + 1
     ORDER BY LAG(status) OVER (ORDER BY ts), LEAD(status) OVER (ORDER BY ts)`,
  )
  expect(text).toMatch(/over .*: LAG\(status\), LEAD\(status\)\n/)
  expect(text.match(/ {2}over /g)).toHaveLength(1)
  expect(text).toMatch(/project .*\n {4}sort/)
})

test('a function that nothing uses is not computed', () => {
  const used = explained(
    'SELECT b FROM (SELECT LAG(host) OVER w AS b, RANK() OVER w AS r FROM log WINDOW w AS (ORDER BY status))',
  )
  expect(used).toMatch(/over .*: LAG\(host\)/)
  expect(explained('SELECT host FROM (SELECT host, RANK() OVER (ORDER BY status) AS r FROM log)')).not.toContain(
    'over ',
  )
})

test('a number that is bounded is a Top-N, with QUALIFY as well; one that is not numbers the rows', () => {
  const number = 'ROW_NUMBER() OVER (PARTITION BY host ORDER BY status DESC)'
  expect(explained(`SELECT host FROM log QUALIFY ${number} <= 2`)).toContain(
    'rank     rows 1 to 2 of each host, by status DESC',
  )
  expect(explained(`SELECT host, ${number} AS n FROM log QUALIFY n BETWEEN 2 AND 3 AND status > 1`)).toMatch(
    /filter .*> 1\n.*rank {5}rows 2 to 3/,
  )
  expect(explained(`SELECT host, ${number} AS n FROM log`)).toContain(
    'over     each host, by status DESC: ROW_NUMBER()',
  )
  expect(explained(`SELECT * FROM (SELECT host, ${number} AS n FROM log) WHERE n > 2`)).toMatch(
    /filter {3}.* > 2\n.*over/,
  )
  // Beside another function, it is none.
  expect(
    explained(`SELECT * FROM (SELECT host, ${number} AS n, RANK() OVER (ORDER BY status) AS r FROM log) WHERE n = 1`),
  ).toMatch(/filter {3}.*= 1\n/)
  expect(
    explained(
      'SELECT * FROM (SELECT host, RANK() OVER (PARTITION BY host ORDER BY status) AS r FROM log) WHERE r <= 2',
    ),
  ).toMatch(/filter {3}.*<= 2\n.*over/)
})

test('QUALIFY of groups, and of first rows in a stream', () => {
  expect(
    explained('SELECT host, COUNT(*) AS n FROM log GROUP BY host QUALIFY RANK() OVER (ORDER BY COUNT(*) DESC) <= 3'),
  ).toMatch(/filter .*\n.*over .*RANK\(\)\n.*group /)
  const named =
    'SELECT host, SUM(status) AS s FROM log GROUP BY host QUALIFY RANK() OVER (ORDER BY s DESC) <= 2 AND s > 1'
  expect(explained(named)).toMatch(/filter .*\n.*over .*by SUM\(status\) DESC: RANK\(\)\n/)
  const first = 'SELECT * FROM log QUALIFY ROW_NUMBER() OVER (PARTITION BY host ORDER BY ts) = 1'
  expect(explained(first, 'streaming')).toContain('first    row of each host, by ts')
  const top = `SELECT window_start, window_end, host, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' HOUR))
    GROUP BY window_start, window_end, host
    QUALIFY ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY COUNT(*) DESC, host) <= 3`
  expect(explained(top, 'streaming')).toContain('rank     rows 1 to 3 of each window_start, window_end')
})

test('a stream has ROW_NUMBER and LAG by event time, and says that it keeps keys', () => {
  expect(
    explained('SELECT host, ROW_NUMBER() OVER (PARTITION BY host ORDER BY ts) AS n FROM log', 'streaming'),
  ).toContain('over     each host, by ts: ROW_NUMBER()')
  const lag = 'SELECT host, ts, LAG(ts) OVER (PARTITION BY host ORDER BY ts) AS b FROM log'
  expect(explained(lag, 'streaming')).toContain('state    the last 1 row of each partition')
  expect(warnings(lag)).toMatchObject([expect.stringContaining('every host that was ever seen is kept')])
  expect(warnings('SELECT LAG(ts) OVER (ORDER BY ts) AS b FROM log')).toEqual([])
  const same =
    'SELECT LAG(status) OVER w AS b, SUM(status) OVER w AS s FROM log WINDOW w AS (PARTITION BY host ORDER BY ts)'
  expect(explained(same, 'streaming')).toContain('UNBOUNDED PRECEDING AND CURRENT ROW: SUM(status), LAG(status)')
})

test('the total of a window, by its time, is forgotten with the window', () => {
  const share = `SELECT window_start, window_end, window_time, host, COUNT(*) AS n,
      COUNT(*) * 100.0 / SUM(COUNT(*)) OVER (PARTITION BY window_start, window_end ORDER BY window_time) AS share
    FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, window_time, host`
  const text = explained(share, 'streaming')
  expect(text).toContain('RANGE BETWEEN CURRENT ROW AND CURRENT ROW')
  expect(warnings(share)).toEqual([])
})

test.each<[string, string, string]>([
  ['SELECT RANK() OVER (PARTITION BY host) FROM log', 'RANK() wants an order', 'ORDER BY'],
  ['SELECT ROW_NUMBER() OVER () FROM log', 'ROW_NUMBER() wants an order', 'ORDER BY'],
  ['SELECT RANK(status) OVER (ORDER BY status) FROM log', 'RANK has other arguments', 'write RANK() OVER'],
  ['SELECT NTILE() OVER (ORDER BY status) FROM log', 'NTILE has other arguments', 'NTILE(4)'],
  ['SELECT NTILE(0) OVER (ORDER BY status) FROM log', 'a whole number from 1 on', 'NTILE(4)'],
  ['SELECT NTILE(status) OVER (ORDER BY status) FROM log', 'there is no column status', ''],
  ['SELECT LAG(status, -1) OVER (ORDER BY ts) FROM log', 'a whole number from 0 on', 'LAG(x, 2)'],
  ['SELECT LAG(status, 1.5) OVER (ORDER BY ts) FROM log', 'a whole number from 0 on', 'LAG(x, 2)'],
  ["SELECT LAG(status, 1, 'x') OVER (ORDER BY ts) FROM log", 'the type of status, INT, not STRING', "CAST('x' AS INT)"],
  ['SELECT LAG(status, 1, 1.5) OVER (ORDER BY ts) FROM log', 'the type of status, INT', 'CAST(1.5 AS INT)'],
  ['SELECT LAG(ts) OVER (ORDER BY ts) FROM log', 'LAG takes no TIMESTAMP_LTZ', 'LAG(CAST(ts AS TIMESTAMP(3)))'],
  ['SELECT LEAD(ARRAY[host]) OVER (ORDER BY ts) FROM log', 'LEAD takes no ARRAY', ''],
  ['SELECT RANK() OVER (ORDER BY ts) FROM log', 'RANK() takes no order by a TIMESTAMP_LTZ', 'CAST(ts AS TIMESTAMP(3))'],
  ['SELECT RANK() OVER (ORDER BY status ROWS 3 PRECEDING) FROM log', 'RANK takes no ROWS or RANGE', 'leave it out'],
  ['SELECT RANK() FILTER (WHERE status > 1) OVER (ORDER BY status) FROM log', 'FILTER cannot stand behind RANK', ''],
  ['SELECT NTH_VALUE(host, 2) OVER (ORDER BY ts) FROM log', 'Flink SQL has no NTH_VALUE', 'ROW_NUMBER()'],
  ['SELECT UPPER(host) OVER (ORDER BY ts) FROM log', 'UPPER cannot have OVER', 'ROW_NUMBER'],
  ['SELECT host FROM log QUALIFY status > 1', 'QUALIFY filters by what is over a window', 'write WHERE'],
  ['SELECT host FROM log QUALIFY LAG(status) OVER (ORDER BY ts)', 'QUALIFY must be a condition', ''],
])('in batch mode, %s is refused', (sql, message, hint) => {
  const text = refusal(sql, 'batch')
  expect(text).toContain(message)
  expect(text).toContain(hint)
})

test.each<[string, string, string]>([
  [
    'SELECT LEAD(status) OVER (ORDER BY ts) FROM log',
    'LEAD is not supported over a stream',
    'LAG looks at the row before',
  ],
  ['SELECT RANK() OVER (ORDER BY ts) FROM log', 'RANK is not supported over a stream', 'ROW_NUMBER()'],
  ['SELECT NTILE(4) OVER (ORDER BY ts) FROM log', 'NTILE is not supported over a stream', 'batch mode'],
  ['SELECT CUME_DIST() OVER (ORDER BY ts) FROM log', 'CUME_DIST is not supported over a stream', 'batch mode'],
  ['SELECT LAG(status) OVER (ORDER BY status) FROM log', 'defined on a time attribute', 'ORDER BY ts'],
  ['SELECT LAG(status) OVER (PARTITION BY host) FROM log', 'ordered by a single time column', 'ORDER BY ts'],
  ['SELECT LAG(status, 1, bytes_sent) OVER (ORDER BY ts) FROM log', 'there is no column bytes_sent', ''],
  ['SELECT LAG(status, 1, status) OVER (ORDER BY ts) FROM log', 'must be a constant', 'COALESCE(LAG(…)'],
  ['SELECT LAG(price, 1, 0) OVER (ORDER BY ts) FROM log', 'DECIMAL(10, 2), not INT', 'CAST(0 AS DECIMAL(10, 2))'],
  [
    'SELECT LAG(status) OVER (ORDER BY ts), COUNT(*) OVER (ORDER BY ts ROWS 3 PRECEDING) FROM log',
    'the same window in a stream',
    'a query around it',
  ],
  [
    'SELECT ROW_NUMBER() OVER (ORDER BY ts), COUNT(*) OVER (ORDER BY ts) FROM log',
    'the same window in a stream',
    'a query around it',
  ],
  ['SELECT ROW_NUMBER() OVER (PARTITION BY host ORDER BY status) FROM log', 'nothing says how many', 'WHERE rn <= 10'],
  [
    'SELECT * FROM (SELECT host, ROW_NUMBER() OVER (PARTITION BY host ORDER BY ts) AS n FROM log) WHERE n > 1',
    'the end of a rank must be said',
    'BETWEEN 2 AND 10',
  ],
])('in a stream, %s is refused', (sql, message, hint) => {
  const text = refusal(sql, 'streaming')
  expect(text).toContain(message)
  expect(text).toContain(hint)
})
