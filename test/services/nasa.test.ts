/**
 * The NASA pipeline of examples/nasa, by the real command line: on Kafka and HDFS it gives the rows of one machine alone, row
 * for row, and keeps the same lines, byte for byte. The log is a real one where it is at hand.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Flume, startFlume } from '../../scripts/services/flume/flume.ts'
import { type Hdfs, startHdfs } from '../../scripts/services/hdfs/hdfs.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { freePorts } from '../../scripts/services/ports.ts'
import { generateAccessLog } from '../../src/source/made/lines/nasa-lines.ts'
import { type Environment, type Folder, folderWith } from '../cli/tailrace.ts'
import { dataPath, readData } from '../format/shared-data.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 300_000
const POLL_MS = 200
const REAL = 'access/nasa-aug95-first-20000.log.gz'
const LOG = existsSync(dataPath(REAL))
  ? readData(REAL)
  : Buffer.concat([...generateAccessLog({ lines: 20_000, seed: 10 })])
const LINES = LOG.toString('latin1').split('\n').length - 1

const EXAMPLE = 'examples/nasa'
const install = () => Promise.all(['kafka', 'hdfs', 'flume'].map(installedJars))
const isSkipped = await isMissing('Kafka, HDFS or Flume', install)

/** The files of the example, and the log. */
function exampleFolder(environment: Environment = {}): Folder {
  const files = readdirSync(EXAMPLE).filter((name) => /\.(yaml|conf)$/.test(name))
  const content = files.map((name) => [name, readFileSync(join(EXAMPLE, name))] as const)
  return folderWith({ ...Object.fromEntries(content), 'access.log': LOG }, environment)
}

/** Runs the pipeline in the folder with the log replayed into its socket, to the end. */
async function runWithLog(folder: Folder, ...options: readonly string[]): Promise<void> {
  const running = folder.start('run', 'pipeline.yaml', '--until-end', '--set', 'sources.collector.tcp=0', ...options)
  const port = await running.port(/^nasa runs: /)
  const replayed = await folder.tailrace('replay', 'access.log', '--to', `tcp://127.0.0.1:${port}`)
  expect(replayed.stderr).toContain(`${LINES} lines, ${LOG.length} bytes`)
  const { code, stderr } = await running.ended
  expect(code, stderr).toBe(0)
  expect(stderr).toContain(`${LINES} lines in`)
  expect(stderr).toContain(' 0 dead letters')
}

/** The rows of all queries. */
const rowsIn = (folder: Folder): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder.at('out'))
      // Marks say whose a file is.
      .filter((name) => !name.endsWith('.owner'))
      .map((name) => [name, folder.read(`out/${name}`)]),
  )

const rowsOf = (folder: Folder, name: string): number =>
  existsSync(folder.at(`out/${name}`)) ? folder.lines(`out/${name}`).length : 0

/** Flume's configuration of the example, with other addresses in it. */
const flumeConf = (name: string, changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce(
    (conf, [from, to]) => {
      expect(conf).toContain(from)
      return conf.replaceAll(from, to)
    },
    readFileSync(join(EXAMPLE, name), 'utf8'),
  )

/** Resolves when the sink of the agent has written all lines. */
async function drained(flume: Flume, sink: string): Promise<void> {
  while (Number((await flume.counters())[`SINK.${sink}`]?.EventDrainSuccessCount ?? 0) < LINES) await sleep(POLL_MS)
}

/** The lines of an archive by day and partition, in the order of their offsets: `95-08-01 p0`. */
function archiveIn(root: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const day of readdirSync(root).sort()) {
    for (const name of readdirSync(join(root, day)).sort()) {
      const [, partition] = /-(p\d+)-\d{20}-\d{20}\.log$/.exec(name) ?? []
      expect(partition, name).toBeDefined()
      const key = `${day} ${partition}`
      found[key] = (found[key] ?? '') + readFileSync(join(root, day, name), 'latin1')
    }
  }
  return found
}

