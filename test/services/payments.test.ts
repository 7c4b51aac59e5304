/**
 * The pipeline of examples/payments, by the real command line: on one machine alone, and on Kafka with a registry of schemas. Three
 * hours are made at once, with bad, late and repeated records, and what comes out is what the generator reckons. Then it is started,
 * looked after and stopped, by make and by Airflow.
 */
import { cpSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { airflowPath } from '../../scripts/services/airflow/airflow.ts'
import { type Apicurio, installedApicurio, startApicurio } from '../../scripts/services/apicurio/apicurio.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { freePorts } from '../../scripts/services/ports.ts'
import { type Ended, type Environment, type Folder, PROGRAM, startProgram } from '../cli/tailrace.ts'
import { isMissing, isNotBuilt } from './missing.ts'
import {
  deadIn,
  deadOf,
  EXAMPLE,
  exampleFolder,
  firingsIn,
  MADE,
  type Reckoned,
  reckoned,
  rowsIn,
  type Summary,
} from './payments-example.ts'

const LIMIT_MS = 240_000
const CLUSTER = [...MADE, '--with', 'cluster.yaml', '--data', '.tailrace/cluster']
const FILES = ['aggregated_logs.csv', 'processed_logs_hourly.csv']

const isSkipped = [
  await isMissing('Kafka', () => installedJars('kafka')),
  await isMissing('Apicurio', () => installedApicurio()),
].includes(true)
const noAirflow = isNotBuilt('Airflow', airflowPath)

describe.skipIf(isSkipped)('the payments pipeline', { timeout: LIMIT_MS }, () => {
  let kafka: Kafka
  let registry: Apicurio
  let folder: Folder
  let environment: Environment
  let expected: Reckoned
  let alone: Summary
  let cluster: Summary

  const made = async (...options: readonly string[]): Promise<Summary> => {
    const { code, stdout, stderr } = await folder.tailrace('run', ...options, '--until-end', '--json')
    expect(code, stderr).toBe(0)
    return JSON.parse(stdout) as Summary
  }

  /** A target of the Makefile, over topics and files of `name`. */
  const make = (name: string, target: string, more: Environment = {}): Promise<Ended> =>
    startProgram('make', ['--no-print-directory', target], folder.path, { ...environment, ...own(name), ...more }).ended

  /** The variables of a pipeline that has its own topics on the same brokers. */
  function own(name: string): Environment {
    const bus = `{ kafka: { brokers: "${kafka.bootstrap}", prefix: ${name}. } }`
    folder.write(`${name}.yaml`, `params: { out: out/${name} }\nbus: ${bus}\n`)
    return { WITH: `cluster.yaml ${name}.yaml`, DATA: `.tailrace/${name}` }
  }

  beforeAll(async () => {
    ;[kafka, registry] = await Promise.all([startKafka(), startApicurio()])
    await registry.ask('PUT', '/config', { compatibility: 'BACKWARD' })
    const servers = { KAFKA: kafka.bootstrap, REGISTRY: registry.url }
    const [port] = await freePorts(1)
    environment = { ...servers, TAILRACE: `${process.execPath} ${PROGRAM}`, LISTEN: `127.0.0.1:${port}` }
    folder = exampleFolder(servers)
    expected = await reckoned()
    alone = await made(...MADE)
    cluster = await made(...CLUSTER)
  }, LIMIT_MS)
  afterAll(async () => {
    await Promise.all([kafka?.stop(), registry?.stop()])
    folder?.[Symbol.dispose]()
  })

  test('on Kafka and the registry the files are those of one machine, row for row, and those of the reckoning', () => {
    for (const name of FILES) {
      expect(rowsIn(folder, `out/cluster/${name}`)).toEqual(rowsIn(folder, `out/made/${name}`))
    }
    expect(rowsIn(folder, 'out/cluster/aggregated_logs.csv')).toEqual(expected.minutes)
    expect(rowsIn(folder, 'out/cluster/processed_logs_hourly.csv')).toEqual(expected.hours)
  })

  test('every bad record is a dead letter under its rule, and every late one is counted, in both', () => {
    for (const summary of [alone, cluster]) {
      expect(summary.lines).toBe(expected.records)
      expect(deadIn(summary)).toEqual(deadOf(expected))
      expect(summary.late.by_minute).toBe(expected.answers.by_minute?.late)
      expect(summary.late.by_hour).toBe(expected.answers.by_hour?.late)
    }
    expect(expected.flaws.cut).toBeGreaterThan(100)
    expect(expected.fates.duplicate).toBeGreaterThan(1000)
  })

  test('the outages and bursts that there were are what fires, and nothing else, in both', () => {
    expect(expected.incidents).toHaveLength(8)
    for (const out of ['out/made', 'out/cluster']) expect(firingsIn(folder, out)).toEqual(expected.incidents)
  })

  test('the schema of the file is the one that is registered, once, and an incompatible one is refused with a reason', async () => {
    expect(await registry.ask('GET', '/subjects/payment-value/versions')).toEqual([1])
    const { schema } = await registry.ask('GET', '/subjects/payment-value/versions/latest')
    expect(JSON.parse(String(schema))).toEqual(JSON.parse(folder.read('payment.avsc')))
    const check = await folder.tailrace('check', ...CLUSTER.slice(0, -2), '--connect')
    expect(check.code, check.stdout + check.stderr).toBe(0)
    // A list of countries in place of a text: records that are there could not be read so.
    const country = '"country", "type": { "type": "enum", "name": "country", "symbols": ["DE", "NL", "GB", "CH"] }'
    folder.write('other.avsc', folder.read('payment.avsc').replace('"country", "type": "string"', country))
    const other = await folder.tailrace(
      ...['check', 'pipeline.yaml', '--with', 'cluster.yaml', '--connect'],
      ...['--set', 'topics.payment.format.avro.schema=other.avsc'],
    )
    expect(other.code, other.stderr).toBe(1)
    expect(other.stderr).toContain('the registry does not take the schema for subject payment-value')
  })

  test('make starts it, waits until it is ready, finds it well, starts it once, and stops it', async () => {
    const [check, start] = [await make('live', 'check-pipeline'), await make('live', 'start-pipeline')]
    expect(check.code, check.stderr).toBe(0)
    expect(start.stderr).toBe('')
    expect(start.stdout).toContain('payments runs, and is ready')
    expect((await make('live', 'start-pipeline')).stdout).toMatch(/^payments runs already: process \d+$/m)
    const health = await make('live', 'health-pipeline')
    expect(health, health.stderr).toMatchObject({ code: 0, stdout: 'ready\n' })
    const status = await folder.tailrace(
      ...['status', 'pipeline.yaml', '--with', 'cluster.yaml', '--with', 'live.yaml', '--data', '.tailrace/live'],
    )
    expect(status.stdout).toContain(`brokers: 1 ${kafka.bootstrap}`)
    const stop = await make('live', 'stop-pipeline')
    expect(stop, stop.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+ lines in, .* 0 dead letters/),
    })
    expect(await make('live', 'stop-pipeline')).toMatchObject({ code: 0, stdout: 'payments does not run\n' })
    expect((await make('live', 'health-pipeline')).code).not.toBe(0)
  })

  test('a start that cannot be says why, and leaves nothing behind', async () => {
    const start = await make('broken', 'start-pipeline', { LISTEN: new URL(registry.url).host })
    expect(start.code).not.toBe(0)
    expect(start.stderr).toContain('is taken by another process')
    expect((await make('broken', 'stop-pipeline')).stdout).toBe('payments does not run\n')
  })

  test.skipIf(noAirflow)('stream_orch_dag passes `airflow dags test`: checked, started, well, stopped', async () => {
    cpSync(`${EXAMPLE}/dags`, folder.at('dags'), { recursive: true })
    const home = folder.at('airflow')
    const variables = {
      ...environment,
      ...own('dag'),
      AIRFLOW_HOME: home,
      AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
      AIRFLOW__CORE__DAGS_FOLDER: folder.at('dags'),
    }
    const airflow = (...args: readonly string[]) => startProgram(airflowPath(), args, folder.path, variables).ended
    const migrated = await airflow('db', 'migrate')
    expect(migrated.code, migrated.stderr).toBe(0)
    const run = await airflow('dags', 'test', 'stream_orch_dag', '2026-01-02', '-c', '{"seconds": 1}')
    const said = run.stdout + run.stderr
    expect(run.code, said).toBe(0)
    const ended = [...said.matchAll(/end task task_id=(\w+)/g)].map(([, name]) => name)
    expect(ended).toEqual(['ensure_topic', 'start', 'health', 'stop'])
    expect(said).toMatch(/DagRun Finished: .*state=success/)
    expect(said).toContain('payments runs, and is ready')
    expect(said).toMatch(/\d+ lines in, .* 0 dead letters/)
  })
})
