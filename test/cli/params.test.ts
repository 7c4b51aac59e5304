import { expect, test } from 'vitest'
import { accessLine } from '../access-line.ts'
import { expectRefused } from './refused.ts'
import { folderWith } from './tailrace.ts'

const PIPELINE = `version: 1
name: p
params: { N: 1, P: 1m }
sources:
  in: { file: access.log, to: log }
topics:
  log: { format: common, watermark: "ts - INTERVAL '5' SECOND", max_ahead: never }
queries:
  pages: { top: { count: "\${params.N}", of: path, by: COUNT(*), every: "\${params.P}", from: log } }
sinks:
  out: { from: pages, csv: { path: "top-\${params.N}.csv", header: false } }
`
const begin = Date.parse('2026-05-15T10:00:00Z')
/** Three paths in each of ten minutes, the first of them most often. */
const log = Array.from({ length: 600 }, (_, second) =>
  accessLine(begin + 1000 * second, { path: `/${'aabbbc'.charAt(second % 6)}` }),
).join('')
const files = { 'p.yaml': PIPELINE, 'access.log': log }

test('--set and --with change what a query asks and where a sink writes; explain says where a value is from', async () => {
  using folder = folderWith({ ...files, 'o.yaml': 'params: { P: 5m }\n' })
  expect(await folder.run('--set', 'N=2', '--with', 'o.yaml')).toMatchObject({ code: 0 })
  const window = (from: string, until: string) => `2026-05-15T10:${from}:00.000,2026-05-15T10:${until}:00.000`
  expect(folder.lines('top-2.csv')).toEqual([
    `${window('00', '05')},/b,150,1`,
    `${window('00', '05')},/a,100,2`,
    `${window('05', '10')},/b,150,1`,
    `${window('05', '10')},/a,100,2`,
  ])
  const { stdout } = await folder.tailrace('explain', 'p.yaml', '--set', 'N=2', '--with', 'o.yaml')
  expect(stdout).toContain('parameter N = 2\n  a whole number, from --set N\n')
  expect(stdout).toContain("parameter P = 5m\n  a duration, in SQL INTERVAL '5' MINUTE, from o.yaml:1\n")
  expect(stdout).toContain('WHERE row_num <= 2')
  const json = await folder.tailrace('explain', 'p.yaml', '--json')
  const { params } = JSON.parse(json.stdout) as { readonly params: readonly object[] }
  expect(params[0]).toEqual({ name: 'N', type: 'int', value: 1, sql: '1', used: true, from: 'p.yaml:3' })
})

// Promise: A parameter that changes the SQL of a query makes it another query, which does not go on with the old state by itself.
test('a changed parameter is a changed query', async () => {
  using folder = folderWith(files)
  expect(await folder.run()).toMatchObject({ code: 0 })
  await expectRefused(folder, [
    ['run', 'p.yaml', '--until-end', '--set', 'P=5m'],
    78,
    'query "pages", or the format or watermark of what it reads, is not what it was',
    '--reset pages=earliest',
  ])
  expect(await folder.run('--set', 'P=60s')).toMatchObject({ code: 0 })
})

test('in TypeScript', async () => {
  using folder = folderWith({
    'access.log': log,
    'p.mts': `export const pipeline = {
      version: 1,
      name: 'p',
      params: { N: 1, P: '1m' },
      sources: { in: { file: 'access.log', to: 'log' } },
      topics: { log: { format: 'common', watermark: "ts - INTERVAL '5' SECOND", max_ahead: 'never' } },
      queries: { pages: { top: { count: '\${params.N}', of: 'path', by: 'COUNT(*)', every: '\${params.P}', from: 'log' } } },
      sinks: { out: { from: 'pages', csv: 'top-\${params.N}.csv' } },
    }\n`,
  })
  const run = await folder.tailrace('run', 'p.mts', '--until-end', '--set', 'N=2', '--set', 'P=10m')
  expect(run).toMatchObject({ code: 0 })
  expect(folder.lines('top-2.csv')).toHaveLength(3)
  const refused = ['check', 'p.mts', '--set', 'P=10']
  await expectRefused(folder, [refused, 78, "parameter P: it is a duration: '10' is not a duration"])
})
