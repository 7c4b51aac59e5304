import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { accessLine } from '../access-line.ts'
import { testMistakes, testRefusals } from '../cli/refused.ts'
import { folderWith, jsonOf, linesOf } from '../cli/tailrace.ts'

const PIPELINE = `version: 1
name: shop
timezone: Europe/Berlin
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 3, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  methods: |
    SELECT window_start, window_end, http_method, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, http_method
  hopping: |
    SELECT window_start, window_end, COUNT(*) AS hits, COUNT(DISTINCT path) AS paths
    FROM TABLE(HOP(TABLE access, DESCRIPTOR(ts), INTERVAL '15' SECOND, INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end
  so_far: |
    SELECT * FROM (
      SELECT window_start, window_end, path, host,
        ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ts DESC, path) AS nth
      FROM TABLE(CUMULATE(TABLE access, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '5' MINUTE)))
    WHERE nth <= 3
reports:
  methods_again: { query: methods }
  busiest: { top: { count: 3, of: path, by: COUNT(*), from: access }, compare: methods }
  top:
    sql: SELECT path, COUNT(*) AS hits, MAX(CURRENT_TIMESTAMP) AS asked FROM access GROUP BY path ORDER BY hits DESC LIMIT 2
    at: "0 20 * * *"
sinks:
  screen: { from: top, ndjson: top.ndjson }
`

/** Four hours around midnight in Berlin, a request every two seconds; some come up to 90 s late. */
function lines(seed: number): { readonly at: number; readonly method: string; readonly path: string }[] {
  const random = seededRandom(seed)
  const begin = Date.parse('2020-05-15T20:00:00Z')
  return Array.from({ length: 7200 }, (_, second) => ({
    at: begin + 2000 * second - 1000 * (random.below(10) === 0 ? random.below(90) : 0),
    method: random.below(4) === 0 ? 'POST' : 'GET',
    path: `/${'abc'[Math.floor(random.next() ** 2 * 3)]}`,
  }))
}

const input = lines(1)
const log = input.map(({ at, method, path }) => accessLine(at, { method, path })).join('')
const files = { 'p.yaml': PIPELINE, 'access.log': log }
const midnight = Date.parse('2020-05-15T22:00:00Z')

// Promise same-report: The same span of the same log gives the same rows of a report, however often.
test('a report has only the rows of its span, in the zone of the pipeline, and is the same each time', async () => {
  using folder = folderWith(files)
  const reportFor = (day: string) => folder.tailrace('report', 'top', '--for', day, '-o', 'ndjson')
  expect((await folder.run()).code).toBe(0)
  const report = await reportFor('2020-05-15')
  expect(report.code).toBe(0)
  const inSpan = input.filter(({ at }) => at < midnight)
  const counts = new Map<string, number>()
  for (const { path } of inSpan) counts.set(path, (counts.get(path) ?? 0) + 1)
  const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2)
  expect(jsonOf(linesOf(report.stdout))).toEqual(
    top.map(([path, hits]) => ({
      span_start: '2020-05-15T00:00:00.000',
      span_end: '2020-05-16T00:00:00.000',
      path,
      hits,
      asked: '2020-05-15T22:00:00.000Z',
    })),
  )
  expect(report.stderr).toContain(`7200 records read, ${inSpan.length} in the span, 0 that could not be used, 2 rows`)
  expect(report.stderr).not.toContain('rows may change')
  expect((await reportFor('2020-05-15')).stdout).toBe(report.stdout)
  expect((await reportFor('2020-05-16')).stderr).toContain('rows may change')
})

type Summary = {
  readonly dead: { readonly late: number; readonly partly_late: number }
  readonly late: { readonly methods: number; readonly hopping: number }
}
type Difference = { readonly streamed: { readonly hits: number } | null; readonly report: { readonly hits: number } }
type Letters = { readonly kind: string; readonly query: string; readonly count: number }

// Holds batch-differs-by-late-rows.
test('--compare shows the rows that lack late records, and these records', async () => {
  using folder = folderWith(files)
  const [{ dead, late }] = jsonOf<Summary>(linesOf((await folder.run('--json')).stdout).slice(-1)) as [Summary]
  expect(late.methods).toBeGreaterThan(0)
  const compare = async (name: string) => {
    const span = ['--since', '2020-05-15T00:00', '--until', '2020-05-17 00:00']
    const compared = await folder.tailrace('report', name, ...span, '--compare')
    expect(compared.code).toBe(0)
    return compared
  }
  const compared = await compare('methods_again')
  expect(compared.stderr).toMatch(new RegExp(`^\\d+ rows equal, \\d+ differ, ${late.methods} late records$`, 'm'))
  const missing = jsonOf<Difference>(linesOf(compared.stdout)).map(
    ({ streamed, report }) => report.hits - (streamed?.hits ?? 0),
  )
  expect(sumOf(missing)).toBe(late.methods)
  // By the name of the query the answer is the same; a changed row has no explanation.
  expect((await compare('methods')).stdout).toBe(compared.stdout)
  // A late record misses some of its overlapping windows, and is left out of those only.
  expect(dead.partly_late).toBeGreaterThan(late.hopping)
  const SUMMARY = /^(\d+) rows equal, (\d+) differ, (\d+) late records, (\d+) of them for some of their windows$/m
  const hopping = await compare('hopping')
  const [, equal, differ, all, some] = (SUMMARY.exec(hopping.stderr) ?? []).map(Number)
  expect(Number(equal) + Number(differ)).toBeGreaterThan(4 * 60 * 4)
  expect(Number(differ)).toBeGreaterThan(50)
  expect(Number(all) - Number(some)).toBe(late.hopping)
  const letters = jsonOf<Letters>(linesOf((await folder.tailrace('dead', 'access', '--json')).stdout))
  const partly = letters.filter(({ kind, query }) => kind === 'partly_late' && query === 'hopping')
  expect(sumOf(partly.map(({ count }) => count))).toBe(some)
  expect(hopping.stderr).toMatch(/(s|min) late: .*, and 3 of its 4 windows had closed: host/)
  expect((await compare('so_far')).stderr).toMatch(SUMMARY)
})

