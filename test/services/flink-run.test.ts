/**
 * Pipelines whose queries Flink runs, by the real command line, on a real broker and a real Flink. Lines are numbered, and their rows are
 * known: whatever is killed, stopped or moved, each window comes once, with all its lines.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Flink, startFlink } from '../../scripts/services/flink/flink.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { generateAccessLog } from '../../src/source/made/lines/nasa-lines.ts'
import { type Folder, folderWith, type Running } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'
import { NumberedLines, numberedPipeline } from './numbered-lines.ts'

const LIMIT_MS = 300_000
const POLL_MS = 200

const isSkipped = await isMissing('Kafka or Flink', () => Promise.all(['kafka', 'flink'].map(installedJars)))

describe.skipIf(isSkipped)('a pipeline on Flink', () => {
  let kafka: Kafka
  let flink: Flink
  beforeAll(async () => {
    ;[kafka, flink] = await Promise.all([startKafka({ brokers: 1 }), startFlink()])
  }, LIMIT_MS)
  afterAll(async () => {
    await Promise.all([kafka?.stop(), flink?.stop()])
  })

  let places = 0
  /** What is laid over a pipeline: topics of its own on the broker, and Flink. */
  const overlays = () => {
    const bus = `bus: { kafka: { brokers: "${kafka.bootstrap}", prefix: "f${places++}." } }\n`
    return {
      'kafka.yaml': bus,
      'flink.yaml': `${bus}engine: { flink: { gateway: "${flink.gateway}", checkpoint: 1s } }\n`,
    }
  }

  describe('gives the rows of the embedded engine', () => {
    test('nasa', { timeout: LIMIT_MS }, async () => {
      const log = Buffer.concat([...generateAccessLog({ lines: 5000, seed: 17 })])
      const files = {
        ...exampleFiles('nasa'),
        ...overlays(),
        'log.yaml': 'sources: { collector: { file: access.log, tcp: ~ } }\n',
      }
      using alone = folderWith({ ...files, 'access.log': log })
      using onFlink = folderWith({ ...files, 'access.log': log })
      await toTheEnd(alone)
      await toTheEnd(onFlink, '--with', 'flink.yaml')
      for (const name of ['methods.csv', 'hosts.ndjson', 'errors.ndjson']) {
        expect(sorted(onFlink, `out/${name}`), name).toEqual(sorted(alone, `out/${name}`))
      }
      // Which of several paths with as many hits is the third, Flink leaves open.
      const hits = (folder: Folder) =>
        folder.lines('out/top_paths.csv').map((line) => line.replace(/,[^,]*(,\d+,\d+)$/, '$1'))
      expect(hits(onFlink).sort()).toEqual(hits(alone).sort())
    })
  })

  test('kill -9 of a TaskManager, of the JobManager and of tailrace, and a clean stop between', {
    timeout: LIMIT_MS,
  }, async () => {
    const lines = new NumberedLines()
    using folder = folderWith({ 'p.yaml': numberedPipeline('killed'), ...overlays(), 'access.log': lines.next(400) })
    const args = ['run', 'p.yaml', '--with', 'flink.yaml']
    const more = async (count: number) => {
      folder.append('access.log', lines.next(count))
      await rowsReach(folder, lines.closedWindows())
    }
    let running = folder.start(...args)
    await more(400)

    await flink.kill('taskmanager')
    folder.append('access.log', lines.next(400))
    await flink.restart('taskmanager')
    await more(400)

    await flink.kill('jobmanager')
    folder.append('access.log', lines.next(400))
    await running.line(/Flink: waits and tries again/)
    await flink.restart('jobmanager')
    await more(400)

    await running.kill()
    folder.append('access.log', lines.next(400))
    running = folder.start(...args)
    await more(400)

    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    folder.append('access.log', lines.next(400))
    await ended(folder.start(...args, '--until-end'))
    expect(rowsIn(folder)).toEqual(lines.rows())
  })

  test('moves from this process to Flink and back, and each row is there once', { timeout: LIMIT_MS }, async () => {
    const lines = new NumberedLines()
    using folder = folderWith({ 'p.yaml': numberedPipeline('moved'), ...overlays(), 'access.log': lines.next(500) })
    for (const engine of ['kafka.yaml', 'flink.yaml', 'kafka.yaml', 'flink.yaml']) {
      const running = folder.start('run', 'p.yaml', '--with', engine)
      folder.append('access.log', lines.next(500))
      await rowsReach(folder, lines.closedWindows())
      const { code, stderr } = await running.stop()
      expect(code, stderr).toBe(0)
    }
    await ended(folder.start('run', 'p.yaml', '--with', 'kafka.yaml', '--until-end'))
    expect(rowsIn(folder)).toEqual(lines.rows())
  })
})

/** The YAML files of an example. */
const exampleFiles = (name: string): { readonly [file: string]: string } =>
  Object.fromEntries(
    readdirSync(join('examples', name))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => [file, readFileSync(join('examples', name, file), 'utf8')]),
  )

async function toTheEnd(folder: Folder, ...options: readonly string[]): Promise<void> {
  await ended(folder.start('run', 'pipeline.yaml', '--with', 'log.yaml', '--until-end', ...options))
}

async function ended(running: Running): Promise<void> {
  const { code, stderr } = await running.ended
  expect(code, stderr).toBe(0)
}

const sorted = (folder: Folder, name: string): readonly string[] => [...folder.lines(name)].sort()

/** The rows of the pipeline of numbered lines, in the order of their windows. */
const rowsIn = (folder: Folder): readonly string[] =>
  existsSync(folder.at('out/counts.csv')) ? [...folder.lines('out/counts.csv').slice(1)].sort() : []

/** Resolves when there are rows of this many windows. */
async function rowsReach(folder: Folder, windows: number): Promise<void> {
  while (new Set(rowsIn(folder).map((row) => row.slice(0, row.indexOf(',')))).size < windows) await sleep(POLL_MS)
}
