/** The files of examples/access-log fit each other, and on one machine the pipeline gives the answer that is known beforehand. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'
import { productLines } from '../../src/source/made/lines/product-lines.ts'
import { PRODUCT_MIX } from '../../src/source/made/lines/product-requests.ts'
import { folderWith } from '../cli/tailrace.ts'

const FOLDER = 'examples/access-log'
/** Each run of the command line takes seconds on a busy machine. */
const LIMIT_MS = 120_000
/** Lines of four minutes. */
const LINES = 6000
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')
const choices = [[], ['made.yaml'], ['servers.yaml'], ['cluster.yaml'], ['cluster.yaml', 'filebeat.yaml']].map(
  (names) => [names] as const,
)

test.each(choices)('pipeline.yaml with %j is fine', async (names) => {
  const overlays = names.map((name) => join(FOLDER, name))
  const loaded = await loadPipeline(join(FOLDER, 'pipeline.yaml'), { environment: {}, overlays })
  const { pipeline, warnings } = checkPipeline(loaded, 0)
  expect(warnings).toEqual([])
  expect(pipeline.queries.map(({ name }) => name)).toContain('top_pages')
  const groups = [...pipeline.queries, ...pipeline.sinks].map(({ group }) => group)
  expect(groups).toEqual(expect.arrayContaining(['group1', 'group2']))
})

test('what fills the topic from outside, and what sends requests, speak of the same topic, ports and pages', () => {
  const brokers = ['127.0.0.1:9093', '127.0.0.1:9094', '127.0.0.1:9095']
  for (const name of ['filebeat.yml', 'rsyslog.conf', 'flume.conf', 'cluster.yaml']) {
    expect(read(name).match(/127\.0\.0\.1:909\d/g), name).toEqual(brokers)
  }
  for (const name of ['filebeat.yml', 'rsyslog.conf', 'flume.conf'])
    expect(read(name)).toMatch(/topic ?[:=] ?"?RAWLOG"?$/m)
  expect(read('filebeat.yml')).toMatch(/log_type: nginx_access$/m)
  const servers = [1, 2].map((n) => /listen (127\.0\.0\.1:\d+);/.exec(read(`nginx/nginx-server${n}.conf`))?.[1])
  expect([...read('nginx/nginx.conf').matchAll(/^ {4}server (.*);$/gm)].map(([, server]) => server)).toEqual(servers)
  expect(read('nginx/nginx.conf')).toContain('listen 127.0.0.1:8080;')
  for (const name of ['load.jmx', 'load.ts']) expect(read(name), name).toMatch(/8080/)
})

test(
  'servers.yaml has the log_format of nginx.conf, and reads the same lines with it',
  async () => {
    const directive = (text: string) => /log_format main [^;]*;/.exec(text)?.[0].replaceAll(/\s+/g, ' ')
    expect(directive(read('servers.yaml'))).toBeDefined()
    expect(directive(read('servers.yaml'))).toBe(directive(read('nginx/nginx.conf')))
    const files = ['pipeline.yaml', 'made.yaml', 'servers.yaml']
    const own = 'sinks: { servers_file: { from: servers, csv: out/servers.csv } }'
    using folder = folderWith({ ...Object.fromEntries(files.map((name) => [name, read(name)])), 'own.yaml': own })
    const overlays = ['made.yaml', 'servers.yaml', 'own.yaml'].flatMap((name) => ['--with', name])
    const lines = `sources.access.generator.lines=${LINES}`
    const run = await folder.tailrace('run', 'pipeline.yaml', ...overlays, '--set', lines, '--until-end')
    expect(run.stderr).toContain(' 0 dead letters')
    const rows = folder.lines('out/servers.csv').slice(1)
    expect(rows).toHaveLength(2)
    expect(rows.reduce((sum, row) => sum + Number(row.split(',')[3]), 0)).toBe(LINES)
  },
  LIMIT_MS,
)

test('load.jmx has the mix of load.ts', () => {
  const plan = read('load.jmx')
  const shares = [...plan.matchAll(/<value>([\d.]+)<\/value>/g)].map(([, share]) => Number(share))
  const pages = [...plan.matchAll(/name="HTTPSampler.path">(.*)</g)].map(([, page]) => page)
  expect(Object.fromEntries(pages.map((page, index) => [page, shares[index]]))).toEqual(PRODUCT_MIX)
})

