/**
 * The same records with the same ticks give the same rows on Kafka, as they come and with restarts, as on the embedded bus in
 * one go: `test/sim/independence.test.ts` with a real broker.
 */

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/base/random.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { settledLetters } from '../../src/topic/letters.test-tool.ts'
import { FILLED, type MadePipeline, makePipeline, makeStream } from '../sim/random-pipeline.ts'
import { type Running, startQueries, testClock } from '../sim/running.ts'
import { kafkaPlace, PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })
/** More of them, each with a seed of its own, by TAILRACE_SEEDS=100. */
const SEEDS = Number(process.env.TAILRACE_SEEDS ?? 3)

const missing = await isMissing('Kafka', () => installedJars('kafka'))
let kafka: Kafka
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ settings: PATIENT })
})
afterAll(async () => await kafka?.stop())

type Rows = Readonly<Record<string, readonly (readonly string[])[]>>

async function rowsOf(running: Running, { queries }: MadePipeline): Promise<Rows> {
  const found: Record<string, readonly (readonly string[])[]> = {}
  for (const { name } of queries) found[name] = await running.records(`p.${name}`)
  // Letters of several queries interleave by chance.
  for (const name of Object.keys(FILLED)) {
    found[`${name}.dead`] = (await running.records(`${name}.dead`)).map((letters) => settledLetters(letters).toSorted())
  }
  return found
}

test.skipIf(missing).each(Array.from({ length: SEEDS }, (_, i) => i + 1))('seed %i', async (seed) => {
  const made = makePipeline(seededRandom(seed))
  const random = seededRandom(seed + 100)
  // A broker deletes records that are older than the retention of their topic, by its own clock.
  const now = systemClock.now()
  const clock = testClock(now)
  await using place = kafkaPlace(kafka)
  const start = async () => startQueries({ folder: place.folder, text: made.text, clock, bus: await place.open() })
  let running = await start()
  const appended: Record<string, string[][]> = {}
  for (const event of makeStream(seededRandom(seed + 50), { turns: 40, late: true })) {
    if ('silence' in event) await running.pass(event.silence, 500)
    else {
      await running.append(event.topic, event.partition, event.records)
      appended[event.topic] ??= Array.from({ length: FILLED[event.topic] ?? 0 }, () => [])
      appended[event.topic]?.[event.partition]?.push(...event.records)
    }
    if (random.next() < 0.5) await running.settle()
    if (random.next() < 0.2) await running.checkpoint()
    if (random.next() >= 0.1) continue
    await running.stop()
    running = await start()
  }
  await running.settle()
  const followed = await rowsOf(running, made)
  const ticks = new Map<string, readonly (readonly string[])[]>()
  for (const name of Object.keys(FILLED)) ticks.set(name, await running.records(`${name}.ticks`))
  await running.stop()

  using folder = temporaryFolder()
  const text = made.text.replace(/queries:[\s\S]*/, 'queries: {}')
  const empty = await startQueries({ folder: folder.path, text, clock: testClock(now) })
  for (const [topic, partitions] of Object.entries(appended)) {
    for (const [partition, records] of partitions.entries()) {
      await empty.append(topic, partition, records)
      await empty.appendTicks(topic, partition, ticks.get(topic)?.[partition] ?? [])
    }
  }
  await empty.stop()
  const replayed = await startQueries({ folder: folder.path, text: made.text, clock: testClock(now) })
  await replayed.settle()
  expect(Object.values(followed).flat(2).length).toBeGreaterThan(100)
  const again = await rowsOf(replayed, made)
  for (const [topic, rows] of Object.entries(again)) expect(rows, topic).toEqual(followed[topic])
  await replayed.stop()
})
