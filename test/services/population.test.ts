/**
 * The pipeline of examples/population, by the real command line, from nothing to checked rows: against an API that fails in every
 * way, on one machine alone, and on Kafka, HDFS and InfluxDB. What the API said is what comes out, to the row.
 */
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PopulationRow } from '../../examples/population/population.ts'
import { type PopulationServer, startPopulation } from '../../examples/population/server.ts'
import { startFlume } from '../../scripts/services/flume/flume.ts'
import { type Hdfs, startHdfs } from '../../scripts/services/hdfs/hdfs.ts'
import { type Influxdb, startInfluxdb } from '../../scripts/services/influxdb/influxdb.ts'
import { installedInfluxdb } from '../../scripts/services/influxdb/install.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import type { Folder } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'
import {
  changed,
  drive,
  exampleFolder,
  type Hook,
  inOrder,
  OWN,
  peopleIn,
  plain,
  saidIn,
  startHook,
  tableIn,
} from './population-example.ts'

const LIMIT_MS = 180_000
const POLL_MS = 200
const LOGIN = { username: 'admin', password: 'secret' }
const CLUSTER = ['--with', 'cluster.yaml', '--data', '.tailrace/cluster']

const isSkipped = await isMissing('Kafka, HDFS, Flume or InfluxDB', async () => {
  for (const name of ['kafka', 'hdfs', 'flume']) await installedJars(name)
  await installedInfluxdb()
})

/** A run of the pipeline, from its start to its end. */
type Ran = {
  readonly folder: Folder
  readonly hook: Hook
  readonly all: readonly PopulationRow[]
  readonly end: readonly PopulationRow[]
}

