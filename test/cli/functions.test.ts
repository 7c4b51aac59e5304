/**
 * Functions of the user in a pipeline: in WHERE, GROUP BY, a rule, and a computed column of a topic. A changed file is a changed
 * query, whose state is not taken.
 */
import { expect, test } from 'vitest'
import { folderWith, jsonOf } from './tailrace.ts'

const PIPELINE = `version: 1
name: shop
functions: ./risk.ts
sources: { s: { file: in.log, to: hits } }
topics:
  hits:
    format: { json: { columns: { ts: TIMESTAMP(3), path: STRING, status: INT } } }
    columns: { area: area(path) }
    watermark: ts - INTERVAL '5' SECOND
    require: { known: area(path) <> 'hidden' }
queries:
  by_area: |
    SELECT window_start, area, band(status) AS band, COUNT(*) AS n
    FROM TABLE(TUMBLE(TABLE hits, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) WHERE risk(path, status) > 0.25
    GROUP BY window_start, window_end, area, band(status)
  plain: SELECT ts, path FROM hits WHERE status > 400
sinks:
  out: { from: by_area, ndjson: out.ndjson }
`

const functions = (limit: number) => `
export const area = { takes: ['STRING'], gives: 'STRING', call: (path: string) => path.split('/')[1] ?? '' }
export const risk = {
  takes: ['STRING', 'INT'],
  gives: 'DOUBLE',
  call(path: string, status: number): number {
    if (path === '/a/bad') throw new Error('a bad path')
    return status / 1000
  },
}
export const band = { takes: ['INT'], gives: 'INT', call: (status: number) => (status > ${limit} ? 1 : 0) }
`

const line = (second: number, path: string, status: number) =>
  `${JSON.stringify({ ts: `2026-01-01 00:00:${String(second).padStart(2, '0')}`, path, status })}\n`

const LINES = [
  line(1, '/a/x', 200),
  line(2, '/a/x', 300),
  line(3, '/a/y', 500),
  line(4, '/b', 404),
  line(5, '/a/bad', 500),
  line(6, '/hidden/z', 500),
  line(7, '/a/x', 503),
].join('')

test('a pipeline computes with functions, and a changed one is a changed query', async () => {
  using folder = folderWith({ 'shop.yaml': PIPELINE, 'risk.ts': functions(450), 'in.log': LINES })
  const first = await folder.tailrace('run', 'shop.yaml', '--until-end')
  expect(first.stderr).not.toContain('tailrace:')
  expect(first.code).toBe(0)
  type Row = { readonly area: string; readonly band: number; readonly n: number }
  const rows = jsonOf<Row>(folder.lines('out.ndjson')).map(({ area, band, n }) => [area, band, n])
  expect(rows.sort()).toEqual([
    ['a', 0, 1],
    ['a', 1, 2],
    ['b', 0, 1],
  ])
  const dead = await folder.tailrace('dead', 'hits', 'shop.yaml')
  expect(dead.stdout).toContain('RISK: a bad path')

  folder.write('risk.ts', functions(400))
  const changed = await folder.tailrace('run', 'shop.yaml', '--until-end')
  expect(changed.code).not.toBe(0)
  expect(changed.stderr).toContain('by_area')
})

test('check and explain of a statement take files of functions, and a pipeline says where it names them', async () => {
  using folder = folderWith({ 'risk.ts': functions(450), 'shop.yaml': PIPELINE })
  const sql = 'SELECT host, risk(path, status) AS risk FROM log'
  const checked = await folder.tailrace('check', '--functions', 'risk.ts', sql)
  expect(checked.stdout).toBe('the statement is fine: host STRING, risk DOUBLE\n')
  const explained = await folder.tailrace('explain', sql, '--functions', 'risk.ts')
  expect(explained.stdout).toContain('RISK(path, status)')
  const refused = await folder.tailrace('check', 'shop.yaml', '--functions', 'risk.ts')
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('Write into the file: functions: risk.ts')
})
