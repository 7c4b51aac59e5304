/** A printed expression is SQL: bound again, it prints the same text. */
import { expect, test } from 'vitest'
import { plan, tree } from '../example-log.test-tool.ts'

const printed = (expression: string): string => {
  const [line = ''] = tree(`SELECT ${expression} AS x FROM log`).split('\n')
  return line.replace(/^project {2}/, '').replace(/ AS x$/, '')
}

test.each([
  ['status + 1', 'status + 1'],
  ['(status + 1) * 2', '(status + 1) * 2'],
  ['-status', '-status'],
  ['status + body_bytes', 'CAST(status AS BIGINT) + body_bytes'],
  ["host = 'it''s'", "host = 'it''s'"],
  ['status IS NOT NULL', 'status IS NOT NULL'],
  ['NOT (status = 1 OR host IS NULL)', 'NOT ((status = 1) OR (host IS NULL))'],
  ["CASE WHEN status = 1 THEN 'a' END", "CASE WHEN status = 1 THEN 'a' ELSE CAST(NULL AS STRING) END"],
  ['COALESCE(status, 0)', 'COALESCE(status, 0)'],
  ['TRY_CAST(host AS DECIMAL(5, 2))', 'TRY_CAST(host AS DECIMAL(5, 2))'],
  ["ts + INTERVAL '90' SECOND", "ts + INTERVAL '90' SECOND"],
  ["COALESCE(CAST(host AS DATE), DATE '2024-02-29')", "COALESCE(CAST(host AS DATE), DATE '2024-02-29')"],
  ['COALESCE(price, 1.50)', 'COALESCE(price, 1.50)'],
  ["ARRAY[host, 'x'][status + 1]", "ARRAY[host, 'x'][status + 1]"],
  ["MAP['a', status, host, 2]['a']", "MAP['a', status, host, 2]['a']"],
  [
    'CAST(ROW(status, host) AS ROW<`a b` INT, x STRING>).`a b` + 1',
    'CAST(ROW(status, host) AS ROW<`a b` INT, x STRING>).`a b` + 1',
  ],
  ['COALESCE(ARRAY[status], ARRAY[1, 2])', 'COALESCE(ARRAY[status], ARRAY[1, 2])'],
  [
    "JSON_VALUE(host, '$.a' RETURNING INT DEFAULT 0 ON EMPTY DEFAULT status ON ERROR)",
    "JSON_VALUE(host, '$.a' RETURNING INT DEFAULT 0 ON EMPTY DEFAULT status ON ERROR)",
  ],
  ["JSON_QUERY(host, '$' WITH ARRAY WRAPPER)", "JSON_QUERY(host, '$' WITH WRAPPER)"],
  [
    "JSON_OBJECT('a' VALUE host, 'b' : JSON_ARRAY(status) ABSENT ON NULL)",
    "JSON_OBJECT('a', host, 'b', JSON_ARRAY(status) ABSENT ON NULL)",
  ],
  ['host IS NOT JSON', 'host IS NOT JSON VALUE'],
])('%s', (expression, expected) => {
  const text = printed(expression)
  expect(text).toBe(expected)
  expect(printed(text)).toBe(text)
})

test('a printed expression has the type of the expression', () => {
  const expression = 'COALESCE(price, status, body_bytes)'
  const typeOf = (text: string) => plan(`SELECT ${text} AS x FROM log`).plan.fields[0]?.type
  expect(typeOf(printed(expression))).toEqual(typeOf(expression))
})
