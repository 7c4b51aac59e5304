/** Names inside of values, and of the columns that UNNEST gives; refusals with their places. */
import { expect, test } from 'vitest'
import { columns, plan, refusal, tree } from '../example-log.test-tool.ts'

const orders =
  "(SELECT host, ts, CAST(ROW(status, host) AS ROW<id INT, name STRING>) AS r, ARRAY[host, path] AS a, MAP[host, status] AS m, ARRAY[CAST(ROW(1, 'x') AS ROW<id INT, name STRING>)] AS people FROM log) AS t"

test.each([
  [
    `SELECT r.id, t.r.name, (r).id AS again, a[1], m['x'], people[1].name FROM ${orders}`,
    'id INT, name STRING, again INT, EXPR$3 STRING, EXPR$4 INT, EXPR$5 STRING',
  ],
  [`SELECT r.* FROM ${orders}`, 'id INT, name STRING'],
  [`SELECT u.* FROM ${orders}, UNNEST(a) AS u`, 'u STRING'],
  [`SELECT u.* FROM ${orders}, UNNEST(a) AS u(x)`, 'x STRING'],
  [`SELECT u.* FROM ${orders}, UNNEST(a) WITH ORDINALITY AS u`, 'u STRING, ORDINALITY INT'],
  [`SELECT u.* FROM ${orders}, UNNEST(m) AS u`, 'KEY STRING, VALUE INT'],
  [`SELECT u.* FROM ${orders}, UNNEST(people) WITH ORDINALITY AS u`, 'id INT, name STRING, ORDINALITY INT'],
  [`SELECT host, u.id FROM ${orders} LEFT JOIN UNNEST(people) AS u ON TRUE`, 'host STRING, id INT'],
  [`SELECT x, y FROM ${orders}, UNNEST(a) AS u(x), UNNEST(ARRAY[x, host]) AS v(y)`, 'x STRING, y STRING'],
  ['SELECT * FROM UNNEST(ARRAY[1, 2])', 'EXPR$0 INT'],
  ['SELECT * FROM UNNEST(ARRAY[1, 2]) AS n', 'n INT'],
  [
    "SELECT ARRAY[1, 2.5], MAP['a', 1], ROW(1, 'x'), (1, NULLIF('x', 'y'))",
    'EXPR$0 ARRAY<DECIMAL(11, 1)>, EXPR$1 MAP<STRING, INT>, EXPR$2 ROW<`EXPR$0` INT, `EXPR$1` STRING>, EXPR$3 ROW<`EXPR$0` INT, `EXPR$1` STRING>',
  ],
  [
    `SELECT COALESCE(r, CAST(ROW(1, 'x') AS ROW<id INT, name STRING>)) AS c FROM ${orders}`,
    'c ROW<id INT, name STRING>',
  ],
])('%s: %s', (sql, expected) => {
  expect(columns(sql)).toBe(expected)
})

test('rows can be grouped by a field, by an array and by a row', () => {
  expect(columns(`SELECT r.id, COUNT(*) AS n FROM ${orders} GROUP BY r.id`)).toBe('id INT, n BIGINT')
  expect(columns(`SELECT r.id, r, COUNT(DISTINCT a) AS n FROM ${orders} GROUP BY r`)).toBe(
    'id INT, r ROW<id INT, name STRING>, n BIGINT',
  )
  expect(columns(`SELECT t.r.id FROM ${orders} GROUP BY r.id`)).toBe('id INT')
})

test('rows that are written out are compared part by part', () => {
  expect(tree("SELECT 1 AS x FROM log WHERE (status, host) = (200, 'a')")).toContain("(status = 200) AND (host = 'a')")
  expect(tree("SELECT 1 AS x FROM log WHERE (status, host) <> (200, 'a')")).toContain(
    "(status <> 200) OR (host <> 'a')",
  )
  expect(tree("SELECT 1 AS x FROM log WHERE (status, host) IN ((200, 'a'), (404, 'b'))")).toContain('status = 404')
})

test('the time and the key of a row go through UNNEST', () => {
  const query = plan(`SELECT ts, x FROM ${orders}, UNNEST(a) AS u(x)`)
  expect(query.plan.fields[0]?.rowtime).toBe(true)
  const minutes =
    "SELECT window_start, window_end, host, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, host"
  const numbered = plan(
    `SELECT window_end, host, x, i FROM (${minutes}) CROSS JOIN UNNEST(ARRAY[n, n + 1]) WITH ORDINALITY AS u(x, i)`,
  )
  expect(numbered.rowKey).toEqual([0, 1, 3])
  const bare = plan(`SELECT window_end, host, x FROM (${minutes}) CROSS JOIN UNNEST(ARRAY[n, n + 1]) AS u(x)`)
  expect(bare.rowKey).toBeUndefined()
  expect(bare.warnings[0]?.message).toContain('because ORDINALITY is not selected')
})

