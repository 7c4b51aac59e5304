/** What goes wrong on Kafka is said in words, and leaves the topics as they are. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka as Kafkajs, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { systemClock } from '../../src/base/clock.ts'
import { appendOf, linesOf, readAll } from '../../src/bus/appends.test-tool.ts'
import { kafkaPlace, PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const missing = await isMissing('Kafka', () => installedJars('kafka'))
const testWithKafka = test.skipIf(missing)
let kafka: Kafka
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ security: true, settings: PATIENT })
})
afterAll(async () => await kafka?.stop())

const line = (text: string, mark?: string) => appendOf(linesOf(text), systemClock.now(), mark)

testWithKafka(
  'a batch that an earlier run sent arrives late: this run fails, the next one goes on behind it',
  async () => {
    await using place = kafkaPlace(kafka)
    await using earlier = await place.open()
    const topic = await earlier.topic('t', 1)
    await topic.append(0, line('a', '1'))
    for (const late of ['of the same length', 'of two lines']) {
      const before = await earlier.topic('t', 1)
      await using next = await place.open()
      const again = await next.topic('t', 1)
      const known = (await again.position('w'))[0]
      const lines = late === 'of two lines' ? linesOf(late, 'another') : linesOf(late)
      await before.append(0, appendOf(lines, systemClock.now(), late))
      await expect(again.append(0, line('from a place that is not right any more', '2'))).rejects.toMatchObject({
        message: expect.stringContaining('have arrived only now'),
        retryable: true,
      })
      expect(known).not.toEqual({ mark: late })
      await using after = await place.open()
      expect(await (await after.topic('t', 1)).position('w')).toEqual([{ mark: late }])
    }
    expect((await readAll(topic, 0)).map(({ value }) => value)).toEqual([
      'a',
      'of the same length',
      'of two lines',
      'another',
    ])
  },
)

testWithKafka(
  'positions are found behind many records of others, and where the data folder is older than they are',
  async () => {
    await using place = kafkaPlace(kafka)
    await using old = kafkaPlace(kafka, { prefix: place.prefix })
    {
      await using bus = await place.open()
      const topic = await bus.topic('t', 1)
      await topic.append(0, line('a', '1'))
      cpSync(join(place.folder, 'kafka.json'), join(old.folder, 'kafka.json'))
      await topic.append(0, line('b', '2'))
      const others = Array.from({ length: 5000 }, (_, i) => ({
        key: undefined,
        value: Buffer.from(`${i}`),
        time: systemClock.now(),
      }))
      await place.foreign('t', 0, others, 3)
    }
    for (const from of [place, old]) {
      await using bus = await from.open()
      const topic = await bus.topic('t', 1)
      expect(await topic.position('w')).toEqual([{ mark: '2' }])
    }
  },
)

testWithKafka(
  'a wrong password, a certificate that is not trusted and a wrong protocol are refused in words, at once',
  async () => {
    await using place = kafkaPlace(kafka)
    const { plain, scram } = kafka.users
    const scramLogin = { mechanism: 'scram-sha-512', ...scram } as const
    const tls = { ca: kafka.ca }
    const open = async (options: Parameters<typeof place.open>[0]): Promise<string> => {
      await using bus = await place.open(options)
      await (await bus.topic('t', 1)).append(0, line('a'))
      return 'opened'
    }
    const secured = { brokers: [kafka.bootstrapOf('SASL_SSL')] }
    expect(await open({ ...secured, tls, sasl: scramLogin })).toBe('opened')
    expect(await open({ ...secured, tls, sasl: { mechanism: 'plain', ...plain } })).toBe('opened')
    const wrong = { ...secured, tls, sasl: { ...scramLogin, password: 'wrong' } }
    await expect(open(wrong)).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringMatching(/refuses user scott/),
    })
    const mechanism = { ...secured, tls, sasl: { ...scramLogin, mechanism: 'scram-sha-256' } } as const
    await expect(open(mechanism)).rejects.toMatchObject({ code: 'denied', message: expect.stringMatching(/mechanism/) })
    const untrusted = { ...secured, tls: true, sasl: scramLogin }
    await expect(open(untrusted)).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringMatching(/not trusted/),
    })
    const noTls = { brokers: [kafka.bootstrapOf('SSL')] }
    await expect(open(noTls)).rejects.toMatchObject({ code: 'denied', message: expect.stringMatching(/speaks TLS/) })
    expect(place.warnings).toEqual([])
  },
)

testWithKafka('a batch that the topic does not take is refused with its limit, and the next one is taken', async () => {
  await using place = kafkaPlace(kafka, { compression: 'none' })
  await kafka.createTopic(`${place.prefix}t`, 1, { 'max.message.bytes': 2000 })
  await using bus = await place.open()
  const topic = await bus.topic('t', 1)
  await topic.append(0, line('before'))
  const long = topic.append(0, line('x'.repeat(5000)))
  const behind = topic.append(0, line('behind it'))
  await expect(long).rejects.toMatchObject({ code: 'limit', message: expect.stringMatching(/where 2000 can be/) })
  await expect(behind).rejects.toMatchObject({ code: 'limit' })
  await topic.append(0, line('after'))
  expect((await readAll(topic, 0)).map(({ value }) => value)).toEqual(['before', 'after'])
})

testWithKafka(
  'a topic that is deleted while it is in use fails its writers and readers, also where it is made anew',
  async () => {
    for (const isMadeAnew of [false, true]) {
      await using place = kafkaPlace(kafka)
      await using bus = await place.open()
      const topic = await bus.topic('t', 1)
      const cursor = topic.cursor({})
      await topic.append(0, line('a'))
      await cursor.load(0)
      cursor.take(0)
      await kafka.deleteTopic(`${place.prefix}t`)
      if (isMadeAnew) await kafka.createTopic(`${place.prefix}t`, 1)
      const gone = { code: 'not-found', message: expect.stringMatching(/has been deleted on Kafka/) }
      await Promise.all([
        expect(cursor.waitForMore(new AbortController().signal)).rejects.toMatchObject(gone),
        expect(topic.append(0, line('b'))).rejects.toMatchObject(gone),
      ])
      cursor.close()
    }
  },
)

testWithKafka('an existing topic that is not as the file says is refused with what to do', async () => {
  await using place = kafkaPlace(kafka)
  {
    await using bus = await place.open()
    await bus.topic('t', 2, { retention: { timeMs: 60_000, bytes: 3000 } })
  }
  const reopened = async (settings: Parameters<Awaited<ReturnType<typeof place.open>>['topic']>[2]) => {
    await using bus = await place.open()
    return (await bus.topic('t', 2, settings)).partitions
  }
  expect(await reopened({})).toBe(2)
  expect(await reopened({ retention: { timeMs: 60_000, bytes: 3000 }, replication: 1 })).toBe(2)
  await expect(reopened({ replication: 2 })).rejects.toThrow(/has 1 replicas on Kafka, not 2/)
  await expect(reopened({ retention: { timeMs: undefined, bytes: 3000 } })).rejects.toMatchObject({
    message: expect.stringMatching(/retention\.ms=60000 on Kafka, not -1/),
    hint: expect.stringMatching(/kafka-configs --alter/),
  })
  await expect(reopened({ retention: { timeMs: 60_000, bytes: 4000 } })).rejects.toThrow(/retention\.bytes=1500/)
})

testWithKafka('a group that another client is a member of is refused with the name of that client', async () => {
  await using place = kafkaPlace(kafka)
  await using bus = await place.open()
  await bus.topic('t', 1)
  const client = new Kafkajs({ brokers: [kafka.bootstrap], clientId: 'another', logLevel: logLevel.NOTHING })
  const join = async () => {
    const consumer = client.consumer({ groupId: `${place.prefix}g` })
    await consumer.connect()
    await consumer.subscribe({ topic: `${place.prefix}t` })
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
    await consumer.run({ eachMessage: async () => {} })
    await joined
    return consumer
  }
  const refused = { code: 'in-use', message: expect.stringMatching(/client another at/) }
  const consumer = await join()
  try {
    await expect(bus.commit('g', 't', { 0: 0 })).rejects.toMatchObject(refused)
    const [group] = (await bus.look()).groups
    expect(group).toMatchObject({ name: 'g', state: 'Stable', members: [{ client: 'another', reads: { t: [0] } }] })
  } finally {
    await consumer.disconnect()
  }
  await bus.commit('g', 't', { 0: 0 })
  const later = await join()
  try {
    await expect(bus.commit('g', 't', { 0: 1 })).rejects.toMatchObject(refused)
  } finally {
    await later.disconnect()
  }
})

testWithKafka('a look tells of brokers, partitions, sizes, groups and their members', async () => {
  await using place = kafkaPlace(kafka)
  await using bus = await place.open()
  const topic = await bus.topic('t', 2)
  await topic.append(1, line('a line of some length'))
  await bus.commit('g', 't', { 1: 1 })
  const look = await bus.look()
  expect(look).toMatchObject({
    bus: 'kafka',
    cluster: bus.cluster,
    brokers: [{ id: 1, address: kafka.bootstrap, isController: true }],
  })
  expect(look.topics).toEqual([
    {
      name: 't',
      partitions: [
        { start: 0, end: 0, bytes: 0, leader: 1, replicas: [1], inSync: [1] },
        { start: 0, end: 1, bytes: await topic.bytes(1), leader: 1, replicas: [1], inSync: [1] },
      ],
    },
  ])
  expect(look.groups).toEqual([{ name: 'g', state: 'Empty', members: [], committed: { t: { 1: 1 } } }])
  expect(look.trouble).toEqual([])
  await bus.topic('u', 1)
  await bus.commit('g', 'u', { 0: 0 })
  await bus.commit('others', 'u', { 0: 0 })
  const { topics, groups, trouble } = await bus.look({ topics: ['t', 'not-there', 'not a name'] })
  expect(topics).toEqual(look.topics)
  expect(groups.map(({ name, committed }) => [name, committed])).toEqual([
    ['g', { t: { 1: 1 } }],
    ['others', {}],
  ])
  expect(trouble).toEqual([expect.stringContaining('not a name: the broker does not allow a topic of this name')])
  expect(await topic.bytes(1)).toBeGreaterThan(60)
})
