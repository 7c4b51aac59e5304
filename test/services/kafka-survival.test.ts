/** What becomes of lines when brokers die, stop, or come back: every line is there once, and in order. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { systemClock } from '../../src/base/clock.ts'
import { appendOf, linesOf, readAll, textsOf } from '../../src/bus/appends.test-tool.ts'
import type { Topic } from '../../src/bus/bus.ts'
import { kafkaPlace, PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'

const missing = await isMissing('Kafka', () => installedJars('kafka'))
const testWithKafka = test.skipIf(missing)
/** How long all brokers are gone, once that was noticed; a minute in `make soak`. */
const OUTAGE_MS = Number(process.env.TAILRACE_OUTAGE_MS ?? 0)
/** More rounds, each with another broker, by TAILRACE_BROKER_KILLS=10. */
const KILLS = Number(process.env.TAILRACE_BROKER_KILLS ?? 2)
vi.setConfig({ testTimeout: 180_000 + 60_000 * KILLS, hookTimeout: 120_000 })
const PARTITIONS = 3
const LINES = 5

let kafka: Kafka
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ brokers: 3, settings: PATIENT })
})
afterAll(async () => await kafka?.stop())

/** Appends numbered lines to every partition, one append of each at a time, until `stop`; gives their number. */
function writeNumbers(topic: Topic) {
  let isStopped = false
  let acknowledged = 0
  const waits = new Map<number, () => void>()
  const write = async (partition: number): Promise<number> => {
    let next = 0
    while (!isStopped) {
      const lines = Array.from({ length: LINES }, (_, i) => `${partition}/${next + i}`)
      next += LINES
      // Brokers forget producers whose last batch is old.
      await topic.append(partition, appendOf(linesOf(...lines), systemClock.now(), `${next}`))
      acknowledged += LINES
      for (const [count, resolve] of waits) if (acknowledged >= count) resolve()
    }
    return next
  }
  const written = Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => write(partition)))
  return {
    /** Resolves when some more lines are acknowledged. */
    more: (count: number) => new Promise<void>((resolve) => void waits.set(acknowledged + count, resolve)),
    stop() {
      isStopped = true
      return written
    },
  }
}

const numbers = (partition: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${partition}/${i}`)

/** Follows the topic with a cursor until it has `total()` lines. */
function follow(topic: Topic) {
  const cursor = topic.cursor({})
  const stop = new AbortController()
  const lines: string[][] = Array.from({ length: PARTITIONS }, () => [])
  const run = async (): Promise<void> => {
    for (;;) {
      await cursor.waitForMore(stop.signal)
      if (stop.signal.aborted && (await cursor.isAtEnd())) return
      for (const [partition, found] of lines.entries()) {
        if (!cursor.hasMore(partition)) continue
        await cursor.load(partition)
        const fetched = cursor.take(partition)
        if (fetched !== undefined) found.push(...textsOf(fetched.values))
        fetched?.values.lease?.release()
      }
    }
  }
  const running = run()
  return {
    async end() {
      stop.abort()
      await running
      cursor.close()
      return lines
    },
  }
}

// Promise kafka-durable: On Kafka, brokers may die or hang and answers may be lost: each append is there once, whole and in
// order.
testWithKafka(
  'a broker is killed while lines flow: each line is there once, and each reader gets it once',
  async () => {
    await using place = kafkaPlace(kafka, { replication: 3 })
    await using bus = await place.open()
    await using other = await kafkaPlace(kafka, { prefix: place.prefix }).open()
    const topic = await bus.topic('t', PARTITIONS)
    const writer = writeNumbers(topic)
    const near = follow(topic)
    const far = follow(await other.topic('t', PARTITIONS))
    for (let kill = 0; kill < KILLS; kill++) {
      await writer.more(200)
      const broker = (kill % 3) + 1
      await kafka.kill(broker)
      await writer.more(200)
      await kafka.restart(broker)
      await kafka.whole()
    }
    const counts = await writer.stop()
    const expected = counts.map((count, partition) => numbers(partition, count))
    for (const [partition, lines] of expected.entries()) {
      expect((await readAll(topic, partition)).map(({ value }) => value)).toEqual(lines)
    }
    expect(await near.end()).toEqual(expected)
    expect(await far.end()).toEqual(expected)
    expect(await topic.position('w')).toEqual(counts.map((count) => ({ mark: `${count}` })))
    expect(place.warnings.filter((warning) => warning.includes('lost'))).toEqual([])
  },
)

// Promise kafka-away: While all brokers are away, appends wait, and go on by themselves.
testWithKafka('all brokers are gone for a while: appends wait, say so once, and go on by themselves', async () => {
  await using place = kafkaPlace(kafka, { replication: 3 })
  await using bus = await place.open()
  const topic = await bus.topic('t', PARTITIONS)
  const writer = writeNumbers(topic)
  const reader = follow(topic)
  await writer.more(100)
  await Promise.all([1, 2, 3].map((broker) => kafka.kill(broker)))
  const said = await vi.waitFor(
    () => {
      const found = place.warnings.filter((warning) => warning.startsWith('Kafka: waits'))
      expect(found.length).toBeGreaterThan(0)
      return found
    },
    { timeout: 60_000, interval: 100 },
  )
  expect(new Set(said).size).toBe(said.length)
  const before = process.memoryUsage().heapUsed
  await systemClock.sleep(OUTAGE_MS)
  await Promise.all([1, 2, 3].map((broker) => kafka.restart(broker)))
  await writer.more(300)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 << 20)
  const counts = await writer.stop()
  for (const [partition, count] of counts.entries()) {
    expect((await readAll(topic, partition)).map(({ value }) => value)).toEqual(numbers(partition, count))
  }
  expect(await reader.end()).toEqual(counts.map((count, partition) => numbers(partition, count)))
  expect(place.warnings.some((warning) => warning.startsWith('Kafka: goes on'))).toBe(true)
})
