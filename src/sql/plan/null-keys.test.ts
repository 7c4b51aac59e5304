import { expect, test } from 'vitest'
import { plan, TUMBLE } from '../example-log.test-tool.ts'
import { nullKeys } from './null-keys.ts'

const keysOf = (groups: string, having = '') => {
  const sql = `SELECT window_start, window_end, host, http_method, COUNT(*) AS n FROM ${TUMBLE}
    GROUP BY window_start, window_end, ${groups} ${having}`
  const { plan: found } = plan(sql, 'streaming')
  return nullKeys(found).map((column) => found.fields[column]?.name)
}

test.each([
  ['host, http_method', '', []],
  ['ROLLUP (host, http_method)', '', ['host', 'http_method']],
  ['host, ROLLUP (http_method)', 'HAVING COUNT(*) > 1', ['http_method']],
  ['CUBE (host, http_method)', 'HAVING host IS NOT NULL AND http_method IS NOT NULL', []],
  ['ROLLUP (host, http_method)', 'HAVING GROUPING_ID(host, http_method) = 0', []],
])('GROUP BY %s %s: %j are NULL in some sets', (groups, having, names) => {
  expect(keysOf(groups, having)).toEqual(names)
})