const MINUTE: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(PRODUCT_MIX).map(([page, share]) => [page, share * 15]),
)

test(
  'on one machine the mix that was made is the top N of each minute and of the day, and LOG has each line once',
  async () => {
    const files = ['pipeline.yaml', 'made.yaml']
    using folder = folderWith(Object.fromEntries(files.map((name) => [name, read(name)])))
    const of = ['pipeline.yaml', '--with', 'made.yaml', '--set', `sources.access.generator.lines=${LINES}`]
    const params = ['--set', 'N=10', '--set', 'P=1m']
    const run = await folder.tailrace('run', ...of, ...params, '--until-end')
    expect(run.code, run.stderr).toBe(0)
    expect(run.stderr).toContain(' 0 dead letters')
    const report = await folder.tailrace('report', 'top_of_day', ...of, ...params, '--for', '2025-03-01', '--deliver')
    expect(report.code, report.stderr).toBe(0)
    // Its sink takes the rows when the pipeline runs.
    const again = await folder.tailrace('run', ...of, ...params, '--until-end')
    expect(again.code, again.stderr).toBe(0)

    using database = new DatabaseSync(folder.at('out/logspace.db'), { readOnly: true })
    const rows = (batch: string) =>
      database
        .prepare('SELECT processed_data, summary, "timestamp" FROM RESULTS WHERE batch_or_realtime = ?')
        .all(batch)
        .map(({ processed_data: page, summary, timestamp }) => {
          const { hits } = JSON.parse(String(summary)) as { hits: number }
          return { page: String(page), hits, time: timestamp }
        })
    const minutes = Map.groupBy(rows('realtime'), ({ time }) => time)
    expect(minutes.size).toBe(4)
    for (const some of minutes.values()) {
      expect(Object.fromEntries(some.map(({ page, hits }) => [page, hits]))).toEqual(MINUTE)
    }
    expect(Object.fromEntries(rows('batch').map(({ page, hits }) => [page, hits]))).toEqual(
      Object.fromEntries(Object.entries(MINUTE).map(([page, hits]) => [page, 4 * hits])),
    )
    const log = database.prepare(
      'SELECT COUNT(*) AS rows, COUNT(DISTINCT id) AS ids, COUNT(DISTINCT raw_message) FROM LOG',
    )
    expect(log.get()).toMatchObject({ rows: LINES, ids: LINES })
  },
  LIMIT_MS,
)

test(
  'a line that comes behind its window is in LOG and in a batch, and --compare names the difference',
  async () => {
    const into = new Uint8Array(1 << 20)
    const { end } = productLines(1, 0, 1).write(into, 3000, new Int32Array(3000))
    const lines = Buffer.from(into.subarray(0, end)).toString()
    const late = lines.split('\n')[0]?.replace(/"GET \S+/, '"GET /product5')
    using folder = folderWith({ 'pipeline.yaml': read('pipeline.yaml') })
    mkdirSync(folder.at('nginx'))
    folder.write('nginx/access.log', `${lines}${late}\n`)
    const of = ['pipeline.yaml', '--set', 'N=10', '--set', 'P=1m']
    const run = await folder.tailrace('run', ...of, '--until-end')
    expect(run.stderr).toContain(' 1 dead letter')
    const compared = await folder.tailrace('report', 'top_pages', ...of, '--for', '2025-03-01', '--compare')
    expect(compared.stderr).toContain('9 rows equal, 1 differ, 1 late record')
    const [difference = ''] = compared.stdout.split('\n')
    expect(JSON.parse(difference)).toMatchObject({
      streamed: { path: '/product5', hits: 30 },
      report: { path: '/product5', hits: 31 },
    })
    expect(compared.stderr).toContain(late)
    using database = new DatabaseSync(folder.at('out/logspace.db'), { readOnly: true })
    expect(database.prepare('SELECT COUNT(*) AS rows FROM LOG').get()).toEqual({ rows: 3001 })
  },
  LIMIT_MS,
)
