/**
 * A whole run on a disk whose power is cut after any operation: the next run ends with the same topics and the same files of
 * sinks, byte for byte, as a run without a power cut. Sources read a real file; everything else is on the simulated disk.
 * Where retention deletes records meanwhile, the topics have the same records at their ends.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { SimulatedDisk } from '../../src/base/disk/simulated-disk.test-tool.ts'
import { seededRandom } from '../../src/base/random.ts'
import { appendOf, type Read, linesOf as recordsOf } from '../../src/bus/appends.test-tool.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import type { CheckedPipeline, RetentionRule } from '../../src/pipeline/checked.ts'
import { settledLetters } from '../../src/topic/letters.test-tool.ts'
import { accessLines } from '../access-line.ts'
import { linesOf } from '../cli/tailrace.ts'
import { checkedText, readTopics, runInProcess } from '../run/in-process.ts'

const DATA = '/data'
/** A watermark beyond all records before it, and beyond some records behind it. */
const TICK = Date.UTC(1995, 6, 1, 0, 0, 50)
const FILES = [
  'archive/95-07-01/of partition 0',
  'archive/95-07-01/of partition 1',
  'archive/undated/of partition 0',
  'out/.minutes.ndjson.owner',
  'out/.paths.csv.owner',
  'out/minutes.ndjson',
  'out/paths.csv',
]
const PIPELINE = `version: 1
name: p
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND, idle: 1h }
queries:
  paths: SELECT window_time AS made, path, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, window_time, path
  minutes: SELECT window_start, COUNT(*) AS paths FROM TABLE(TUMBLE(TABLE paths, DESCRIPTOR(made), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end
sinks:
  paths: { from: paths, csv: out/paths.csv }
  minutes: { from: minutes, ndjson: out/minutes.ndjson }
  archive: { from: access, files: { path: "archive/%y-%m-%d" } }
`

/** Lines a second apart; one cannot be decoded, one is late. */
function makeLog(): string {
  const lines = linesOf(accessLines(90)).map((line, second) => line.replace('/a', `/${second % 3}`))
  return `${[...lines.slice(0, 40), 'garbage', ...lines.slice(40), lines[1]].join('\n')}\n`
}

/** Deletes all records that were read, except for the last segments, again and again. */
const RETENTION: RetentionRule = { timeMs: undefined, bytes: 100, limit: undefined, whenFull: 'block' }
const LOOKING_MS = 10_000
/** Before this the records would be from the future. */
const NOW = Date.UTC(2026, 0, 1)

async function run(pipeline: CheckedPipeline, disk: SimulatedDisk): Promise<void> {
  const { elapsed, sleep } = systemClock
  await runInProcess(pipeline, {
    dataFolder: DATA,
    clock: { now: () => NOW, elapsed, sleep: (ms, signal) => sleep(ms === LOOKING_MS ? 1 : ms, signal) },
    disk: disk.disk,
    segmentBytes: 2000,
  })
}

type Left = {
  /** The records of the topics, by partition. How many of them one append had makes no difference. */
  readonly topics: Readonly<Record<string, readonly (Read | string)[]>>
  /** The files of sinks, by path; those of an archive by folder and partition. */
  readonly files: Readonly<Record<string, string>>
}

async function whatIsLeft(disk: SimulatedDisk, folder: string): Promise<Left> {
  const topics = await readTopics(DATA, disk.disk)
  // The places of ticks among the rows of windows change no row (result-clock.ts).
  topics.delete('p.paths.ticks-0')
  const files: Record<string, string> = {}
  for (const [path, bytes] of [...disk.files()].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!path.startsWith(folder)) continue
    const name = path.slice(folder.length + 1).replace(/archive-.*-p(\d+)-\d+-\d+\.log$/, 'of partition $1')
    files[name] = (files[name] ?? '') + Buffer.from(bytes).toString()
  }
  const letters = [...topics].flatMap(([name, records]) =>
    /\.dead-\d+$/.test(name) ? [[name, settledLetters(records.map(({ value }) => value)).toSorted()] as const] : [],
  )
  return { topics: { ...Object.fromEntries(topics), ...Object.fromEntries(letters) }, files }
}

