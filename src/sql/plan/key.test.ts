/** The columns that name the rows of a result. */
import { expect, test } from 'vitest'
import { BY_METHOD, plan, WINDOW } from '../example-log.test-tool.ts'
import type { Mode } from './plan.ts'

const keyOf = (sql: string, mode: Mode = 'streaming') => {
  const { rowKey, plan: result } = plan(sql, mode)
  return rowKey?.map((column) => result.fields[column]?.name)
}
const top = (select: string) => `SELECT ${select} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${WINDOW}
  ORDER BY hits DESC) AS rn FROM (${BY_METHOD})) WHERE rn <= 3`
const cumulate = (select: string) =>
  `SELECT ${select}, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE))
   GROUP BY ${WINDOW}`
const joined = (select: string) =>
  `SELECT ${select}, COUNT(*) AS n FROM (SELECT a.window_start, a.window_end FROM
   TABLE(CUMULATE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) a JOIN
   TABLE(CUMULATE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) b
   ON a.window_start = b.window_start AND a.window_end = b.window_end) GROUP BY ${WINDOW}`
const session = (select: string, by = '') =>
  `SELECT ${select}, COUNT(*) AS n FROM TABLE(SESSION(TABLE log PARTITION BY host, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
   GROUP BY ${WINDOW}${by}`

// Promise row-key: Each row has a key that the planner derives; it is the key of its record.
test.each([
  ['groups and window', BY_METHOD, ['window_start', 'window_end', 'http_method']],
  ['one end of a window is enough', BY_METHOD.replace(WINDOW, 'window_start'), ['window_start', 'http_method']],
  ['a window that grows is known by its end', cumulate('window_end'), ['window_end']],
  ['its start is not enough', cumulate('window_start'), undefined],
  ['windows that grow and are joined are known by their end too', joined('window_end'), ['window_end']],
  ['and not by their start', joined('window_start'), undefined],
  ['a session of a key is known by its end', session('window_end, host', ', host'), ['window_end', 'host']],
  ['one may begin where another did', session('window_start, host', ', host'), undefined],
  ['sessions of all keys are known by both ends', session(WINDOW), ['window_start', 'window_end']],
  ['one of them is not enough', session('window_end'), undefined],
  ['a group column that is not selected', BY_METHOD.replace('http_method, COUNT', 'COUNT'), undefined],
  [
    'a constant names no row, selected or not',
    BY_METHOD.replace(/$/, ", 'a'").replace('http_method, COUNT', "http_method, 'a' IN ('a', 'b') AS k, COUNT"),
    ['window_start', 'window_end', 'http_method'],
  ],
  ['partition and rank', top('window_end, rn, hits'), ['window_end', 'rn']],
  [
    'without the rank, the key of the rows that are ranked',
    top('window_end, http_method'),
    ['window_end', 'http_method'],
  ],
  ['rows that are not grouped', 'SELECT host FROM log', undefined],
])('%s', (_, sql, expected) => {
  expect(keyOf(sql)).toEqual(expected)
})

test('a key column that is not selected causes a warning', () => {
  const { warnings } = plan(BY_METHOD.replace('http_method, COUNT', 'COUNT'))
  expect(warnings.map(({ message }) => message)).toEqual([
    'the rows have no key of their own, because http_method is not selected',
  ])
})

test('one group of all rows is one row, which needs no key', () => {
  expect(keyOf('SELECT COUNT(*) FROM log', 'batch')).toEqual([])
})
