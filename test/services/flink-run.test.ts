/**
 * Pipelines whose queries Flink runs, by the real command line, on a real broker and a real Flink. Lines are numbered, and their rows are
 * known: whatever is killed, stopped or moved, each window comes once, with all its lines.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generateAccessLog } from '../../src/source/made/lines/nasa-lines.ts'
import { type Folder, folderWith, type Running } from '../cli/tailrace.ts'
import { flinkServers, isFlinkMissing, whileRunning } from './flink-servers.ts'
import { NumberedLines, numberedPipeline } from './numbered-lines.ts'

const LIMIT_MS = 600_000
const ROUNDS = Number(process.env.TAILRACE_FLINK_ROUNDS ?? 0)

const isSkipped = await isFlinkMissing()

describe.skipIf(isSkipped)('a pipeline on Flink', () => {
  const { kafka, flink } = flinkServers(LIMIT_MS)

  let places = 0
  /** What is laid over a pipeline: topics of its own on the broker, and Flink. */
  const overlays = () => {
    const bus = `bus: { kafka: { brokers: "${kafka().bootstrap}", prefix: "f${places++}." } }\n`
    return {
      'kafka.yaml': bus,
      'flink.yaml': `${bus}engine: { flink: { gateway: "${flink().gateway}", checkpoint: 1s } }\n`,
    }
  }

  /** A pipeline of numbered lines that runs on Flink; the first 400 are there. */
  const numberedOnFlink = (name: string) => {
    const lines = new NumberedLines()
    const folder = folderWith({ 'p.yaml': numberedPipeline(name), ...overlays(), 'access.log': lines.next(400) })
    let running: Running
    const start = () => {
      running = folder.start('run', 'p.yaml', '--with', 'flink.yaml')
    }
    start()
    return {
      folder,
      lines,
      start,
      running: () => running,
      append: (count: number) => folder.append('access.log', lines.next(count)),
      /** Appends lines, and resolves when the rows are there of all windows that are closed then. */
      async more(count: number) {
        folder.append('access.log', lines.next(count))
        await rowsReach({ folder, running }, lines.closedWindows())
      },
      /** Stops it, and runs it once more to the end: each row of all lines is there once. */
      async endsExactly() {
        await running.stop()
        folder.append('access.log', lines.next(400))
        await ended(folder.start('run', 'p.yaml', '--with', 'flink.yaml', '--until-end'))
        expect(rowsIn(folder)).toEqual(lines.rows())
      },
      async [Symbol.asyncDispose]() {
        await running.kill()
        folder[Symbol.dispose]()
      },
    }
  }

  describe('gives the rows of the embedded engine', () => {
    test('access-log', { timeout: LIMIT_MS }, async () => {
      const files = { ...exampleFiles('access-log'), ...overlays(), 'log.yaml': ACCESS_LOG }
      using alone = folderWith({ ...files, 'access.log': visits() })
      using onFlink = folderWith({ ...files, 'access.log': visits() })
      await toTheEnd(alone)
      await toTheEnd(onFlink, '--with', 'flink.yaml')
      expect(alone.lines('out/top.csv').length).toBeGreaterThan(10)
      expect(onFlink.lines('out/top.csv')).toEqual(alone.lines('out/top.csv'))
    })

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

  test('kill -9 of a TaskManager leaves each window once and whole', { timeout: LIMIT_MS }, async () => {
    await using place = numberedOnFlink('task')
    await flink().kill('taskmanager')
    place.append(400)
    await flink().restart('taskmanager')
    await place.more(400)
    await place.endsExactly()
  })

  // As many rounds as TAILRACE_FLINK_ROUNDS says: `make soak`.
  test.skipIf(ROUNDS === 0)(
    `after ${ROUNDS} rounds of kills each window is there once`,
    { timeout: ROUNDS * LIMIT_MS },
    async () => {
      await using place = numberedOnFlink('rounds')
      await place.more(400)
      for (let round = 0; round < ROUNDS; round++) {
        for (const node of ['taskmanager', 'jobmanager'] as const) {
          await flink().kill(node)
          place.append(400)
          await flink().restart(node)
          await place.more(400)
        }
        await place.running().kill()
        place.append(400)
        place.start()
        await place.more(400)
      }
      await place.endsExactly()
    },
  )

  test('a JobManager that was killed knows no job: each query gets another one', { timeout: LIMIT_MS }, async () => {
    await using place = numberedOnFlink('jobs')
    await place.more(400)
    await flink().kill('jobmanager')
    place.append(400)
    await place.running().line(/Flink: waits and tries again/)
    await flink().restart('jobmanager')
    await place.more(400)
    await place.running().line(/Flink has lost its job/)
    await place.endsExactly()
  })

  test('a process that was killed finds its jobs, and one that was stopped goes on from a savepoint', {
    timeout: LIMIT_MS,
  }, async () => {
    await using place = numberedOnFlink('here')
    await place.more(400)
    await place.running().kill()
    place.append(400)
    place.start()
    await place.more(400)
    const { code, stderr } = await place.running().stop()
    expect(code, stderr).toBe(0)
    await place.endsExactly()
  })

  test('a changed query is refused as by the embedded engine, and begins anew where it is asked to', {
    timeout: LIMIT_MS,
  }, async () => {
    await using place = numberedOnFlink('changed')
    await place.more(400)
    const { code, stderr } = await place.running().stop()
    expect(code, stderr).toBe(0)
    const { folder } = place
    folder.write('p.yaml', folder.read('p.yaml').replace('GROUP BY', 'WHERE status = 200\n    GROUP BY'))
    const refused = await folder.tailrace('run', 'p.yaml', '--with', 'flink.yaml')
    expect(refused.stderr).toMatch(
      /query "counts", or the format or watermark of what it reads, is not what it was at the last run/,
    )
    expect(refused.stderr).toContain('--reset counts=earliest')
    const before = rowsIn(folder).length
    const args = ['run', 'p.yaml', '--with', 'flink.yaml', '--until-end', '--reset', 'counts=earliest']
    const again = await folder.start(...args).ended
    expect(again.code, again.stderr).toBe(0)
    const rows = rowsIn(folder)
    // What is decoded for Flink is no row of the pipeline.
    expect(again.stderr).toContain(` ${rows.length - before} rows out`)
    // The old rows stay, and all of them come again behind them.
    expect([...new Set(rows)]).toEqual(place.lines.rows())
    expect(rows).toHaveLength(before + place.lines.rows().length)
  })

  test('moves from this process to Flink and back, and each row is there once', { timeout: LIMIT_MS }, async () => {
    const lines = new NumberedLines()
    using folder = folderWith({ 'p.yaml': numberedPipeline('moved'), ...overlays(), 'access.log': lines.next(500) })
    for (const engine of ['kafka.yaml', 'flink.yaml', 'kafka.yaml', 'flink.yaml']) {
      const running = folder.start('run', 'p.yaml', '--with', engine)
      folder.append('access.log', lines.next(500))
      await rowsReach({ folder, running }, lines.closedWindows())
      const { code, stderr } = await running.stop()
      expect(code, stderr).toBe(0)
    }
    await ended(folder.start('run', 'p.yaml', '--with', 'kafka.yaml', '--until-end'))
    expect(rowsIn(folder)).toEqual(lines.rows())
  })
})

/** Laid over the access log example: its log is a file, and its rows go to one. */
const ACCESS_LOG = `sources: { access: { file: access.log } }
sinks: { screen: ~, results: ~, results_of_day: ~, log: ~, top: { from: top_pages, csv: out/top.csv } }
`

/** Half an hour of visits, of which no two pages have as many in five minutes. */
function visits(): string {
  let text = ''
  for (let second = 0; second < 1800; second++) {
    const page = Math.floor(Math.log2((second % 63) + 1))
    const clock = `${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`
    text += `10.0.0.1 - - [15/May/2025:20:${clock} +0000] "GET /page/${page} HTTP/1.1" 200 5 "-" "curl"\n`
  }
  return text
}

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

/** Resolves when there are rows of this many windows; rejects where the process has ended before. */
const rowsReach = (
  { folder, running }: { readonly folder: Folder; readonly running: Running },
  windows: number,
): Promise<void> =>
  whileRunning(running, () => new Set(rowsIn(folder).map((row) => row.slice(0, row.indexOf(',')))).size >= windows)