test.each([
  ['SELECT host[1] FROM log', 'host is STRING, which has no elements', 8],
  ['SELECT host.x FROM log', 'host is STRING, which has no fields', 13],
  ['SELECT (host).x FROM log', '(host) is STRING, which has no fields', 15],
  ['SELECT host[2] FROM log', "write JSON_VALUE(host, '$[1]')", 8],
  ["SELECT host['a'] FROM log", "write JSON_VALUE(host, '$.a')", 8],
  ['SELECT host.x FROM log', "write JSON_VALUE(host, '$.x')", 13],
  [`SELECT r['id'] FROM ${orders}`, 'its fields are r.id, r.name', 8],
  [`SELECT 1 FROM ${orders} LEFT JOIN UNNEST(a) AS u`, 'write LEFT JOIN UNNEST(…) AS t ON TRUE', undefined],
  [`SELECT 1 FROM ${orders} JOIN UNNEST(a) AS u`, 'write CROSS JOIN UNNEST(…) AS t', undefined],
  [`SELECT JSON_VALUE(people, '$[0].name') FROM ${orders}`, 'JSON_STRING(…) makes JSON of it', 8],
  [`SELECT UPPER(ROW(people, people, people)) FROM ${orders}`, 'it wants a text, not ROW<…>', 8],
  [`SELECT UPPER(ARRAY[ROW(people, r, people)]) FROM ${orders}`, 'not ARRAY<ROW<…>>', 8],
  [`SELECT r.z FROM ${orders}`, 'r has no field z\n', 10],
  [`SELECT people.name FROM ${orders}`, 'write people[1].name, or UNNEST(people) in FROM', 15],
  [`SELECT m.x FROM ${orders}`, "write m['x']", 10],
  [`SELECT a[0] FROM ${orders}`, 'the first element has index 1', 10],
  [`SELECT a['x'] FROM ${orders}`, 'cannot compute ARRAY<STRING>[STRING]: an index is an INT', 8],
  ["SELECT MAP['a', NULL]", 'cannot compute MAP[STRING, NULL]: NULL has no type here', 8],
  [`SELECT a[NULL] FROM ${orders}`, 'CAST(NULL AS INT)', 10],
  [`SELECT m[1] FROM ${orders}`, 'a key is a STRING, not INT', 8],
  ["SELECT ARRAY[1, 'a']", 'the values have no type in common', 8],
  ["SELECT MAP['a']", 'each key needs a value', 8],
  ['SELECT ARRAY[]', 'ARRAY[ ] needs at least one value', 14],
  [`SELECT a FROM ${orders} ORDER BY a`, 'take an element, such as a[1]', undefined],
  [`SELECT DISTINCT m FROM ${orders}`, 'DISTINCT cannot compare values of type MAP<STRING, INT>', 1],
  [`SELECT COUNT(*) FROM ${orders} GROUP BY m`, "take values of it, such as m['key']", undefined],
  [`SELECT MAX(a) FROM ${orders}`, 'MAX has no order for ARRAY<STRING>', 8],
  [`SELECT a < a FROM ${orders}`, 'cannot be compared', 8],
  [`SELECT GREATEST(a, a) FROM ${orders}`, 'it does not order ARRAY<STRING>', 8],
  [`SELECT 1 FROM ${orders}, UNNEST(host) AS u`, 'UNNEST wants an ARRAY or a MAP, and host is STRING', undefined],
  [`SELECT 1 FROM ${orders}, UNNEST(r) AS u`, 'and r is ROW<id INT, name STRING>', undefined],
  [`SELECT 1 FROM ${orders} RIGHT JOIN UNNEST(a) AS u ON TRUE`, 'RIGHT JOIN cannot be with UNNEST', undefined],
  [`SELECT 1 FROM ${orders} LEFT JOIN UNNEST(a) AS u ON u = 'x'`, 'write ON TRUE', undefined],
  [`SELECT 1 FROM ${orders}, UNNEST(people) AS u(x)`, 'u names 1 columns and has 2', undefined],
  [`SELECT x FROM ${orders}, UNNEST(a) AS u(x), UNNEST(a) AS v(x)`, 'column x is ambiguous', 8],
])('%s is refused: %s', (sql, message, place) => {
  const text = refusal(sql)
  expect(text).toContain(message)
  if (place !== undefined) expect(text).toContain(`line 1:${place}:`)
})
