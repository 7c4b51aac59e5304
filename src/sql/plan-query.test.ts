/** Plans as `explain` prints them, names and types of result columns, and warnings. */
import { expect, test } from 'vitest'
import { BY_METHOD, columns, plan, refusal, TUMBLE, tree, WINDOW } from './example-log.test-tool.ts'
import type { Query } from './plan/plan.ts'

test('a windowed count reads the two columns that it needs, with nothing between window and groups', () => {
  expect(tree(BY_METHOD)).toBe(
    [
      'group    by window_start, window_end, http_method: COUNT(*) AS hits',
      "  window   TUMBLE of INTERVAL '1' MINUTE on ts",
      "    scan     log: decodes ts, http_method; watermark ts - INTERVAL '5' SECOND",
    ].join('\n'),
  )
})

test('WHERE goes below the window, group keys are computed below it, HAVING stays above', () => {
  const sql = `SELECT window_start, status / 100 AS class, SUM(body_bytes + 1) AS s FROM ${TUMBLE}
    WHERE path = '/' GROUP BY ${WINDOW}, status / 100 HAVING COUNT(*) > 2`
  expect(tree(sql)).toBe(
    [
      'project  window_start, status / 100 AS class, SUM(body_bytes + 1) AS s',
      '  filter   COUNT(*) > 2',
      '    group    by window_start, window_end, status / 100: SUM(body_bytes + 1), COUNT(*)',
      "      window   TUMBLE of INTERVAL '1' MINUTE on ts",
      '        project  ts, status / 100, body_bytes + 1',
      "          filter   path = '/'",
      "            scan     log: decodes ts, path, status, body_bytes; watermark ts - INTERVAL '5' SECOND",
    ].join('\n'),
  )
})

const ranked = (where: string, select = `${WINDOW}, http_method`) =>
  `SELECT ${select} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${WINDOW} ORDER BY hits DESC, http_method) AS rn
   FROM (${BY_METHOD})) WHERE ${where}`

test.each([
  ['rn <= 3', 'rows 1 to 3'],
  ['3 >= rn', 'rows 1 to 3'],
  ['rn < 3', 'rows 1 to 2'],
  ['rn = 2', 'row 2'],
  ['rn BETWEEN 2 AND 4', 'rows 2 to 4'],
  ['rn > 1 AND rn <= 1 + 2', 'rows 2 to 3'],
])('WHERE %s bounds a rank to %s', (where, rows) => {
  expect(tree(ranked(where))).toContain(`rank     ${rows} of each window_start, window_end, by hits DESC, http_method`)
  expect(tree(ranked(where))).not.toContain('filter')
})

test('a lower bound without an upper one is a filter, which a bound further out keeps', () => {
  const sql = ranked('rn > 1', '*')
  expect(tree(`SELECT http_method FROM (${sql}) WHERE rn <= 3`)).toMatch(
    /^project .*\n {2}filter {3}rn > 1\n {4}rank {5}rows 1 to 3/,
  )
  expect(() => plan(sql)).toThrow('the end of a rank must be said')
})

test('other conditions on ranked rows are tested after they are ranked', () => {
  expect(tree(ranked('rn <= 3 AND hits > 10'))).toMatch(/^project .*\n {2}filter {3}hits > 10\n {4}rank/)
})

test('a rank that no row can have gives no rows', () => {
  expect(tree(ranked('rn <= 3 AND rn > 5'))).toContain('filter   FALSE')
})

test('the rank is a column only where it is selected', () => {
  const rank = (query: Query) => {
    let node = query.plan
    while (node.kind !== 'rank') node = 'input' in node ? node.input : node
    return node
  }
  expect(rank(plan(ranked('rn <= 3'))).withRank).toBe(false)
  expect(rank(plan(ranked('rn <= 3', 'window_end, rn'))).withRank).toBe(true)
  expect(rank(plan(ranked('rn <= 3'))).windowed).toBe(true)
})

test('sub-queries and projections are merged', () => {
  const sql = 'SELECT b + 1 AS c FROM (SELECT a AS b, host FROM (SELECT status AS a, host FROM log))'
  expect(tree(sql)).toBe('project  status + 1 AS c\n  scan     log: decodes status')
})

test('an expression that is used twice is computed once', () => {
  expect(tree('SELECT a, a * 2 AS b FROM (SELECT status % 7 AS a FROM log)')).toBe(
    'project  a, a * 2 AS b\n  project  status % 7 AS a\n    scan     log: decodes status',
  )
})

test('conditions go into each side of a union', () => {
  const sql = "SELECT x FROM (SELECT host AS x FROM log UNION ALL SELECT name FROM shops) WHERE x = 'a'"
  expect(tree(sql)).toBe(
    [
      'union    2 inputs',
      '  project  host AS x',
      "    filter   host = 'a'",
      '      scan     log: decodes host',
      "  filter   name = 'a'",
      '    scan     shops: decodes name',
    ].join('\n'),
  )
})

