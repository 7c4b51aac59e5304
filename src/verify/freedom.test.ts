import { expect, test } from 'vitest'
import { BIGINT, DOUBLE, INT, STRING, timestamp } from '../record/type.ts'
import type { Catalog } from '../sql/catalog.ts'
import { planQuery } from '../sql/plan-query.ts'
import { choiceIn, freedomOf } from './freedom.ts'
import { calledOfTheMoment } from './of-the-moment.ts'

const catalog: Catalog = new Map([
  [
    'log',
    {
      name: 'log',
      fields: [
        { name: 'path', type: STRING },
        { name: 'hits', type: INT },
        { name: 'seconds', type: DOUBLE },
        { name: 'ts', type: timestamp(3, true), rowtime: true },
        { name: 'size', type: BIGINT },
      ],
      rowtime: { field: 3, delay: 0 },
    },
  ],
])
const planned = (sql: string, mode: 'batch' | 'streaming' = 'batch') =>
  planQuery(sql, catalog, { mode, session: { timezone: 'UTC', now: 0 } }).plan
const free = (sql: string) => freedomOf(planned(sql))

test.each([
  ['SELECT path, SUM(seconds) AS s FROM log GROUP BY path', [1]],
  ['SELECT path, SUM(hits) AS s, MAX(seconds) AS m, COUNT(seconds) AS n FROM log GROUP BY path', []],
  ['SELECT path, ROUND(AVG(seconds) * 2, 1) AS a, STDDEV_POP(seconds) AS d FROM log GROUP BY path', [1, 2]],
  ['SELECT path, SUM(seconds) OVER (PARTITION BY path ORDER BY ts) AS s FROM log', [1]],
  ['SELECT MAX(s) AS m FROM (SELECT path, SUM(seconds) AS s FROM log GROUP BY path)', [0]],
  ['SELECT path, seconds FROM log', []],
])('the sums of DOUBLE in %s are columns %j', (sql, columns) => {
  expect([...free(sql).sums]).toEqual(columns)
})

test('an order is that of columns of the result, up to the first that is none', () => {
  expect(free('SELECT path, hits FROM log ORDER BY hits, path').order).toEqual([1, 0])
  expect(free('SELECT path FROM log ORDER BY path, hits').order).toEqual([0])
  expect(free('SELECT path FROM log ORDER BY hits').order).toEqual([])
  expect(free('SELECT path FROM log').order).toBe(undefined)
})

const TOP = `SELECT path, hits, rn FROM (SELECT path, hits, ROW_NUMBER() OVER (PARTITION BY size ORDER BY hits DESC) AS rn FROM log)
  WHERE rn <= 3`

test('a Top-N is chosen by its order and its rank; what it chooses from is the input of the rank', () => {
  const choice = choiceIn(planned(TOP))
  expect(choice?.columns).toEqual([2, 1])
  expect(choice?.candidates.fields.map(({ name }) => name)).toContain('hits')
  expect([...(choice?.shown ?? [])].map(([result]) => result)).toEqual([0, 1])
  expect(choiceIn(planned('SELECT path, hits FROM log ORDER BY hits LIMIT 2'))?.columns).toEqual([1])
})

test('there is no tie to be seen where the result lacks the order, or has no choice', () => {
  expect(choiceIn(planned(TOP.replace('path, hits, rn', 'path, rn')))).toBe(undefined)
  expect(choiceIn(planned('SELECT path FROM log ORDER BY path'))).toBe(undefined)
  expect(choiceIn(planned('SELECT path, COUNT(*) AS n FROM log GROUP BY path'))).toBe(undefined)
})

test('what has another value each time is named', () => {
  expect(calledOfTheMoment('SELECT now(), path, CURRENT_TIMESTAMP FROM log WHERE RAND() < 0.5')).toEqual([
    'NOW',
    'CURRENT_TIMESTAMP',
    'RAND',
  ])
  expect(calledOfTheMoment("SELECT 'NOW()' FROM log")).toEqual([])
})