test('--compare of a span in which every record came too late names all of its rows', async () => {
  const hour = (n: number) => Date.parse(`2020-05-15T${n}:00:00Z`)
  const late = [hour(20), hour(10), hour(10) + 1000].map((at) => accessLine(at, { method: 'GET', path: '/a' })).join('')
  using folder = folderWith({ 'p.yaml': PIPELINE.replace('partitions: 3', 'partitions: 1'), 'access.log': late })
  await folder.run()
  const span = ['--since', '2020-05-15T12:00', '--until', '2020-05-15T13:00']
  const { code, stdout, stderr } = await folder.tailrace('report', 'methods', ...span, '--compare')
  expect([code, jsonOf<Difference>(linesOf(stdout))]).toEqual([
    0,
    [{ streamed: null, report: expect.objectContaining({ http_method: 'GET', hits: 2 }) }],
  ])
  expect(stderr).toContain('0 rows equal, 1 differ, 2 late records')
})

// Promise: A report with windows of its own differs from real time by the records alone that came too late for the query that it is compared with.
test('--compare of a report with other windows shows its rows without the records that were late in the stream', async () => {
  using folder = folderWith(files)
  const [{ late }] = jsonOf<Summary>(linesOf((await folder.run('--json')).stdout).slice(-1)) as [Summary]
  const span = ['--since', '2020-05-15T00:00', '--until', '2020-05-17 00:00']
  const compared = await folder.tailrace('report', 'busiest', ...span, '--compare')
  expect(compared.code).toBe(0)
  const rows = jsonOf<Difference>(linesOf(compared.stdout))
  expect(rows.length).toBeGreaterThan(0)
  // There are three paths, so that no row has another rank without the late records.
  expect(sumOf(rows.map(({ streamed, report }) => report.hits - (streamed?.hits ?? 0)))).toBe(late.methods)
  expect(compared.stderr).toContain(
    `${3 - rows.length} rows equal, ${rows.length} differ by the ${late.methods} records of the span that came too late for query methods`,
  )
  expect(compared.stderr).toMatch(/^query methods in the span: \d+ rows equal to its SQL in batch mode, \d+ differ$/m)
  expect(compared.stderr).toMatch(/^late: access partition \d offset \d+: /m)
  // Before the first late record, nothing differs.
  const first = await folder.tailrace(
    'report',
    'busiest',
    '--since',
    '2020-05-14',
    '--until',
    '2020-05-15',
    '--compare',
  )
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr).toContain('0 rows equal, 0 differ by the 0 records of the span')
})

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

const report = (...args: readonly string[]) => ['report', ...args]
testRefusals(
  () => folderWith(files),
  [
    [report('nothing', '--for', '2020-05-15'), 2, 'the pipeline has no report or query "nothing"'],
    [report('top', '--for', '2020-05-15'), 1, 'there is no data folder'],
    [report('top', '--for', '2020-15'), 2, '"2020-15" is not a span of time'],
    [report('top', '--for', '2020-02-30'), 2, '"2020-02-30" is not a span of time'],
    [report('top'), 2, 'which span of time?'],
    [
      report('top', '--since', '2020-05-16', '--until', '2020-05-15'),
      2,
      'the span ends (2020-05-15) before it begins (2020-05-16)',
    ],
    [report('top', '--since', 'noon'), 2, '"noon" is not a time'],
    [
      report('top', '--for', '2020', '--compare'),
      2,
      'report top can be compared with each of methods, hopping, so_far: with which?',
      'compare: methods',
    ],
    [report('top', '--due', '--for', '2020'), 2, '--due says the whole span'],
    [report('busiest', '--due'), 2, '--due is for reports with a schedule, and report busiest was never due'],
    [report('methods', '--due'), 2, '--due is for reports with a schedule, and this is a query'],
  ],
)
testRefusals(
  () => folderWith({ 'p.yaml': PIPELINE, 'other.yaml': PIPELINE.replace('name: shop', 'name: other') }),
  [[report('top', '--for', '2020'), 2, 'which pipeline? There are other.yaml, p.yaml']],
)
testMistakes(PIPELINE, [
  ['query: methods', 'query: method', 'p.yaml:24:27: there is no query "method"'],
  ['"0 20 * * *"', '"0 25 * * *"', 'is not a schedule: Invalid value for hour: 25'],
  ['AS asked', 'AS span_end', 'the rows of a report begin with span_end'],
  ['methods_again:', 'access:', 'report "access" has the name of a topic, query or table'],
  ['compare: methods', 'compare: method', 'p.yaml:25:80: there is no query "method"'],
])
