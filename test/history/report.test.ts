import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { folderWith, tailrace } from '../cli/tailrace.ts'

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

const MONTHS = ['May', 'Jun']
const line = (at: number, method: string, path: string): string => {
  const iso = new Date(at).toISOString()
  const month = MONTHS[Number(iso.slice(5, 7)) - 5]
  return `host - - [${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000] "${method} ${path} HTTP/1.0" 200 10\n`
}

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
const files = { 'p.yaml': PIPELINE, 'access.log': input.map(({ at, method, path }) => line(at, method, path)).join('') }
const midnight = Date.parse('2020-05-15T22:00:00Z')

test('a report has only the rows of its span, in the zone of the pipeline, and is the same each time', async () => {
  using folder = folderWith(files)
  const { path: at } = folder
  expect((await tailrace(['run', 'p.yaml', '--until-end'], { folder: at })).code).toBe(0)
  const report = await tailrace(['report', 'top', '--for', '2020-05-15', '-o', 'ndjson'], { folder: at })
  expect(report.code).toBe(0)
  const counts = new Map<string, number>()
  for (const { at, path } of input) if (at < midnight) counts.set(path, (counts.get(path) ?? 0) + 1)
  const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2)
  expect(
    report.stdout
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row)),
  ).toEqual(
    top.map(([path, hits]) => ({
      span_start: '2020-05-15T00:00:00.000',
      span_end: '2020-05-16T00:00:00.000',
      path,
      hits,
      asked: '2020-05-15T22:00:00.000Z',
    })),
  )
  const inSpan = input.filter(({ at }) => at < midnight).length
  expect(report.stderr).toContain(`7200 records read, ${inSpan} in the span, 0 of no use, 2 rows`)
  expect(report.stderr).not.toContain('rows may change')
  const again = await tailrace(['report', 'top', '--for', '2020-05-15', '-o', 'ndjson'], { folder: at })
  expect(again.stdout).toBe(report.stdout)
  const unfinished = await tailrace(['report', 'top', '--for', '2020-05-16'], { folder: at })
  expect(unfinished.stderr).toContain('rows may change')
})

test('--compare shows the rows that lack late records, and these records', async () => {
  using folder = folderWith(files)
  const { path: at } = folder
  const run = await tailrace(['run', 'p.yaml', '--until-end', '--json'], { folder: at })
  const { dead, late } = JSON.parse(run.stderr.trimEnd().split('\n').at(-1) ?? '') as {
    readonly dead: { readonly late: number; readonly partly_late: number }
    readonly late: { readonly methods: number; readonly hopping: number }
  }
  expect(late.methods).toBeGreaterThan(0)
  const span = ['--since', '2020-05-15T00:00', '--until', '2020-05-17 00:00']
  const compared = await tailrace(['report', 'methods_again', ...span, '--compare'], { folder: at })
  expect(compared.code).toBe(0)
  expect(compared.stderr).toMatch(new RegExp(`^\\d+ rows equal, \\d+ differ, ${late.methods} late records$`, 'm'))
  const differences = compared.stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  const missing = differences.reduce((sum, { streamed, report }) => sum + report.hits - (streamed?.hits ?? 0), 0)
  expect(missing).toBe(late.methods)
  // By the name of the query the answer is the same; a changed row has no explanation.
  const byQuery = await tailrace(['report', 'methods', ...span, '--compare'], { folder: at })
  expect(byQuery.stdout).toBe(compared.stdout)
  // A late record misses some of its overlapping windows, and is left out of those only.
  expect(dead.partly_late).toBeGreaterThan(late.hopping)
  const SUMMARY = /^(\d+) rows equal, (\d+) differ, (\d+) late records, (\d+) of them for some of their windows$/m
  const hopping = await tailrace(['report', 'hopping', ...span, '--compare'], { folder: at })
  const [, equal, differ, all, some] = (SUMMARY.exec(hopping.stderr) ?? []).map(Number)
  expect(hopping.code).toBe(0)
  expect(Number(equal) + Number(differ)).toBeGreaterThan(4 * 60 * 4)
  expect(Number(differ)).toBeGreaterThan(50)
  expect(Number(all) - Number(some)).toBe(late.hopping)
  const letters = await tailrace(['dead', 'access', '--json'], { folder: at })
  const groups = letters.stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  expect(
    groups.reduce(
      (sum, { kind, query, count }) => sum + (kind === 'partly_late' && query === 'hopping' ? count : 0),
      0,
    ),
  ).toBe(some)
  expect(hopping.stderr).toMatch(/s late: .*, and 3 of its 4 windows had closed: host/)
  const ranked = await tailrace(['report', 'so_far', ...span, '--compare'], { folder: at })
  expect(ranked.stderr).toMatch(SUMMARY)
  expect(ranked.code).toBe(0)
})

test.each([
  [['nothing', '--for', '2020-05-15'], 2, 'the pipeline has no report or query "nothing"'],
  [['top', '--for', '2020-15'], 2, '"2020-15" is not a span of time'],
  [['top', '--for', '2020-02-30'], 2, '"2020-02-30" is not a span of time'],
  [['top'], 2, 'which span of time?'],
  [
    ['top', '--since', '2020-05-16', '--until', '2020-05-15'],
    2,
    'the span ends (2020-05-15) before it begins (2020-05-16)',
  ],
  [['top', '--since', 'noon'], 2, '"noon" is not a time'],
  [['top', '--for', '2020', '--compare'], 2, 'the report has an SQL of its own'],
])('%j is refused', async (args, code, message) => {
  using folder = folderWith(files)
  const ended = await tailrace(['report', ...args], { folder: folder.path })
  expect(ended.stderr).toContain(message)
  expect(ended).toMatchObject({ code, stdout: '' })
})

test.each([
  ['query: methods', 'query: method', 'p.yaml:24:27: there is no query "method"'],
  ['"0 20 * * *"', '"0 25 * * *"', 'is not a schedule: Invalid value for hour: 25'],
  ['AS asked', 'AS span_end', 'the rows of a report begin with span_end'],
  ['methods_again:', 'access:', 'report "access" has the name of a topic or query'],
])('in the file, %s as %s is an error', async (right, wrong, message) => {
  using folder = folderWith({ 'p.yaml': PIPELINE.replace(right, wrong) })
  const ended = await tailrace(['check', 'p.yaml'], { folder: folder.path })
  expect(ended.stderr).toContain(message)
  expect(ended.code).toBe(78)
})

test('the pipeline is the only one in the folder, or has to be named', async () => {
  using folder = folderWith({ ...files, 'other.yaml': PIPELINE.replace('name: shop', 'name: other') })
  const unclear = await tailrace(['report', 'top', '--for', '2020'], { folder: folder.path })
  expect(unclear.stderr).toContain('which pipeline? There are other.yaml, p.yaml')
  expect(readFileSync(join(folder.path, 'p.yaml'), 'utf8')).toBe(PIPELINE)
})
