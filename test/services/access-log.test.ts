/**
 * The pipeline of examples/access-log, by the real command line, from requests to rows: JMeter, nginx, and then one machine alone,
 * or Kafka and Cassandra. What was sent is what comes out, counted to the request.
 */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cassandra, installedCassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import { debianProgram } from '../../scripts/services/debian.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Answers, installJmeter, runJmeter } from '../../scripts/services/jmeter/jmeter.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { type Nginx, startNginx } from '../../scripts/services/nginx.ts'
import type { Folder } from '../cli/tailrace.ts'
import { EXAMPLE, exampleFolder, hitsOf, inOrder, PARAMS, rowsIn, type StoredRow, sumOf } from './access-log-example.ts'
import { isMissing } from './missing.ts'
import { expectNothingLeft } from './remains.ts'

const LIMIT_MS = 300_000
const POLL_MS = 200
const THREADS = 4
const LOOPS = 250
const REQUESTS = THREADS * LOOPS
const CLUSTER = ['--with', 'cluster.yaml', '--data', '.tailrace/cluster']

const isSkipped = await isMissing('nginx, JMeter, Kafka or Cassandra', async () => {
  debianProgram('nginx')
  await installJmeter()
  await installedJars('kafka')
  await installedCassandra()
})

describe.skipIf(isSkipped)('the access-log pipeline', () => {
  let kafka: Kafka
  let cassandra: Cassandra
  let nginx: Nginx
  /** On Kafka and Cassandra, following the log while requests come. */
  let live: Folder
  /** On one machine, over the log that came of them. */
  let alone: Folder
  let sent: Answers

  const tableOf = async (table: 'RESULTS' | 'LOG'): Promise<readonly StoredRow[]> =>
    inOrder((await cassandra.cql(`SELECT * FROM logspace.${table}`)).map((row) => ({ ...row })))

  beforeAll(async () => {
    ;[kafka, cassandra] = await Promise.all([startKafka({ brokers: 3 }), startCassandra()])
    live = await exampleFolder({ KAFKA: kafka.bootstrap, CASSANDRA: cassandra.contactPoints.join() })
    nginx = await startNginx({ folder: live.at('nginx') })
  }, LIMIT_MS)
  afterAll(async () => {
    await Promise.all([nginx?.stop(), kafka?.stop(), cassandra?.stop()])
    for (const folder of [live, alone]) folder?.[Symbol.dispose]()
  })

  test(
    'on Kafka and Cassandra the mix that JMeter sends is the top N that comes out, while it comes',
    async () => {
      const running = live.start('run', 'pipeline.yaml', ...CLUSTER, ...PARAMS)
      await running.line(/^access-log runs/)
      const { port } = new URL(nginx.urls.nginx ?? '')
      const properties = { port, threads: THREADS, loops: LOOPS }
      sent = await runJmeter({ plan: join(EXAMPLE, 'load.jmx'), properties })
      expect(sent.failed).toBe(0)
      // The last window closes when the log has been quiet for a while.
      while (sumOf(await tableOf('RESULTS')) < REQUESTS) await sleep(POLL_MS)
      const { code, stderr } = await running.stop()
      expect(code, stderr).toBe(0)
      expect(stderr).toContain(' 0 dead letters')
      expect(hitsOf(await tableOf('RESULTS'))).toEqual(sent.requests)
    },
    LIMIT_MS,
  )

  test('LOG has every line once, and both groups have read all of it', async () => {
    const lines = live.lines('nginx/access.log')
    expect(lines).toHaveLength(REQUESTS)
    const log = await tableOf('LOG')
    expect(log.map(({ raw_message }) => raw_message).toSorted()).toEqual(lines.toSorted())
    for (const group of ['group1', 'group2']) {
      const tapped = await live.tailrace('tap', 'RAWLOG', '--group', group, 'pipeline.yaml', ...CLUSTER)
      expect(tapped.stderr).toContain(`from where group ${group} goes on`)
      expect(tapped.stdout).toBe('')
      const described = await kafka.tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
        ...['--bootstrap-server', kafka.bootstrap],
        ...['--describe', '--group', group],
      ])
      const offsets = [...described.matchAll(/ RAWLOG +\d +(\d+) +\d+ +(\d+) /g)]
      expect(offsets.map(([, , lag]) => lag)).toEqual(['0', '0', '0'])
      expect(offsets.reduce((sum, [, offset]) => sum + Number(offset), 0)).toBe(REQUESTS)
    }
  })

  test(
    'on one machine the same log gives the same tables, row for row',
    async () => {
      alone = await exampleFolder()
      copyFileSync(live.at('nginx/access.log'), alone.at('nginx/access.log'))
      const run = await alone.tailrace('run', 'pipeline.yaml', ...PARAMS, '--until-end')
      expect(run.code, run.stderr).toBe(0)
      expect(run.stderr).toContain(' 0 dead letters')
      expect(hitsOf(rowsIn(alone, 'RESULTS'))).toEqual(sent.requests)
      for (const table of ['RESULTS', 'LOG'] as const) expect(rowsIn(alone, table)).toEqual(await tableOf(table))
    },
    LIMIT_MS,
  )

  test(
    'the batch over LOG gives the same totals, in both tables, and a batch over the topic the rows of real time',
    async () => {
      const day = String((await tableOf('LOG'))[0]?.timestamp).slice(0, 10)
      const span = ['--since', day, '--until', '2100-01-01']
      for (const [folder, ...options] of [[live, ...CLUSTER], [alone]] as const) {
        const report = ['pipeline.yaml', ...options, ...PARAMS, ...span]
        const batch = await folder.tailrace('report', 'top_of_day', ...report, '--deliver')
        expect(batch.code, batch.stderr).toBe(0)
        // Its sink takes the rows when the pipeline runs.
        const run = await folder.tailrace('run', 'pipeline.yaml', ...options, ...PARAMS, '--until-end')
        expect(run.code, run.stderr).toBe(0)
        const compared = await folder.tailrace('report', 'top_pages', ...report, '--compare')
        expect(compared.stderr, compared.stdout).toMatch(/^\d+ rows equal, 0 differ, 0 late records$/m)
      }
      expect(hitsOf(await tableOf('RESULTS'), 'batch')).toEqual(sent.requests)
      expect(rowsIn(alone, 'RESULTS')).toEqual(await tableOf('RESULTS'))
    },
    LIMIT_MS,
  )

  test('nothing is left of the servers', async () => {
    await nginx.stop()
    expectNothingLeft(nginx.folder, nginx.pids)
  })
})
