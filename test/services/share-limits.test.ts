/**
 * What a pipeline that several processes share, on a real broker, refuses to begin with, what only one of them may do, and what
 * becomes of a part that moves or was claimed by somebody else.
 */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka as Kafkajs, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import { type KafkaPlace, kafkaPlace, PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'
import { killAll, type NumberStore, numberStore, startProcess, until } from './share-place.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const missing = await isMissing('Kafka', () => installedJars('kafka'))
let kafka: Kafka
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ settings: PATIENT })
})
afterAll(async () => await kafka?.stop())
afterEach(killAll)

const client = () => new Kafkajs({ brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })

function write(
  { folder, prefix }: KafkaPlace,
  store: NumberStore,
  { share = true, from = 'numbers', sources = '' } = {},
): void {
  const text = `version: 1
name: sh
bus: { kafka: { brokers: '${kafka.bootstrap}', prefix: '${prefix}' } }
${share ? 'share: { session: 6s }' : ''}
checkpoint: { interval: 1s }
${sources}
topics:
  lines: { partitions: 2, format: { json: { columns: { n: BIGINT } } } }
queries:
  numbers: SELECT n FROM lines
sinks:
  store: { from: ${from}, batch: { linger: 100ms }, http: { url: '${store.url}', send: lines } }
`
  writeFileSync(join(folder, 'p.yaml'), text)
}

/** Sends lines to the partitions in turn. */
async function send(place: KafkaPlace, lines: readonly string[]): Promise<void> {
  const { prefix } = place
  // Makes the topic, if it is not there.
  await recordsOf(place, 'lines')
  const producer = client().producer()
  await producer.connect()
  const messages = lines.map((value, i) => ({ partition: i % 2, value }))
  await producer.send({ topic: `${prefix}lines`, messages })
  await producer.disconnect()
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => JSON.stringify({ n: from + i }))

async function remove(topic: string): Promise<void> {
  const admin = client().admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
}

async function recordsOf(place: KafkaPlace, name: string, partitions = 2): Promise<readonly string[]> {
  await using bus = await place.open()
  const topic = await bus.topic(name, partitions)
  const found = await Promise.all(Array.from({ length: partitions }, (_, of) => readAll(topic, of)))
  return found.flat().map(({ value }) => value)
}

/** Runs until these lines are in the store, and ends. */
async function runOver(place: KafkaPlace, store: NumberStore, data: string, lines: readonly string[]): Promise<void> {
  const before = store.numbers.size
  const run = startProcess(place.folder, 'a', data)
  await send(place, lines)
  await until('the lines are in the store', () => store.numbers.size === before + lines.length)
  run.kill('SIGTERM')
  expect(await run.ended(), run.said()).toBe(0)
}

test.skipIf(missing)('queries whose checkpoint is gone from the bus do not begin anew by themselves', async () => {
  await using place = kafkaPlace(kafka)
  await using store = await numberStore()
  write(place, store)
  await runOver(place, store, 'a', numbered(0, 20))
  await remove(`${place.prefix}sh.checkpoint`)
  for (const data of ['a', 'new']) {
    const refused = startProcess(place.folder, 'a', data)
    expect(await refused.ended()).toBe(1)
    expect(refused.said()).toMatch(/the checkpoint in topic sh.checkpoint is gone: the queries have appended to topic/)
    expect(refused.said()).toMatch(/--reset QUERY=earliest/)
  }
  expect(await recordsOf(place, 'sh.numbers')).toHaveLength(20)
  const anew = startProcess(place.folder, 'a', 'a', ['--reset', 'numbers=earliest'])
  await until('it has begun anew', async () => (await recordsOf(place, 'sh.numbers')).length === 40)
  anew.kill('SIGTERM')
  expect(await anew.ended()).toBe(0)
})

test.skipIf(missing)('a pipeline is shared from the data folder that it had, and not given back', async () => {
  await using place = kafkaPlace(kafka)
  await using store = await numberStore()
  write(place, store, { share: false })
  await runOver(place, store, 'a', numbered(0, 20))
  write(place, store)
  const other = startProcess(place.folder, 'a', 'other')
  expect(await other.ended()).toBe(1)
  expect(other.said()).toMatch(/topic sh.numbers has rows, and neither topic sh.checkpoint nor this data folder/)
  await runOver(place, store, 'a', numbered(20, 40))
  write(place, store, { share: false })
  for (const data of ['a', 'new']) {
    const back = startProcess(place.folder, 'a', data)
    expect(await back.ended()).toBe(2)
    expect(back.said()).toMatch(/several processes have shared the pipeline, as topic sh.parts.claims says/)
  }
  write(place, store)
  await runOver(place, store, 'new', numbered(40, 60))
  expect(await numbersIn(place)).toEqual(numbered(0, 60).map((_, n) => n))
})

