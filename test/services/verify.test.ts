/**
 * `tailrace verify` with a real Flink: all five pipelines of examples/ have the rows of Flink over the same input, a comparison that is
 * wrong on purpose is found with the records behind it, and nothing is left in Flink.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Flink, startFlink } from '../../scripts/services/flink/flink.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { systemClock } from '../../src/base/clock.ts'
import { readWhich } from '../../src/cli/option/pipeline.ts'
import { queryNamed } from '../../src/cli/option/query.ts'
import { openFlinkGateway } from '../../src/client/flink/gateway.ts'
import { recordsBehindCells } from '../../src/verify/behind-cells.ts'
import { fillTopics } from '../../src/verify/run-files.ts'
import { type VerifiedQuery, verifyQuery } from '../../src/verify/verify-query.ts'
import { folderWith, jsonOf, linesOf } from '../cli/tailrace.ts'
import { dataPath } from '../format/shared-data.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 300_000
const isSkipped = await isMissing('Flink', () => installedJars('flink'))
const example = (name: string) => resolve('examples', name, 'pipeline.yaml')

/** The real log where it is at hand, else one that the generator makes. */
function logOf(real: string, like: string): { readonly file?: string; readonly made?: readonly string[] } {
  const path = dataPath(real)
  if (existsSync(path)) return { file: path }
  console.warn(`no ${real}: A MADE LOG TAKES ITS PLACE (set TAILRACE_SHARED)`)
  return { made: [like, 'count=20000'] }
}

/** An answer of the API of examples/population, of five nations; number `answer` has one number revised. */
const population = (answer: number): string =>
  JSON.stringify({
    data: ['a', 'b', 'c', 'd', 'e'].flatMap((nation, i) =>
      [2020, 2021, 2022].map((year) => ({
        'ID Nation': nation,
        Nation: `Nation ${nation}`,
        'ID Year': year,
        Year: String(year),
        Population: 1_000_000 * (i + 1) + 7919 * (year - 2020) + (nation === 'c' ? answer : 0),
        'Slug Nation': `nation-${nation}`,
      })),
    ),
    source: [{ name: 'acs', measures: ['Population'], annotations: { table_id: 'B01003' } }],
  })

