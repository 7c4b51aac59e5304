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
    [report('top', '--for', '2020', '--compare'), 2, 'the report has an SQL of its own'],
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
  ['methods_again:', 'access:', 'report "access" has the name of a topic or query'],
])
