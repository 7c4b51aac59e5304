/** The short form `top`. */
import { expect, test } from 'vitest'
import { accessLine } from '../access-line.ts'
import { expectRefused } from './refused.ts'
import { folderWith } from './tailrace.ts'

const begin = Date.parse('2026-05-15T10:00:00Z')
const linesOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    accessLine(begin + 1000 * (from + i), { path: `/${(from + i) % 5}` }),
  ).join('')

const pipeline = (query: string) => `version: 1
name: p
sources: { in: { file: access.log, to: log } }
topics:
  log: { format: common, watermark: ts - INTERVAL '5' SECOND, max_ahead: never, idle: never }
queries:
  pages: ${query}
reports:
  whole: { top: { count: 2, of: [path, host], by: COUNT(*), from: log } }
sinks: { out: { from: pages, csv: { path: top.csv, header: false } } }
`
const TOP = '{ top: { count: 2, of: path, by: COUNT(*), every: 1h, from: log } }'
/** As versions up to 0.1.0 have spelled it. */
const BEFORE = `|-
    SELECT window_start, window_end, path, hits, row_num
    FROM (
      SELECT window_start, window_end, path, hits,
        ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY hits DESC) AS row_num
      FROM (
        SELECT window_start, window_end, path, COUNT(*) AS hits
        FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' HOUR))
        GROUP BY window_start, window_end, path
      )
    )
    WHERE row_num <= 2`

test('ties are in the order of the columns; a report without windows is over its whole span', async () => {
  using folder = folderWith({ 'p.yaml': pipeline(TOP), 'access.log': linesOf(0, 7200) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  const window = (from: number) => `2026-05-15T${from}:00:00.000,2026-05-15T${from + 1}:00:00.000`
  expect(folder.lines('top.csv')).toEqual(
    [10, 11].flatMap((from) => [`${window(from)},/0,720,1`, `${window(from)},/1,720,2`]),
  )
  const report = await folder.tailrace('report', 'whole', '--for', '2026-05-15', '-o', 'csv')
  const span = '2026-05-15T00:00:00.000,2026-05-16T00:00:00.000'
  expect(report.stdout).toBe(
    `span_start,span_end,path,host,hits,row_num\n${span},/0,host,1440,1\n${span},/1,host,1440,2\n`,
  )
  const { stdout } = await folder.tailrace('explain', 'p.yaml')
  expect(stdout).toContain('ORDER BY hits DESC, path ASC) AS row_num')
  expect(stdout).toContain('ROW_NUMBER() OVER (ORDER BY hits DESC, path ASC, host ASC) AS row_num')
  await expectRefused(folder, [
    ['check', 'p.yaml', '--set', 'queries.pages={count: {from: log}}'],
    78,
    'queries.pages.count needs "every"',
  ])
})

test('a query of an older version goes on with --reset keep, with what it has counted', async () => {
  using folder = folderWith({ 'p.yaml': pipeline(BEFORE), 'access.log': linesOf(0, 5000) })
  const running = folder.start('run', 'p.yaml')
  while (!(await folder.tailrace('topics', 'p.yaml')).stdout.includes('5,000'))
    expect(running.process.exitCode).toBe(null)
  expect(await running.stop()).toMatchObject({ code: 0 })
  folder.write('p.yaml', pipeline(TOP))
  folder.append('access.log', linesOf(5000, 8000))
  await expectRefused(folder, [['run', 'p.yaml', '--until-end'], 78, '--reset pages=keep'])
  expect(await folder.run('--reset', 'pages=keep')).toMatchObject({ code: 0 })
  // The second hour was half counted before.
  expect(folder.lines('top.csv').map((line) => line.split(',').slice(2).join())).toEqual([
    '/0,720,1',
    '/1,720,2',
    '/0,720,1',
    '/1,720,2',
    '/0,160,1',
    '/1,160,2',
  ])
})
