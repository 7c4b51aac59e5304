/** What Flink is sent for a pipeline, taken by a real Flink: every example, every form of the language, every function, every type. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { type Flink, startFlink } from '../../scripts/services/flink/flink.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { startKafka } from '../../scripts/services/kafka/kafka.ts'
import type { KafkaOptions } from '../../src/bus/kafka/options.ts'
import { openFlinkSession } from '../../src/client/flink/gateway.ts'
import { type FlinkJob, flinkJobs } from '../../src/flink/job.ts'
import { kafkaWiring } from '../../src/flink/kafka-wiring.ts'
import { flinkRefusals } from '../../src/flink/refusals.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import type { CheckedPipeline } from '../../src/pipeline/checked.ts'
import { loadForCheck, readForCheck } from '../../src/pipeline/file/load.ts'
import { loadEveryKind } from '../../src/pipeline/file/load-kinds.ts'
import { EXAMPLES } from '../../src/sql/function/examples.ts'
import { blocksOf, readDocument } from '../docs/markdown.ts'
import { throughFlink, typedRows } from './flink-types.ts'
import { isMissing } from './missing.ts'

await loadEveryKind()

const lacking = await isMissing('Flink', () => installedJars('flink'))
const noKafka = await isMissing('Kafka', () => installedJars('kafka'))
const noKcat = await isMissing('kcat', () => debianProgram('kcat'))
/** Streams of tailrace refuse them. */
const STREAMLESS: ReadonlySet<string> = new Set(['RAND', 'RAND_INTEGER', 'UUID'])
const BUS: KafkaOptions = { brokers: ['a:9092'], tls: false, client_id: 'c', prefix: '', compression: 'lz4' }

const jobsOf = (pipeline: CheckedPipeline): readonly FlinkJob[] =>
  flinkJobs(pipeline, kafkaWiring(pipeline, { bus: BUS }))

/** A pipeline with one topic, the log of the documents, and these queries. */
function pipelineOf(queries: readonly string[]): CheckedPipeline {
  const file = {
    version: 1,
    name: 'docs',
    topics: { log: { format: 'combined', watermark: "ts - INTERVAL '5' SECOND" } },
    queries: Object.fromEntries(queries.map((sql, index) => [`q${index}`, sql])),
  }
  return checkPipeline(readForCheck('p.yaml', JSON.stringify(file), { environment: {} }), 0).pipeline
}

/** What Flink says of each job that it refuses. */
async function refusedOf(flink: Pick<Flink, 'gateway'>, jobs: readonly FlinkJob[]): Promise<readonly string[]> {
  const refused: string[] = []
  for (const { query, settings, tables, insert } of jobs) {
    await using session = await openFlinkSession(flink.gateway, settings)
    for (const sql of [...tables, `EXPLAIN PLAN FOR ${insert}`]) {
      const answer = await session.ask(sql)
      if (answer.kind === 'error') refused.push(`${query}: ${sql}: ${answer.error}: ${answer.message}`)
    }
  }
  return refused
}

/** Statements of the language that Flink refuses, and that are refused here before they are sent. */
const isRefusedHere = (sql: string): boolean => flinkRefusals(pipelineOf([sql])).length > 0

