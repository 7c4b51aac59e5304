/** Topics that others fill within transactions: what was not committed is nobody's record, and holds up no end for ever. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka as Kafkajs, logLevel, type Transaction } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { appendOf, linesOf, readAll, textsOf } from '../../src/bus/appends.test-tool.ts'
import type { Cursor, TopicReader } from '../../src/bus/bus.ts'
import { checkedText, runInProcess } from '../run/in-process.ts'
import { kafkaPlace } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

let kafka: Kafka
const missing = await isMissing('Kafka', () => installedJars('kafka'))
beforeAll(async () => {
  if (!missing) kafka = await startKafka()
})
afterAll(async () => await kafka?.stop())

/** A producer that writes each text of a transaction in a batch of its own. */
async function producer(id: string) {
  const client = new Kafkajs({ brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })
  const connected = client.producer({ transactionalId: id, maxInFlightRequests: 1, idempotent: true })
  await connected.connect()
  return {
    async begin(topic: string, ...texts: string[]): Promise<Transaction> {
      const transaction = await connected.transaction()
      for (const value of texts) await transaction.send({ topic, messages: [{ value, partition: 0 }] })
      return transaction
    },
    [Symbol.asyncDispose]: () => connected.disconnect(),
  }
}

const valuesIn = async (topic: TopicReader): Promise<readonly string[]> =>
  (await readAll(topic, 0)).map(({ value }) => value)

/** Takes what is there until the bus says that it is all. */
async function untilEnd(cursor: Cursor): Promise<readonly string[]> {
  const found: string[] = []
  while (!(await cursor.isAtEnd())) {
    await cursor.load(0)
    const fetched = cursor.take(0)
    if (fetched === undefined) continue
    found.push(...textsOf(fetched.values))
    fetched.values.lease?.release()
  }
  return found
}

// Promise: On Kafka, of what others write within transactions only what they have committed is read.
test.skipIf(missing)(
  'records of a transaction are read once it is committed, and never if it was given up',
  async () => {
    await using place = kafkaPlace(kafka)
    await using bus = await place.open()
    const name = `${place.prefix}t`
    const topic = await bus.topic('t', 1)
    await using one = await producer(`${name}-1`)
    await using two = await producer(`${name}-2`)

    // Batches of both are mixed in the log; one producer gives up, and comes again.
    const given = await one.begin(name, 'given up 1', 'given up 2')
    const kept = await two.begin(name, 'kept 1')
    await kept.send({ topic: name, messages: [{ value: 'kept 2', partition: 0 }] })
    await given.abort()
    await kept.commit()
    await (await one.begin(name, 'kept 3')).commit()
    expect(await valuesIn(topic)).toEqual(['kept 1', 'kept 2', 'kept 3'])

    const cursor = topic.cursor({})
    expect(await untilEnd(cursor)).toEqual(['kept 1', 'kept 2', 'kept 3'])
    const end = cursor.offset(0)
    const open = await one.begin(name, 'open 1', 'open 2')
    await (await two.begin(name, 'behind')).commit()
    // Nothing behind the open transaction can be read, so the reader has come to the end.
    expect(await untilEnd(cursor)).toEqual([])
    expect(topic.bounds(0).end).toBe(end)
    const look = await bus.look({ topics: ['t'] })
    expect(look.topics[0]?.partitions[0]?.end).toBe(end)

    // Our own record comes in its turn, too, though it is known.
    await topic.append(0, appendOf(linesOf('own')))
    expect(await cursor.isAtEnd()).toBe(false)
    await cursor.load(0)
    expect(cursor.take(0)).toBeUndefined()
    await open.commit()
    expect(await untilEnd(cursor)).toEqual(['open 1', 'open 2', 'behind', 'own'])
    cursor.close()
    expect(await valuesIn(topic)).toEqual(['kept 1', 'kept 2', 'kept 3', 'open 1', 'open 2', 'behind', 'own'])
  },
)

test.skipIf(missing)('a pipeline runs to the end of what is committed, and a later run takes the rest', async () => {
  await using place = kafkaPlace(kafka)
  const name = `${place.prefix}lines`
  await kafka.createTopic(name, 1)
  await using one = await producer(`${name}-1`)
  await using two = await producer(`${name}-2`)
  await (await one.begin(name, 'given up')).abort()
  await (await one.begin(name, 'a')).commit()
  const open = await two.begin(name, 'c')
  await (await one.begin(name, 'd')).commit()
  const text = `version: 1
name: p
bus: { kafka: { brokers: '${kafka.bootstrap}', prefix: ${place.prefix} } }
topics: { lines: { partitions: 1, format: lines } }
queries: { all: SELECT line FROM lines }
`
  writeFileSync(join(place.folder, 'p.yaml'), text)
  const run = async () => {
    await runInProcess(checkedText(text, place.folder), { dataFolder: join(place.folder, 'data') })
    await using bus = await place.open()
    return (await valuesIn(await bus.reader('p.all'))).map((row) => JSON.parse(row).line)
  }
  expect(await run()).toEqual(['a'])
  await open.commit()
  expect(await run()).toEqual(['a', 'c', 'd'])
})
