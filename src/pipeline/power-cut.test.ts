/**
 * A whole run on a disk whose power is cut after any operation: the next run ends with the topics of one that nobody
 * disturbed, byte for byte. Sources read a real file; everything else lies on the simulated disk.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { seededRandom } from '../base/random.ts'
import { SimulatedDisk } from '../base/simulated-disk.test-tool.ts'
import { readAll } from '../bus/appends.test-tool.ts'
import { openEmbedded } from '../bus/embedded.ts'
import { checkPipeline } from './check.ts'
import type { CheckedPipeline } from './checked.ts'
import { readPipeline } from './load.ts'
import { runPipeline } from './run.ts'
import { temporaryFolder } from './running.test-tool.ts'

const DATA = '/data'
const PIPELINE = `version: 1
name: p
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 10s, from: access } }
`

/** Lines a second apart; one of them is no line of a log, one is late. */
function makeLog(): string {
  const lines = Array.from({ length: 90 }, (_, second) => {
    const at = `${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`
    return `host - - [01/Jul/1995:00:${at} +0000] "GET /${second % 3} HTTP/1.0" 200 10`
  })
  return `${[...lines.slice(0, 40), 'garbage', ...lines.slice(40), lines[1]].join('\n')}\n`
}

async function run(pipeline: CheckedPipeline, disk: SimulatedDisk): Promise<void> {
  await runPipeline(pipeline, {
    dataFolder: DATA,
    untilEnd: true,
    reset: new Map(),
    clock: { ...systemClock, now: () => 0 },
    random: seededRandom(1),
    disk: disk.disk,
    segmentBytes: 2000,
    stop: new AbortController().signal,
    stdout: process.stdout,
    interactive: false,
    started() {},
    warn() {},
  })
}

/** What the topics hold, by partition. Lines that were appended together lie together, however that was. */
async function topicsOf(disk: SimulatedDisk): Promise<Readonly<Record<string, unknown>>> {
  await using bus = await openEmbedded(DATA, { disk: disk.disk, clock: systemClock })
  const found: Record<string, unknown> = {}
  for (const { name, partitions } of await bus.topics()) {
    const topic = await bus.topic(name, partitions)
    for (let partition = 0; partition < partitions; partition++)
      found[`${name}-${partition}`] = await readAll(topic, partition)
  }
  return found
}

test('the power is cut after any operation of a run that goes on; the next one ends as if nothing had been', async () => {
  using folder = await temporaryFolder()
  const log = join(folder.path, 'access.log')
  const { pipeline } = checkPipeline(readPipeline(join(folder.path, 'p.yaml'), PIPELINE, { environment: {} }), 0)
  const whole = makeLog()
  const begun = new SimulatedDisk()
  writeFileSync(log, whole.slice(0, whole.length >> 1).replace(/[^\n]*$/, ''))
  await run(pipeline, begun)
  writeFileSync(log, whole)
  const undisturbed = begun.copy()
  await run(pipeline, undisturbed)
  const wanted = await topicsOf(undisturbed)
  const names = ['access-0', 'access-1', 'p.paths-0', 'access.dead-0']
  expect(Object.keys(wanted)).toEqual(expect.arrayContaining(names))
  expect(undisturbed.operations).toBeGreaterThan(40)
  for (let cut = 0; cut < 2 * undisturbed.operations; cut++) {
    const stop = 1 + Math.floor(cut / 2)
    const told = `cut after operation ${stop}, seed ${cut}`
    const disk = begun.copy()
    disk.stopAfter = stop
    const go = async (onto: SimulatedDisk) => {
      await run(pipeline, onto).catch((error) => {
        if (!onto.stopped) throw new Error(`${told}: ${String(error)}`, { cause: error })
      })
    }
    await go(disk)
    const first = disk.afterPowerCut(cut)
    first.stopAfter = seededRandom(cut).below(60)
    await go(first)
    const second = cut % 3 > 0 ? first.afterPowerCut(cut + 1) : first.afterKill()
    await go(second)
    expect(await topicsOf(second), told).toEqual(wanted)
  }
})