describe.skipIf(isSkipped)('a real Flink', () => {
  let flink: Flink
  beforeAll(async () => {
    flink = await startFlink()
  }, LIMIT_MS)
  afterAll(async () => {
    await flink?.stop()
  })
  const against = () => `flink://${new URL(flink.gateway).host}`

  /** Jobs of Flink that are not over. */
  async function atWork(): Promise<readonly string[]> {
    const answer = await fetch(`${flink.jobManager}/jobs/overview`)
    const { jobs } = (await answer.json()) as { readonly jobs: readonly { name: string; state: string }[] }
    return jobs.filter(({ state }) => !/^(FINISHED|CANCELED|FAILED)$/.test(state)).map(({ name }) => name)
  }

  test.each([
    ['access-log', 'RAWLOG', logOf('access/nginx-combined-28021.log.gz', 'products'), ['top_pages']],
    [
      'nasa',
      'apache_logs',
      logOf('access/nasa-aug95-first-20000.log.gz', 'nasa'),
      ['methods', 'hosts', 'top_paths', 'errors'],
    ],
    [
      'ip-logs',
      'ip_logs',
      { made: ['ip-logs', 'count=30000', 'late=0.1%', 'bad=1%'] },
      ['access', 'statistics', 'traffic'],
    ],
    [
      'payments',
      'payment',
      { made: ['payments', 'count=20000', 'late=0.1%'] },
      ['by_minute', 'by_hour', 'of_method', 'of_country', 'activity'],
    ],
  ] as const)('all queries of %s have its rows', { timeout: LIMIT_MS }, async (name, topic, log, queries) => {
    const folder = folderWith({})
    const { file = folder.at('made.log') } = log as { readonly file?: string }
    if ('made' in log && log.made !== undefined) {
      const { code, stderr } = await folder.tailrace('generate', ...log.made, 'seed=7', '-o', 'made.log')
      expect(code, stderr).toBe(0)
    }
    const asked = await folder.tailrace('verify', example(name), `${topic}=${file}`, '--against', against(), '--json')
    const answers = jsonOf<Answer>(linesOf(asked.stdout))
    expect(asked.code, asked.stdout + asked.stderr).toBe(0)
    expect(answers.map(({ query }) => query)).toEqual(queries)
    for (const { equal, rows } of answers) {
      expect(equal).toBe(true)
      expect(rows.here).toBeGreaterThan(0)
      expect(rows.there).toBe(rows.here)
    }
    expect(await atWork()).toEqual([])
  })

  test('all queries of population have its rows, of whole files', { timeout: LIMIT_MS }, async () => {
    const names = [0, 1, 2].map((answer) => `response_2026010${answer + 1}_120000.json`)
    const folder = folderWith(Object.fromEntries(names.map((name, answer) => [name, population(answer)])))
    const files = names.map((name) => `pop=${name}`)
    const { code, stdout, stderr } = await folder.tailrace(
      'verify',
      example('population'),
      ...files,
      '--against',
      against(),
    )
    expect(code, stdout + stderr).toBe(0)
    // 15 rows, and two that were revised.
    expect(stdout).toContain('equal    people: 21 rows equal')
    expect(stdout).toContain('equal    by_year: 30 rows equal')
  })

  test('the records that a pipeline has kept are compared, all or some of them', { timeout: LIMIT_MS }, async () => {
    const folder = folderWith({})
    const which = [
      example('access-log'),
      '--with',
      resolve('examples/access-log/made.yaml'),
      '--data',
      folder.at('data'),
    ]
    const ran = await folder.tailrace('run', ...which, '--until-end', '--set', 'sources.access.generator.lines=20000')
    expect(ran.code, ran.stderr).toBe(0)
    const whole = await folder.tailrace('verify', ...which, '--against', against())
    expect(whole.code, whole.stdout + whole.stderr).toBe(0)
    expect(whole.stdout).toContain('RAWLOG: 20,000 records')
    const some = await folder.tailrace('verify', ...which, '--against', against(), '--offsets', 'RAWLOG=0-10,5-10,0-0')
    expect(some.code, some.stdout + some.stderr).toBe(0)
    expect(some.stdout).toContain('RAWLOG: 15 records')
  })

  test('a statement over files has its rows; what it refuses is said, and exits with 3', {
    timeout: LIMIT_MS,
  }, async () => {
    const folder = folderWith({})
    await folder.tailrace('generate', 'nasa', 'count=5000', 'seed=7', '-o', 'a.log')
    // Flink takes the path of the rows as it is written.
    const rows = folder.at('rows of 50%20 #1')
    mkdirSync(rows)
    const verify = (sql: string) => folder.tailrace('verify', sql, 'a.log', '--against', against(), '--folder', rows)
    const top = await verify(
      "SELECT path, COUNT(*) AS hits, AVG(CAST(body_bytes AS DOUBLE)) AS size FROM log WHERE path LIKE '/%' GROUP BY path ORDER BY hits DESC LIMIT 20",
    )
    expect(top.code, top.stdout + top.stderr).toBe(0)
    expect(top.stdout).toMatch(/^equal {4}the statement: \d+ rows? equal.*; 20 rows here, 20 of Flink/)
    const own = await verify('SELECT host, IP_IS_PRIVATE(host) AS inside FROM log')
    expect(own.stderr).toContain('Flink refuses the statement')
    expect(own.code).toBe(3)
    const moment = await verify('SELECT host, UUID() AS id FROM log')
    expect(moment.code, moment.stdout + moment.stderr).toBe(1)
    expect(moment.stdout).toContain('UUID: another value each time')
  })

  test('rows of another input are found, with the records behind them', { timeout: LIMIT_MS }, async () => {
    const folder = folderWith({})
    await folder.tailrace('generate', 'nasa', 'count=5000', 'seed=7', '-o', 'a.log')
    const { signal } = new AbortController()
    const { pipeline: declared } = await readWhich({ pipeline: example('nasa'), with: [], set: [] })
    const url = flink.gateway
    const gateway = await openFlinkGateway({ url, tls: true, timeout: 30_000 }, { folder: '.', of: 'Flink' })
    const query = queryNamed('methods', declared)
    await using filled = await fillTopics(declared, [{ topic: 'apache_logs', files: [folder.at('a.log')] }], {
      ...{ dataFolder: folder.at('data'), queries: [query], clock: systemClock, stop: signal },
      warn() {},
    })
    const { pipeline, bus } = filled
    /** Takes one row of 5,000 away from what Flink reads. */
    const cheat = (what: string) => {
      if (what !== 'asking Flink') return
      const path = join(folder.at('.'), 'nasa.apache_logs.rows.json')
      writeFileSync(path, readFileSync(path, 'utf8').split('\n').toSpliced(2500, 1).join('\n'))
    }
    const found = await verifyQuery({
      ...{ pipeline, query, bus, folder: folder.at('.'), ranges: new Map(), doing: cheat },
      input: { span: { since: -Infinity, until: Infinity }, most: Number.POSITIVE_INFINITY },
      asking: { gateway, timeoutMs: 60_000, mostRows: 100_000, signal },
    })
    gateway.close()
    const { differences } = (found as VerifiedQuery).compared
    expect(differences).toHaveLength(1)
    const [{ ours, theirs, columns }] = differences as [(typeof differences)[number]]
    const hits = Number(ours?.[3])
    expect(columns).toEqual([3])
    expect(theirs?.[3]).toBe(hits - 1)
    const behind = await recordsBehindCells(ours ?? [], query, { pipeline, bus, limit: 3, stop: signal })
    expect(behind).toMatchObject({ count: hits, late: 0 })
  })

  test('a Ctrl-C leaves no job in Flink, and no file', { timeout: LIMIT_MS }, async () => {
    const folder = folderWith({})
    await folder.tailrace('generate', 'nasa', 'count=200000', 'seed=7', '-o', 'a.log')
    const args = [example('nasa'), 'apache_logs=a.log', '--query', 'hosts', '--against', against(), '--folder', '.']
    const running = folder.start('verify', ...args)
    while (!(await atWork()).some((name) => name.includes('verify hosts'))) await systemClock.sleep(100)
    running.process.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect(code).toBe(1)
    expect(stderr).toContain('stopped')
    for (let tries = 0; (await atWork()).length > 0 && tries < 100; tries++) await systemClock.sleep(100)
    expect(await atWork()).toEqual([])
    expect(readdirSync(folder.path).filter((name) => name.startsWith('tailrace-verify'))).toEqual([])
  })
})

type Answer = {
  readonly query: string
  readonly equal: boolean
  readonly rows: { readonly here: number; readonly there: number }
}