describe.skipIf(isSkipped)('the population pipeline', { timeout: LIMIT_MS }, () => {
  let kafka: Kafka
  let hdfs: Hdfs
  let influxdb: Influxdb
  let alone: Ran
  let cluster: Ran

  /** Runs the pipeline on an API of its own, which says the same as any other. */
  async function ran(environment: Readonly<Record<string, string>>, options: readonly string[]): Promise<Ran> {
    const server: PopulationServer = await startPopulation({ nations: 3, slowMs: 3000 })
    const hook = await startHook()
    const folder = exampleFolder({ API: `${server.url}/population`, HOOK: hook.url, ...environment })
    const running = folder.start('run', 'pipeline.yaml', ...options, ...OWN)
    await running.line(/^population runs/)
    const all = await drive(server, folder, hook)
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    expect(stderr).toContain(' 0 dead letters')
    expect(server.served().faults).toBe(8)
    await server.close()
    return { folder, hook, all, end: server.population.rows() }
  }

  beforeAll(async () => {
    ;[kafka, hdfs, influxdb] = await Promise.all([startKafka(), startHdfs(), startInfluxdb({ login: LOGIN })])
    const servers = {
      KAFKA: kafka.bootstrap,
      HDFS: new URL(hdfs.webhdfs).host,
      INFLUX: influxdb.url,
      INFLUX_TOKEN: `${LOGIN.username}:${LOGIN.password}`,
    }
    ;[alone, cluster] = await Promise.all([ran({}, []), ran(servers, CLUSTER)])
  }, LIMIT_MS)
  afterAll(async () => {
    await Promise.all([kafka?.stop(), hdfs?.stop(), influxdb?.stop()])
    for (const each of [alone, cluster]) {
      each?.folder[Symbol.dispose]()
      await each?.hook[Symbol.asyncDispose]()
    }
  })

  test('whatever the API does, each version of each row comes out once, and both setups have the same rows', () => {
    expect(alone.all).toEqual(cluster.all)
    expect(alone.all).toHaveLength(30 + 11)
    for (const { folder, all } of [alone, cluster]) {
      const rows = peopleIn(folder).map(plain)
      // Those of the first answer come by their key.
      expect(inOrder(rows.slice(0, 30))).toEqual(inOrder(all.slice(0, 30)))
      expect(rows.slice(30)).toEqual(all.slice(30))
    }
  })

  test('the table of SQLite has what the API says in the end', () => {
    expect(tableIn(alone.folder)).toEqual(inOrder(alone.end))
  })

  test('InfluxDB has the same rows, each as one point, on 1 January of its year', async () => {
    const points = await influxdb.ask('SELECT * FROM population_data')
    expect(points).toHaveLength(cluster.end.length)
    const rows = points.map(({ time, ID_Nation, ...fields }) => {
      expect(ID_Nation).toBe(fields['ID Nation'])
      expect(BigInt(String(time))).toBe(BigInt(Date.UTC(Number(fields['ID Year']), 0, 1)) * 1_000_000n)
      return fields as unknown as PopulationRow
    })
    expect(inOrder(rows)).toEqual(tableIn(alone.folder))
    const [count] = await influxdb.ask('SELECT COUNT("Population") FROM population_data')
    expect(count).toMatchObject({ count: cluster.end.length })
  })

  test('the alert has fired once and was resolved once, and the webhook heard both', () => {
    for (const { folder, hook } of [alone, cluster]) {
      expect(saidIn(folder).map(({ state }) => state)).toEqual(['firing', 'resolved'])
      const told = hook.bodies.filter(({ alert }) => alert === 'population_falls')
      expect(told.map(({ state }) => state)).toEqual(['firing', 'resolved'])
      expect(new Set(told.flatMap(({ keys }) => keys.map(({ id }) => id))).size).toBe(1)
      expect(hook.bodies).toHaveLength(2)
    }
  })

  test('each answer is a file of the spool, put away, and is archived once in the folder of its ten minutes', async () => {
    const files = filesIn(cluster.folder)
    expect(files.size).toBe(12)
    const archived = await archivedBy('/case_pop')
    expect([...archived.values()].flat().toSorted()).toEqual([...files.values()].toSorted())
    for (const [name, text] of files) expect(archived.get(folderOf(name)), name).toContain(text)
    expect(archivedIn(alone.folder).toSorted()).toEqual([...filesIn(alone.folder).values()].toSorted())
  })

  test('the topic is on Kafka as the file says: packed with snappy, a record for each answer, with its path as the key', async () => {
    const [log = ''] = globSync(join(kafka.folder, '**/pop-0/*.log'))
    const options = ['--deep-iteration', '--print-data-log', '--files', log]
    const lines = (await kafka.tool('org.apache.kafka.tools.DumpLogSegments', options)).split('\n')
    const batches = lines.filter((line) => line.startsWith('baseOffset'))
    expect(batches.filter((line) => !/compresscodec: snappy .*isvalid: true$/.test(line))).toEqual([])
    const keys = lines.flatMap((line) => /^\| offset: .* key: (\S+) payload: /.exec(line)?.[1] ?? [])
    expect(keys).toEqual([...filesIn(cluster.folder).keys()].map((name) => cluster.folder.at(join('spool', name))))
  })

  test('the same files give the same rows and the same alerts once more, to the letter, read by one machine alone', async () => {
    await using hook = await startHook()
    using folder = exampleFolder({ HOOK: hook.url })
    refill(folder)
    folder.write('files.yaml', 'sources: { api: null }\ntopics: { answers: null }\nsinks: { inbox: null }\n')
    const run = await folder.tailrace(
      'run',
      'pipeline.yaml',
      '--with',
      'files.yaml',
      '--with',
      'own.yaml',
      '--until-end',
    )
    expect(run.code, run.stderr).toBe(0)
    expect(peopleIn(folder)).toEqual(peopleIn(cluster.folder))
    expect(saidIn(folder)).toEqual(saidIn(cluster.folder))
    expect(tableIn(folder)).toEqual(inOrder(cluster.end))
  })

  test('Flume takes the files in place of tailrace, and archives them: the same rows, the same archive', async () => {
    using folder = exampleFolder()
    refill(folder)
    const bus = `bus: { kafka: { brokers: "${kafka.bootstrap}", prefix: flume. } }`
    folder.write('files.yaml', `${bus}\nsources: { api: null }\ntopics: { answers: null }\nsinks: { inbox: null }\n`)
    const overlays = ['flume.yaml', 'files.yaml', 'own.yaml'].flatMap((name) => ['--with', name])
    const running = folder.start('run', 'pipeline.yaml', ...overlays)
    await running.line(/^population runs/)
    const brokers = { '127.0.0.1:9092': kafka.bootstrap }
    {
      const folders = { 'spoolDir = spool': `spoolDir = ${folder.at('spool')}`, '.topic = pop': '.topic = flume.pop' }
      await using _ = await startFlume({ conf: changed('flume-in.conf', { ...brokers, ...folders }) })
      while (peopleIn(folder).length < cluster.all.length) await sleep(POLL_MS)
    }
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    expect(peopleIn(folder)).toEqual(peopleIn(cluster.folder))
    expect(readdirSync(folder.at('spool')).every((name) => name.startsWith('.') || name.endsWith('.COMPLETED'))).toBe(
      true,
    )

    const out = { 'topics = pop': 'topics = flume.pop', 'hdfs://127.0.0.1:9000/case_pop': `${hdfs.uri}/by_flume` }
    const flume = await startFlume({ conf: changed('flume-out.conf', { ...brokers, ...out }) })
    const files = filesIn(cluster.folder)
    while (Number((await flume.counters())['SINK.hdfs']?.EventDrainSuccessCount) < files.size) await sleep(POLL_MS)
    await flume.stop()
    expect([...(await archivedBy('/by_flume')).values()].flat().toSorted()).toEqual([...files.values()].toSorted())
  })

  /** The answers of the cluster's run as finished files of a new folder. */
  function refill(folder: Folder): void {
    mkdirSync(folder.at('spool'))
    for (const [name, text] of filesIn(cluster.folder)) writeFileSync(folder.at(join('spool', name)), text)
  }

  /** Lines of the files below a folder of HDFS, by `DAY/HHMM`. */
  async function archivedBy(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const listed = String(await hdfs.shell(['-ls', '-R', folder]))
    const paths = [...listed.matchAll(/^-.* (\/\S+\/(\S+\/\S+)\/events-[^/]*\.json)$/gm)]
    const found = new Map<string, string[]>()
    for (const [, path = '', day = ''] of paths) {
      const text = String(await hdfs.shell(['-cat', path]))
      found.set(day, [...(found.get(day) ?? []), ...text.trimEnd().split('\n')])
    }
    return found
  }
})

/** What the files of the spool hold, by their names without `.COMPLETED`. */
function filesIn(folder: Folder): ReadonlyMap<string, string> {
  const names = readdirSync(folder.at('spool')).filter((name) => !name.startsWith('.'))
  expect(names.filter((name) => !/^response_\d{8}_\d{6}(_\d{4})?\.json\.COMPLETED$/.test(name))).toEqual([])
  return new Map(
    names
      .toSorted()
      .map((name) => [name.replace('.COMPLETED', ''), readFileSync(folder.at(join('spool', name)), 'utf8')]),
  )
}

/** The lines of the archive of one machine. */
const archivedIn = (folder: Folder): readonly string[] =>
  readdirSync(folder.at('archive'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) =>
      readFileSync(folder.at(join('archive', name)), 'utf8')
        .trimEnd()
        .split('\n'),
    )

/** Where the answer of a file is archived: `response_20261130_123456.json` in `26-11-30/1230`. */
const folderOf = (name: string): string => name.replace(/^response_20(\d\d)(\d\d)(\d\d)_(\d{3}).*$/, '$1-$2-$3/$40')