describe.skipIf(isSkipped)('the NASA pipeline', () => {
  const alone = exampleFolder()
  let kafka: Kafka
  let hdfs: Hdfs
  const cluster = () => ({ KAFKA: kafka.bootstrap, HDFS: new URL(hdfs.webhdfs).host })

  beforeAll(async () => {
    ;[kafka, hdfs] = await Promise.all([startKafka(), startHdfs()])
    await runWithLog(alone)
  }, LIMIT_MS)
  afterAll(async () => {
    alone[Symbol.dispose]()
    await Promise.all([kafka?.stop(), hdfs?.stop()])
  })

  test(
    'on Kafka and HDFS gives the same rows and keeps the same lines, and its group shows in the tools of Kafka',
    async () => {
      using folder = exampleFolder(cluster())
      await runWithLog(folder, '--with', 'cluster.yaml')
      expect(rowsIn(folder)).toEqual(rowsIn(alone))
      mkdirSync(folder.at('copied'))
      await hdfs.shell(['-copyToLocal', '/user/bigdata/apache_logs', folder.at('copied')])
      expect(archiveIn(folder.at('copied/apache_logs'))).toEqual(archiveIn(alone.at('archive')))
      const names = readdirSync(folder.at('copied/apache_logs')).flatMap((day) =>
        readdirSync(folder.at(`copied/apache_logs/${day}`)),
      )
      for (const name of names) expect(name).toMatch(/^apache_logs-.*\.log$/)

      const described = await kafka.tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
        ...['--bootstrap-server', kafka.bootstrap],
        ...['--describe', '--group', 'flume_consumer'],
      ])
      const offsets = [...described.matchAll(/^flume_consumer +apache_logs +\d +(\d+) +\d+ +(\d+) /gm)]
      expect(offsets.map(([, , lag]) => lag)).toEqual(['0', '0', '0'])
      expect(offsets.reduce((sum, [, offset]) => sum + Number(offset), 0)).toBe(LINES)
    },
    LIMIT_MS,
  )

  test(
    'with windows by arrival counts every line, in minutes of now',
    async () => {
      const began = Date.now()
      using folder = exampleFolder(cluster())
      folder.write('own.yaml', 'bus: { kafka: { prefix: arrival. } }\nsinks: { archive: null }\n')
      await runWithLog(folder, '--with', 'cluster.yaml', '--with', 'by-arrival.yaml', '--with', 'own.yaml')
      const rows = folder
        .lines('out/methods.csv')
        .slice(1)
        .map((line) => line.split(','))
      expect(rows.reduce((sum, row) => sum + Number(row[3]), 0)).toBe(LINES)
      for (const [start = '', end = ''] of rows) {
        expect(Date.parse(`${end}Z`)).toBeGreaterThan(began)
        expect(Date.parse(`${start}Z`)).toBeLessThan(Date.now())
      }
    },
    LIMIT_MS,
  )

  test(
    'fed by an unmodified Flume gives the same rows',
    async () => {
      using folder = exampleFolder(cluster())
      folder.write(
        'own.yaml',
        'bus: { kafka: { prefix: flume. } }\nsources: { collector: null }\nsinks: { archive: null }\n',
      )
      const overlays = ['--with', 'cluster.yaml', '--with', 'own.yaml']
      const running = folder.start('run', 'pipeline.yaml', ...overlays)
      await running.line(/^nasa runs/)
      const [port = 0] = await freePorts(1)
      const conf = flumeConf('flume-in.conf', {
        '127.0.0.1:9092': kafka.bootstrap,
        'port = 9999': `port = ${port}`,
        'topic = apache_logs': 'topic = flume.apache_logs',
      })
      await using flume = await startFlume({ conf })
      const replayed = await folder.tailrace('replay', 'access.log', '--to', `tcp://127.0.0.1:${port}`)
      expect(replayed.stderr).toContain(`${LINES} lines, ${LOG.length} bytes`)
      await drained(flume, 'kafka')
      // The last windows close when the partitions have been quiet for a while.
      while (rowsOf(folder, 'methods.csv') < rowsOf(alone, 'methods.csv')) await sleep(POLL_MS)
      const { code, stderr } = await running.stop()
      expect(code, stderr).toBe(0)
      expect(stderr).toContain(' 0 dead letters')
      expect(rowsIn(folder)).toEqual(rowsIn(alone))
    },
    LIMIT_MS,
  )

  test(
    'archived by an unmodified Flume keeps the same lines',
    async () => {
      using folder = exampleFolder(cluster())
      folder.write('own.yaml', 'bus: { kafka: { prefix: out. } }\nsinks: { archive: null }\n')
      await runWithLog(folder, '--with', 'cluster.yaml', '--with', 'own.yaml')
      const conf = flumeConf('flume-out.conf', {
        '127.0.0.1:9092': kafka.bootstrap,
        'topics = apache_logs': 'topics = out.apache_logs',
        'hdfs://127.0.0.1:9000/user/bigdata': `${hdfs.uri}/user/flume`,
      })
      await using flume = await startFlume({ conf })
      await drained(flume, 'hdfs')
      await flume.stop()
      const kept = await hdfs.shell(['-cat', '/user/flume/apache_logs/*/apache_logs*.log'])
      const linesOf = (text: Buffer) => text.toString('latin1').split('\n').sort()
      expect(linesOf(kept)).toEqual(linesOf(LOG))
    },
    LIMIT_MS,
  )
})