describe.skipIf(lacking)('a real Flink', () => {
  test('takes every example, statement and function of the language that is not refused before, and none that is', {
    timeout: 600_000,
  }, async () => {
    await using flink = await startFlink()
    const pipelines = await Promise.all(
      readdirSync('examples').map((name) => loadForCheck(join('examples', name, 'pipeline.yaml'), { environment: {} })),
    )
    const ofExamples = pipelines.map((loaded) => checkPipeline(loaded, 0).pipeline)
    expect(ofExamples.flatMap((pipeline) => flinkRefusals(pipeline))).toEqual([])
    const statements = [
      ...blocksOf(readDocument('docs/language.md')).flatMap(({ info, text }) => (info === 'sql' ? [text] : [])),
      ...[...EXAMPLES].flatMap(([name, example]) => (STREAMLESS.has(name) ? [] : [`SELECT ${example} AS x FROM log`])),
    ]
    const { refused = [], taken = [] } = Object.groupBy(statements, (sql) => (isRefusedHere(sql) ? 'refused' : 'taken'))
    expect(taken.length).toBeGreaterThan(200)
    const wrong = [...ofExamples, pipelineOf(taken)].map((pipeline) => refusedOf(flink, jobsOf(pipeline)))
    expect((await Promise.all(wrong)).flat()).toEqual([])
    // A refusal without need would keep people from what Flink can do; answers that change are refused for another reason.
    const needless = refused.filter((sql) => pipelineOf([sql]).queries[0]?.query.plan.kind !== 'changes')
    const answers = await Promise.all(needless.map((sql) => refusedOf(flink, jobsOf(pipelineOf([sql])))))
    expect(needless.filter((_, index) => answers[index]?.length === 0)).toEqual([])
  })

  test('gives rows of every type back as they were', { timeout: 300_000 }, async () => {
    await using flink = await startFlink()
    expect(await throughFlink(flink.gateway)).toEqual(typedRows)
  })

  test.skipIf(noKafka || noKcat)(
    'closes the last window by ticks among the rows, and counts none of them',
    {
      timeout: 300_000,
    },
    async () => {
      await using flink = await startFlink()
      await using kafka = await startKafka()
      const pipeline = minutesOn(kafka.bootstrap)
      await kafka.createTopic('p.log.rows', 2)
      await kafka.createTopic('p.minutes.flink', 1)
      const put = (partition: number, rows: readonly object[]) => {
        const input = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
        return kafka.kcat(['-P', '-t', 'p.log.rows', '-p', String(partition)], { input })
      }
      await put(0, [{ ts: '2026-03-01T10:00:01.000Z' }, { ts: '2026-03-01T10:00:02.000Z' }, { ts: null }])
      await put(1, [{ ts: '2026-03-01T10:00:03.000Z' }])
      const [job] = flinkJobs(pipeline, kafkaWiring(pipeline, { bus: pipeline.bus.options as KafkaOptions }))
      if (job === undefined) throw new Error('the query is a job')
      await using session = await openFlinkSession(flink.gateway, job.settings)
      for (const sql of [...job.tables, job.insert]) expect(await session.ask(sql)).toMatchObject({ kind: 'rows' })
      const tick = { ts: '2026-03-01T10:01:05.000Z', _tick: true }
      const rows = () => kafka.kcat(['-C', '-t', 'p.minutes.flink', '-e', '-q', '-X', 'isolation.level=read_committed'])
      await put(0, [tick])
      await sleep(5000)
      expect(await rows()).toBe('')
      await put(1, [tick])
      await expect.poll(rows, { timeout: 60_000, interval: 500 }).not.toBe('')
      expect(
        (await rows())
          .trim()
          .split('\n')
          .map((row) => JSON.parse(row)),
      ).toEqual([{ window_start: '2026-03-01T10:00:00', window_end: '2026-03-01T10:01:00', hits: 3 }])
    },
  )
})

const minutesOn = (brokers: string): CheckedPipeline => {
  const sql = `SELECT window_start, window_end, COUNT(*) AS hits FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end`
  const file = {
    version: 1,
    name: 'p',
    bus: `kafka://${brokers}`,
    engine: { flink: { gateway: 'http://localhost:8083', checkpoint: '1s' } },
    topics: {
      log: {
        partitions: 2,
        format: { json: { columns: { ts: 'TIMESTAMP_LTZ(3)' } } },
        watermark: "ts - INTERVAL '5' SECOND",
        idle: '10s',
      },
    },
    queries: { minutes: sql },
  }
  return checkPipeline(readForCheck('p.yaml', JSON.stringify(file), { environment: {} }), 0).pipeline
}
