/** Claims in one process, as time passes, at the end of the epochs, and without the rights for them. */
import { Connection, initProducerIdV1 } from '@platformatic/kafka'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { appendOf, linesOf, readAll, textsOf } from '../../src/bus/appends.test-tool.ts'
import { claimedTopic, numbersIn, PART, PARTITIONS, upTo, writeNumbers } from './kafka-claims.ts'
import { kafkaPlace } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

let kafka: Kafka
const missing = await isMissing('Kafka', () => installedJars('kafka'))
const SETTINGS = {
  'log.retention.ms': -1,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ security: true, settings: SETTINGS })
})
afterAll(async () => await kafka?.stop())

test.skipIf(missing)('what a data folder had appended before is where its parts begin', async () => {
  await using place = kafkaPlace(kafka)
  {
    await using bus = await place.open()
    await writeNumbers(await bus.topic('t', PARTITIONS), 0, 'alone', 10)
  }
  await using bus = await place.open()
  const { topic } = await claimedTopic(bus)
  expect(await topic.position('w')).toEqual([{ mark: '10' }, undefined])
  await writeNumbers(topic, 0, 'claimed', 10)
  expect((await numbersIn(topic, 0)).numbers).toEqual(upTo(20))
})

test.skipIf(missing)(
  'parts of one process append to the same partition, and its readers get each record once',
  async () => {
    await using place = kafkaPlace(kafka)
    await using bus = await place.open()
    const cursor = (await bus.topic('t', PARTITIONS)).cursor({})
    const parts = await Promise.all(
      ['one', 'two', 'three'].map(async (part) => {
        const claimed = await bus.claim?.({ ...PART, part })
        return { part, topic: await claimed?.topic('t', PARTITIONS) }
      }),
    )
    await Promise.all(parts.map(async ({ part, topic }) => topic && (await writeNumbers(topic, 0, part, 100))))
    const found: string[] = []
    while (!(await cursor.isAtEnd())) {
      await cursor.load(0)
      const fetched = cursor.take(0)
      found.push(...(fetched === undefined ? [] : textsOf(fetched.values)))
      fetched?.values.lease?.release()
      if (!cursor.hasMore(0) && cursor.hasMore(1)) await cursor.load(1)
    }
    cursor.close()
    for (const { part, topic } of parts) {
      const own = found.filter((line) => line.endsWith(` ${part}`))
      expect(own).toEqual(upTo(100).map((number) => `${number} ${part}`))
      expect(await topic?.position('w')).toEqual([{ mark: '100' }, undefined])
    }
    expect((await readAll(await bus.reader('t'), 0)).map(({ value }) => value)).toEqual(found)
    // Other programs see the records and no fence.
    expect(await kafka.kcat(['-C', '-t', `${place.prefix}t`, '-p', '0', '-e', '-q'])).toBe(`${found.join('\n')}\n`)
  },
)

/** A clock by which an hour passes in some milliseconds. */
const hasty: Clock = {
  now: systemClock.now,
  elapsed: () => 10_000 * systemClock.elapsed(),
  sleep: (time, signal) => systemClock.sleep(time > 600_000 ? time / 500_000 : time, signal),
}

test.skipIf(missing)(
  'fences are renewed while a part appends, which asks after each pause whether it is still its own',
  async () => {
    await using place = kafkaPlace(kafka, {}, hasty)
    await using other = kafkaPlace(kafka, { prefix: place.prefix })
    await using bus = await place.open()
    const { topic } = await claimedTopic(bus)
    for (let turn = 0; turn < 30; turn++) {
      await writeNumbers(topic, 0, 'a', 10)
      await systemClock.sleep(20)
    }
    const { numbers } = await numbersIn(topic, 0)
    expect(numbers).toEqual(upTo(300))
    // Each fence takes an offset.
    await topic.refresh()
    expect(topic.bounds(0).end).toBeGreaterThan(305)
    await using second = await other.open()
    await claimedTopic(second)
    await expect(topic.append(0, appendOf(linesOf('late')))).rejects.toMatchObject({ code: 'fenced' })
  },
)

test.skipIf(missing)('a user without the right to a transactional id is told which one is missing', async () => {
  const { username, password } = kafka.users.plain
  const grant = (...args: string[]) =>
    kafka.tool('org.apache.kafka.tools.AclCommand', [
      ...['--bootstrap-server', kafka.bootstrap, '--add', '--allow-principal', `User:${username}`],
      ...args,
    ])
  await grant('--operation', 'All', '--topic', '*')
  await grant('--operation', 'All', '--group', '*')
  await grant('--operation', 'IdempotentWrite', '--operation', 'Describe', '--operation', 'Create', '--cluster')
  const brokers = kafka.bootstrapOf('SASL_PLAINTEXT').split(',')
  await using place = kafkaPlace(kafka, { brokers, sasl: { mechanism: 'plain', username, password } })
  await using bus = await place.open()
  const id = `${place.prefix}tailrace.p.queries`
  await expect(claimedTopic(bus)).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringContaining(`transactional id ${id}: the user may not use it`),
    hint: expect.stringContaining('--operation Write --operation Describe --transactional-id'),
  })
  await grant('--operation', 'Write', '--operation', 'Describe', '--transactional-id', id)
  await vi.waitFor(async () => await claimedTopic(bus), { timeout: 20_000, interval: 200 })
})

/** Begins under the id, as claims do, until the epoch is this one. */
async function useUpEpochs(id: string, last: number): Promise<void> {
  const [host = '', port] = kafka.bootstrap.split(':')
  const connection = new Connection('test', {})
  await connection.connect(host, Number(port))
  for (let epoch = 0; epoch < last; ) {
    epoch = (await initProducerIdV1.api.async(connection, id, 60_000)).producerEpoch
  }
  await connection.close()
}

test.skipIf(missing)(
  'at the end of its epochs a part gets another producer, and the one before is fenced',
  async () => {
    const beside = () => kafkaPlace(kafka, { prefix: 'ends.' })
    await using places = new AsyncDisposableStack()
    const open = () => places.use(beside()).open()
    await using one = await open()
    await using two = await open()
    await using three = await open()
    const a = await claimedTopic(one)
    await writeNumbers(a.topic, 0, 'a', 10)
    await useUpEpochs('ends.tailrace.p.queries', 32_756)
    const b = await claimedTopic(two)
    await writeNumbers(b.topic, 0, 'b', 10)
    const c = await claimedTopic(three)
    expect(await c.topic.position('w')).toEqual([{ mark: '20' }, undefined])
    // It has never appended to partition 1.
    await expect(b.topic.append(1, appendOf(linesOf('late')))).rejects.toMatchObject({ code: 'fenced' })
    await expect(a.topic.append(0, appendOf(linesOf('late')))).rejects.toMatchObject({ code: 'fenced' })
    await writeNumbers(c.topic, 0, 'c', 10)
    const again = await claimedTopic(two)
    await expect(c.topic.append(0, appendOf(linesOf('late')))).rejects.toMatchObject({ code: 'fenced' })
    await writeNumbers(again.topic, 0, 'd', 10)
    expect((await numbersIn(again.topic, 0)).numbers).toEqual(upTo(40))
  },
)
