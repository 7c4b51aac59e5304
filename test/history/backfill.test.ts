import { expect, test } from 'vitest'
import { accessLine } from '../access-line.ts'
import { testRefusals } from '../cli/refused.ts'
import { folderWith, jsonOf, linesOf } from '../cli/tailrace.ts'

const PIPELINE = `version: 1
name: shop
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  methods:
    count: { by: http_method, every: 1m, from: access }
  lines: SELECT path FROM access
sinks:
  store: { from: methods, ndjson: out.ndjson }
`

const line = (second: number, method: string) => accessLine(Date.UTC(2020, 4, 15, 10) + 1000 * second, { method })

/** Minutes of a line a second; after each minute come two late lines of the minute before. */
const log = (minutes: number) =>
  Array.from({ length: 60 * minutes }, (_, second) =>
    second % 60 === 30 && second > 60
      ? line(second, 'GET') + line(second - 60, 'POST') + line(second - 60, 'GET')
      : line(second, 'GET'),
  ).join('')

type Row = { readonly window_start: string; readonly http_method: string; readonly hits: number }

test('late records are repaired once; the query goes on where it was, through any restart', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': log(10) })
  const backfill = (...more: string[]) => folder.tailrace('backfill', 'methods', '--for', '2020-05-15', ...more)
  expect((await folder.run('--json')).stdout).toContain('"late":{"methods":18,"lines":0}')

  const dry = await backfill('--dry-run')
  expect(dry.stderr).toContain('1 row is right, 18 to be repaired')
  expect((await backfill('--dry-run')).stdout).toBe(dry.stdout)
  expect(linesOf(dry.stdout)).toHaveLength(18)

  expect((await backfill()).stderr).toContain('1 row is right, 18 repaired: 9 were missing, 9 differed')
  expect((await backfill()).stderr).toContain('19 rows are right, 0 repaired')

  // New lines after the repair give new rows.
  folder.write('access.log', log(20))
  expect((await folder.run()).code).toBe(0)
  const expected = new Map<string, number>()
  for (const row of linesOf(log(20))) {
    const [, time, method] = /2020:(\d\d:\d\d).*"(\w+)/.exec(row) ?? []
    const key = `${time} ${method}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  expect((await backfill()).stderr).toMatch(/^\d+ rows are right, \d+ repaired/m)
  expect((await folder.run()).code).toBe(0)
  // The content of a store that upserts: the last row of each key.
  const stored = jsonOf<Row>(folder.lines('out.ndjson')).map(
    ({ window_start, http_method, hits }) => [`${window_start.slice(11, 16)} ${http_method}`, hits] as const,
  )
  expect(new Map(stored)).toEqual(expected)
})

testRefusals(
  () => folderWith({ 'p.yaml': PIPELINE, 'access.log': '' }),
  [
    [['backfill', 'method', '--for', '2020'], 2, 'the pipeline has no query "method"'],
    [['backfill', 'lines', '--for', '2020'], 2, 'do not say which window they are of'],
    [['backfill', 'methods'], 2, 'which span of time?'],
  ],
)