test('constants are computed, and conditions that decide nothing are removed', () => {
  expect(tree('SELECT 1 + 2 * 3 AS a, host FROM log WHERE TRUE AND 1 = 1')).toBe(
    'project  7 AS a, host\n  scan     log: decodes host',
  )
  expect(tree('SELECT host FROM log WHERE host IS NULL OR 1 = 1')).toBe('scan     log: decodes host')
})

test('a window over the time of another', () => {
  const sql = `WITH w AS (SELECT window_time AS rt, COUNT(*) AS n FROM ${TUMBLE} GROUP BY ${WINDOW}, window_time)
    SELECT ${WINDOW}, MAX(n) AS m FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '1' HOUR)) GROUP BY ${WINDOW}`
  expect(tree(sql)).toContain("window   TUMBLE of INTERVAL '1' HOUR on rt")
  expect(plan(sql).rowKey).toEqual([0, 1])
})

test('batch mode sorts by columns that are not selected, and then drops them', () => {
  expect(
    tree('SELECT host, COUNT(*) AS n FROM log GROUP BY host ORDER BY MAX(status) DESC, n LIMIT 3 OFFSET 1', 'batch'),
  ).toBe(
    [
      'project  host, n',
      '  sort     by MAX(status) DESC, n, 3 rows, from row 2',
      '    group    by host: COUNT(*) AS n, MAX(status)',
      '      scan     log: decodes host, status',
    ].join('\n'),
  )
})

test('a sort that does not change the result is removed', () => {
  expect(tree('SELECT COUNT(*) FROM (SELECT host FROM log ORDER BY host)', 'batch')).not.toContain('sort')
  expect(tree('SELECT COUNT(*) FROM (SELECT host FROM log ORDER BY host LIMIT 3)', 'batch')).toContain('sort')
  expect(tree('SELECT host FROM (SELECT host FROM log ORDER BY host) LIMIT 3', 'batch')).toContain('by host')
})

test('counting lines reads no column', () => {
  expect(tree('SELECT COUNT(*) FROM log', 'batch')).toContain('scan     log: no columns, only counts lines')
})

test.each([
  ['SELECT 1, 2 AS x, 3', 'EXPR$0 INT, x INT, EXPR$2 INT'],
  ['SELECT status, status, status AS status0 FROM log', 'status INT, status0 INT, status00 INT'],
  ['SELECT * FROM (VALUES (1, 2.5), (CAST(NULL AS INT), 3)) AS t(a, b)', 'a INT, b DECIMAL(11, 1)'],
  [
    'SELECT SUM(status), AVG(status), AVG(body_bytes), COUNT(host) FROM log',
    'EXPR$0 INT, EXPR$1 INT, EXPR$2 BIGINT, EXPR$3 BIGINT',
  ],
  [
    'SELECT SUM(price) AS s, AVG(price) AS a, MIN(price) AS m FROM log',
    's DECIMAL(38, 2), a DECIMAL(38, 6), m DECIMAL(10, 2)',
  ],
  ['SELECT CASE WHEN status = 1 THEN 1 WHEN status = 2 THEN 2.5 END AS c FROM log', 'c DECIMAL(11, 1)'],
  ['SELECT COALESCE(status, body_bytes, 0) AS c FROM log', 'c BIGINT'],
  ["SELECT host AS a FROM log UNION ALL SELECT 'x'", 'a STRING'],
  ['SELECT l.host, `l`.status AS s FROM log AS l', 'host STRING, s INT'],
  ['WITH a(x) AS (SELECT host FROM log), b AS (SELECT x FROM a) SELECT * FROM b', 'x STRING'],
  ["SELECT CAST('7' AS INT) + 1 AS n, TRY_CAST(host AS DECIMAL(5, 2)) AS d FROM log", 'n INT, d DECIMAL(5, 2)'],
])('%s has %s', (sql, expected) => {
  expect(columns(sql)).toBe(expected)
})

test('a share of counts, divided as integers, causes a warning with the text that is meant', () => {
  const share = 'COUNT(*) FILTER (WHERE status >= 500) / COUNT(*)'
  const sql = BY_METHOD.replace('COUNT(*) AS hits', `${share} AS share`)
  const [warning] = plan(sql).warnings
  expect(warning?.message).toContain(share)
  const written = warning?.hint?.replace('for a fraction, write ', '') ?? ''
  expect(columns(written, 'streaming')).toContain('share DOUBLE')
  expect(plan(written).warnings).toEqual([])
})

test('the digits of a literal TIMESTAMP stay inside of the statement', () => {
  const { fields } = plan("SELECT TIMESTAMP '2024-01-01 00:00:00' AS x", 'batch').plan
  expect(fields).toEqual([{ name: 'x', type: { kind: 'TIMESTAMP' } }])
})

// Promise: A comment that looks like a division of other dialects, `a // 2`, brings a warning, and stands beside the mistakes that come of it.
test('a // 2', () => {
  const { warnings } = plan('SELECT host FROM log WHERE status = 404 // 2', 'batch')
  expect(warnings.map(({ hint }) => hint)).toEqual(['for a quotient, write 404 / 2, which is whole for integers'])
  expect(refusal('SELECT (status // 2) AS x FROM log')).toContain('write status / 2')
  expect(plan('SELECT host FROM log // the log', 'batch').warnings).toEqual([])
})