/** A tick between the records of the first and those of the second run, as a clock would have written it. */
async function tickBetween(disk: SimulatedDisk): Promise<void> {
  await using bus = await ownEmbedded(DATA, { disk: disk.disk, clock: systemClock })
  const [access, ticks] = [await bus.topic('access', 2), await bus.topic('access.ticks', 2)]
  for (const partition of [0, 1]) {
    const tick = { partition, offset: access.bounds(partition).end, watermark: TICK }
    await ticks.append(partition, appendOf(recordsOf(JSON.stringify(tick))))
  }
}

type Lived = { readonly begun: SimulatedDisk; readonly folder: string; readonly wanted: Left }

/** A first run has read half of the lines; `wanted` is left by a second run without a power cut. */
async function beginLife(pipeline: CheckedPipeline, folder: string): Promise<Lived> {
  const log = join(folder, 'access.log')
  const whole = makeLog()
  const begun = new SimulatedDisk()
  await begun.disk.mkdir(folder)
  writeFileSync(log, whole.slice(0, whole.length >> 1).replace(/[^\n]*$/, ''))
  await run(pipeline, begun)
  await tickBetween(begun)
  writeFileSync(log, whole)
  const undisturbed = begun.copy()
  await run(pipeline, undisturbed)
  const wanted = await whatIsLeft(undisturbed, folder)
  const names = ['access-0', 'access-1', 'p.paths-0', 'p.minutes-0', 'access.dead-0']
  expect(Object.keys(wanted.topics)).toEqual(expect.arrayContaining(names))
  expect(Object.keys(wanted.files).sort()).toEqual(FILES)
  return { begun, folder, wanted }
}

/** Cuts the power after an operation; in the next run cuts it again or kills the process; then runs to the end. */
async function cutAfter(stop: number, pipeline: CheckedPipeline, { begun, folder }: Lived): Promise<Left> {
  const disk = begun.copy()
  disk.stopAfter = stop
  const go = async (onto: SimulatedDisk) => {
    await run(pipeline, onto).catch((error) => {
      if (!onto.stopped) throw new Error(`cut after operation ${stop}: ${String(error)}`, { cause: error })
    })
  }
  await go(disk)
  const first = disk.afterPowerCut(stop)
  first.stopAfter = seededRandom(stop).below(60)
  await go(first)
  const second = stop % 3 > 0 ? first.afterPowerCut(stop + 1) : first.afterKill()
  await go(second)
  return whatIsLeft(second, folder)
}

// Holds durable.
test.each([
  ['nothing', undefined],
  ['what was read', RETENTION],
])(
  'power cuts after any operation leave what an undisturbed run leaves, where retention deletes %s',
  { timeout: 120_000 },
  async (_, retention) => {
    using folder = temporaryFolder()
    const pipeline = checkedText(PIPELINE, folder.path)
    const topics = pipeline.topics.map((one) => (one.name === 'access' && retention ? { ...one, retention } : one))
    const disturbed = { ...pipeline, topics }
    const life = await beginLife(pipeline, folder.path)
    const counted = life.begun.copy()
    await run(disturbed, counted)
    expect(counted.operations).toBeGreaterThan(80)
    let deleted = 0
    for (let stop = 1; stop <= counted.operations; stop++) {
      const found = await cutAfter(stop, disturbed, life)
      const told = `cut after operation ${stop}`
      expect(found.files, told).toEqual(life.wanted.files)
      for (const [name, records] of Object.entries(life.wanted.topics)) {
        const kept = found.topics[name] ?? []
        const isTrimmed = retention !== undefined && /^access(\.\w+)?-/.test(name)
        deleted += records.length - kept.length
        expect(kept, `${told}: ${name}`).toEqual(isTrimmed ? records.slice(records.length - kept.length) : records)
      }
    }
    expect(deleted > 0).toBe(retention !== undefined)
  },
)
