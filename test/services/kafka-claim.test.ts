/** Parts of a pipeline move between processes: what the one before had under way comes once, or never. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { appendOf, linesOf } from '../../src/bus/appends.test-tool.ts'
import { claimedTopic, nextNumber, numbersIn, upTo, writeNumbers } from './kafka-claims.ts'
import { type KafkaPlace, kafkaPlace } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })
/** How often a process is stopped while it appends. */
const STOPS = Number(process.env.TAILRACE_CLAIM_STOPS ?? 5)

let kafka: Kafka
const missing = await isMissing('Kafka', () => installedJars('kafka'))
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ brokers: 3, settings: { 'log.retention.ms': -1 } })
})
afterAll(async () => await kafka?.stop())

/** Another data folder on the same topics. */
const beside = ({ prefix }: KafkaPlace): KafkaPlace => kafkaPlace(kafka, { prefix, replication: 3 })
const newPlace = (): KafkaPlace => kafkaPlace(kafka, { replication: 3 })

const expectFenced = (append: Promise<unknown>): Promise<void> =>
  expect(append).rejects.toMatchObject({
    code: 'fenced',
    message: 'another process has taken over part queries of pipeline p',
    retryable: false,
  })

test.skipIf(missing)('a part goes on where another process had got, which can append nothing more', async () => {
  await using one = newPlace()
  await using two = beside(one)
  await using first = await one.open()
  await using second = await two.open()
  const a = await claimedTopic(first)
  for (const partition of [0, 1]) await writeNumbers(a.topic, partition, 'a', 10)
  const b = await claimedTopic(second)
  expect(await b.topic.position('w')).toEqual([{ mark: '10' }, { mark: '10' }])
  await expectFenced(a.topic.append(0, appendOf(linesOf('late'))))
  expect(a.claimed.fenced.aborted).toBe(true)
  await writeNumbers(b.topic, 0, 'b', 10)
  await expectFenced(a.topic.append(1, appendOf(linesOf('late'))))

  // It may claim the part again.
  const again = await claimedTopic(first)
  expect(again.topic.bounds(0).end).toBeGreaterThan(20)
  await writeNumbers(again.topic, 0, 'c', 5)
  await expectFenced(b.topic.append(0, appendOf(linesOf('late'))))
  await again.claimed[Symbol.asyncDispose]()
  expect(await numbersIn(b.topic, 0)).toEqual({ numbers: upTo(25), names: new Set(['a', 'b', 'c']) })
  expect(await numbersIn(b.topic, 1)).toEqual({ numbers: upTo(10), names: new Set(['a']) })
})

test.skipIf(missing)(
  'an older process is refused also after its leader has died, and after all brokers have',
  async () => {
    await using one = newPlace()
    await using two = beside(one)
    await using first = await one.open()
    await using second = await two.open()
    const a = await claimedTopic(first)
    await writeNumbers(a.topic, 0, 'a', 10)
    const b = await claimedTopic(second)
    await writeNumbers(b.topic, 0, 'b', 10)
    const leader = (await first.look({ topics: ['t'] })).topics[0]?.partitions[0]?.leader ?? 1
    await kafka.kill(leader)
    await expectFenced(a.topic.append(0, appendOf(linesOf('late'))))
    await writeNumbers(b.topic, 0, 'b', 10)
    await kafka.restart(leader)
    await Promise.all([1, 2, 3].map((broker) => kafka.kill(broker)))
    await Promise.all([1, 2, 3].map((broker) => kafka.restart(broker)))
    await kafka.whole()
    // Partition 1 has the fence alone.
    await expectFenced(a.topic.append(1, appendOf(linesOf('late'))))
    await writeNumbers(b.topic, 0, 'b', 10)
    await writeNumbers(b.topic, 1, 'b', 10)
    expect((await numbersIn(b.topic, 0)).numbers).toEqual(upTo(40))
    expect((await numbersIn(b.topic, 1)).numbers).toEqual(upTo(10))
  },
)

/** A process that claims the part, and appends until it is fenced. */
async function life(place: KafkaPlace, name: string) {
  const script = fileURLToPath(new URL('kafka-claim-life.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [script, kafka.bootstrap, place.prefix, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout?.on('data', (bytes) => {
    said += String(bytes)
  })
  const closed = once(child, 'close')
  await vi.waitFor(() => expect(said).toContain('claimed\n'), { timeout: 30_000, interval: 20 })
  return {
    child,
    async end(): Promise<unknown> {
      await closed
      return JSON.parse(said.slice('claimed\n'.length))
    },
  }
}

// Promise fenced: A process that was stopped while its part of a pipeline moved to another one adds nothing when it goes on, and says so.
test.skipIf(missing)(
  `a process is stopped ${STOPS} times with appends under way, and goes on: each line is there once`,
  async () => {
    await using one = newPlace()
    await using two = beside(one)
    await using bus = await two.open()
    let due = [0, 0]
    for (let stop = 0; stop < STOPS; stop++) {
      const zombie = await life(one, `zombie${stop}`)
      await new Promise((resolve) => setTimeout(resolve, 200 + 37 * stop))
      zombie.child.kill('SIGSTOP')
      const { topic, claimed } = await claimedTopic(bus)
      due = await Promise.all([0, 1].map((partition) => nextNumber(topic, partition)))
      for (const partition of [0, 1]) await writeNumbers(topic, partition, `heir${stop}`, 20)
      zombie.child.kill('SIGCONT')
      expect(await zombie.end()).toEqual({
        code: 'fenced',
        message: 'another process has taken over part queries of pipeline p',
        isKnown: true,
      })
      for (const partition of [0, 1]) {
        await writeNumbers(topic, partition, `heir${stop}`, 20)
        const { numbers, names } = await numbersIn(topic, partition)
        expect(numbers).toEqual(upTo((due[partition] ?? 0) + 40))
        expect(names.has(`zombie${stop}`)).toBe(true)
      }
      await claimed[Symbol.asyncDispose]()
    }
  },
)

test.skipIf(missing)(
  'where a part stands is known after its records are deleted, also in a new data folder',
  async () => {
    await using one = newPlace()
    {
      await using bus = await one.open()
      const { topic, claimed } = await claimedTopic(bus)
      await writeNumbers(topic, 0, 'a', 10)
      await claimed[Symbol.asyncDispose]()
    }
    const name = `${one.prefix}t`
    const file = join(one.folder, 'delete.json')
    writeFileSync(file, JSON.stringify({ partitions: [{ topic: name, partition: 0, offset: -1 }], version: 1 }))
    const options = ['--bootstrap-server', kafka.bootstrap, '--offset-json-file', file]
    await kafka.tool('org.apache.kafka.tools.DeleteRecordsCommand', options)
    await using two = beside(one)
    await using bus = await two.open()
    const { topic } = await claimedTopic(bus)
    expect(topic.bounds(0).start).toBeGreaterThan(10)
    expect(await topic.position('w')).toEqual([{ mark: '10' }, undefined])
  },
)