test.skipIf(missing)('a record that cannot be decoded is reported once, by the queries that read it', async () => {
  await using place = kafkaPlace(kafka)
  await using store = await numberStore()
  write(place, store, { from: 'lines' })
  const a = startProcess(place.folder, 'a')
  await until('a has the queries', () => /took over [^\n]*queries/.test(a.said()))
  const b = startProcess(place.folder, 'b')
  await until('b shares the sink', () => /took over [^\n]*sink store/.test(b.said()))
  const bad = Array.from({ length: 20 }, (_, i) => `bad ${i}`)
  await send(place, [...bad, ...numbered(0, 20)])
  await until('the good lines are in the store', () => store.numbers.size === 20)
  await sleep(1500)
  const letters = (await recordsOf(place, 'sh.lines.dead')).map((letter) => JSON.parse(letter).record)
  expect([...letters].sort()).toEqual([...bad].sort())
  // What a process leaves in a topic as it takes over has an offset, but is no letter.
  const { topics } = await a.status()
  expect(topics.flatMap(({ name, dead }) => (dead === null ? [] : [[name, dead.kept]]))).toEqual([
    ['lines', 20],
    ['sh.numbers', 0],
  ])
})

const numbersIn = async (place: KafkaPlace): Promise<readonly number[]> =>
  (await recordsOf(place, 'sh.numbers')).map((row) => Number(JSON.parse(row).n)).sort((a, b) => a - b)

/** A feed of numbered records, to which ten come every 50 ms; a page has at most 30 of those after the one that is asked for. */
async function openFeed() {
  const began = performance.now()
  let limit = Number.POSITIVE_INFINITY
  const count = () => Math.min(limit, Math.floor((performance.now() - began) / 50) * 10)
  const server = createServer(({ url = '' }, response) => {
    const from = Number(new URL(url, 'http://feed').searchParams.get('after') ?? -1) + 1
    const data = Array.from({ length: Math.max(0, Math.min(30, count() - from)) }, (_, i) => ({ n: from + i }))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** Nothing more comes; how many there are. */
    end(): number {
      limit = count()
      return limit
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test.skipIf(missing)('kill -9 of the process that polls: another one goes on behind the last answer', async () => {
  await using place = kafkaPlace(kafka)
  await using store = await numberStore()
  await using feed = await openFeed()
  const options = `url: '${feed.url}', every: 100ms, records: '$.data[*]', pages: { cursor: { from: '$.data[-1].n', query: after, at_end: stay } }`
  write(place, store, { sources: `sources: { feed: { to: lines, http: { ${options} } } }` })
  const processes = ['a', 'b'].map((host) => startProcess(place.folder, host))
  await until('numbers come', () => store.numbers.size > 300)
  const holders = await (processes[0] as (typeof processes)[number]).status()
  const holder = holders.share?.members.find(({ holds }) => holds['source feed'] === true)?.host
  const [killed, left] = holder === 'a' ? processes : [...processes].reverse()
  killed?.kill('SIGKILL')
  await until('another one polls', () => /took over [^\n]*source feed/.test(left?.said() ?? ''))
  await sleep(2000)
  const count = feed.end()
  await until('all are in the store', () => store.numbers.size === count)
  expect(await numbersIn(place)).toEqual(numbered(0, count).map((_, n) => n))
})

test.skipIf(missing)('a part that somebody else has claimed, but that is still its own, is claimed again', async () => {
  await using place = kafkaPlace(kafka)
  await using store = await numberStore()
  write(place, store)
  const run = startProcess(place.folder, 'a')
  await send(place, numbered(0, 20))
  await until('the first are in the store', () => store.numbers.size === 20)
  {
    // A process that is no member, and appends nothing.
    await using bus = await place.open()
    const claimed = await bus.claim?.({ pipeline: 'sh', part: 'queries' })
    await claimed?.topic('sh.checkpoint', 1)
    await claimed?.[Symbol.asyncDispose]()
  }
  await send(place, numbered(20, 40))
  await until('it has claimed the queries again', () =>
    /joins the others again[\s\S]*took over queries/.test(run.said()),
  )
  await until('all are in the store', () => store.numbers.size === 40)
  expect(await numbersIn(place)).toEqual(numbered(0, 40).map((_, n) => n))
})
