/**
 * Several processes share a pipeline on a real broker. Lines are numbered, so each row that is lost or there twice is seen: in
 * the topics of results every number is there once, and in a store that goes by a key, all of them are.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka as Kafkajs, logLevel, type Producer } from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import { kafkaPlace, PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'
import { killAll, type NumberStore, numberStore, type RunProcess, startProcess, until } from './share-place.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
const PARTITIONS = 6
const SESSION_MS = 6000
/** Of a hand-over that must not wait for it, on a busy machine. */
const LONG_MS = 40_000

/** Rounds of kills and stops: `make soak`. */
const ROUNDS = Number(process.env.TAILRACE_SHARE_ROUNDS ?? 0)

const missing = await isMissing('Kafka', () => installedJars('kafka'))
let kafka: Kafka
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ settings: PATIENT })
})
afterAll(async () => await kafka?.stop())
afterEach(killAll)

type More = { readonly sources?: string; readonly sessionMs?: number }

const pipelineText = (prefix: string, store: NumberStore, { sources = '', sessionMs = SESSION_MS }: More) => `version: 1
name: sh
bus: { kafka: { brokers: '${kafka.bootstrap}', prefix: '${prefix}' } }
share: { session: ${sessionMs / 1000}s }
checkpoint: { interval: 1s }
${sources}
topics:
  lines:
    partitions: ${PARTITIONS}
    format: { json: { columns: { n: BIGINT, ts: TIMESTAMP_LTZ(3) } } }
    watermark: ts - INTERVAL '1' SECOND
    idle: 2s
queries:
  numbers: SELECT n, ts FROM lines
  sums: |
    SELECT window_start, COUNT(*) AS c, SUM(n) AS s FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(ts), INTERVAL '1' SECOND))
    GROUP BY window_start, window_end
sinks:
  store: { from: numbers, batch: { linger: 100ms }, http: { url: '${store.url}', send: lines } }
`

/** Numbered lines, a second of event time for 100 of them, to the partitions in turn. */
function openLines(prefix: string) {
  let next = 0
  let isDone = false
  const client = new Kafkajs({ brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })
  const producer: Producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
  const send = async (count: number) => {
    const messages = Array.from({ length: count }, () => {
      const n = next++
      const ts = new Date(Date.UTC(2026, 0, 1) + n * 10).toISOString().replace('T', ' ')
      return { partition: n % PARTITIONS, value: JSON.stringify({ n, ts }) }
    })
    await producer.send({ topic: `${prefix}lines`, messages })
  }
  let working: Promise<void> | undefined
  return {
    async start() {
      await producer.connect()
      working = (async () => {
        for (; !isDone; await sleep(50)) await send(60)
      })()
    },
    /** Ends; the number of lines. */
    async end(): Promise<number> {
      isDone = true
      await working
      await producer.disconnect()
      return next
    },
  }
}

type Place = ReturnType<typeof kafkaPlace>

/** The numbers in the topic of query `numbers`, and the sums of the windows, in order. */
async function results(place: Place) {
  await using bus = await place.open()
  const rows = async (name: string) => {
    const topic = await bus.topic(name, PARTITIONS).catch(() => bus.topic(name, 1))
    const found = await Promise.all(
      Array.from({ length: topic.partitions }, (_, partition) => readAll(topic, partition)),
    )
    return found.flat().map(({ value }) => JSON.parse(value) as { readonly [column: string]: unknown })
  }
  const numbers = (await rows('sh.numbers')).map(({ n }) => Number(n)).sort((a, b) => a - b)
  const sums = (await rows('sh.sums')).map(({ window_start, c, s }) => `${window_start} ${c} ${s}`).sort()
  return { numbers, sums }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Every number is there once; every window that is closed is there once, with the sum of all its lines. */
async function expectWhole(place: Place, store: NumberStore, count: number): Promise<void> {
  await until('all rows are in the store', () => store.numbers.size === count)
  expect([...store.numbers.keys()].sort((a, b) => a - b)).toEqual(upTo(count))
  const { numbers, sums } = await results(place)
  expect(numbers).toEqual(upTo(count))
  expect(new Set(sums.map((row) => row.slice(0, 23))).size).toBe(sums.length)
  const full = sums.slice(0, Math.floor(count / 100) - 2)
  expect(full.length).toBeGreaterThan(5)
  const sumOf = (window: number) => upTo(100).reduce((sum, i) => sum + window * 100 + i, 0)
  expect(full.map((row) => row.split(' ').slice(-2).join(' '))).toEqual(full.map((_, window) => `100 ${sumOf(window)}`))
}

async function open(more: More = {}) {
  const place = kafkaPlace(kafka)
  const store = await numberStore()
  writeFileSync(join(place.folder, 'p.yaml'), pipelineText(place.prefix, store, more))
  return { place, store, lines: openLines(place.prefix) }
}

const took = (part: string) => new RegExp(`took over [^\n]*${part}`)

/** Lines come in, process a has the queries, and b shares the sink. */
async function openTwo() {
  const opened = await open()
  const a = startProcess(opened.place.folder, 'a')
  await until('a has the queries', () => took('queries').test(a.said()))
  await opened.lines.start()
  const b = startProcess(opened.place.folder, 'b')
  await until('b shares the sink', () => took('sink store').test(b.said()))
  return { ...opened, a, b }
}

test.skipIf(missing)('kill -9 of the owner of the queries: another one takes over within the session', async () => {
  const { place, store, lines, a, b } = await openTwo()
  await sleep(3000)
  const killedAt = performance.now()
  a.kill('SIGKILL')
  await until('b has the queries', () => took('queries').test(b.said()))
  // The coordinator of the group looks at its members' sessions now and then; what is left is the way of the checkpoint.
  expect(performance.now() - killedAt).toBeLessThan(SESSION_MS + 5000)
  await sleep(2000)
  await expectWhole(place, store, await lines.end())
  b.kill('SIGTERM')
  expect(await b.ended()).toBe(0)
  await store[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

test.skipIf(missing)(
  'a process that was stopped for longer than the session does no harm, and joins anew',
  async () => {
    const { place, store, lines, a, b } = await openTwo()
    await sleep(2000)
    a.kill('SIGSTOP')
    await until('b has the queries', () => took('queries').test(b.said()))
    await sleep(2000)
    a.kill('SIGCONT')
    await until('a joins again', () => /joins the others again/.test(a.said()))
    await until('a has its share again', () => /joins the others again[\s\S]*took over sink store/.test(a.said()))
    await expectWhole(place, store, await lines.end())
    await store[Symbol.asyncDispose]()
    await place[Symbol.asyncDispose]()
  },
)

test.skipIf(missing)('three processes share the partitions of a sink; one that ends hands over at once', async () => {
  const { place, store, lines } = await open({ sessionMs: LONG_MS })
  const processes = ['a', 'b', 'c'].map((host) => startProcess(place.folder, host))
  await until('one has the queries', () => processes.some((one) => took('queries').test(one.said())))
  await lines.start()
  const shares = async () => {
    const { share } = await (processes[2] as (typeof processes)[number]).status()
    return share?.members.map(({ holds }) => (holds['sink store'] as readonly number[] | undefined)?.length ?? 0)
  }
  await until('each has two partitions', async () => {
    const found = await shares().catch(() => undefined)
    return found?.length === 3 && found.every((count) => count === 2)
  })
  const owner = processes.find((one) => took('queries').test(one.said())) as (typeof processes)[number]
  const others = processes.filter((one) => one !== owner)
  const began = performance.now()
  owner.kill('SIGTERM')
  expect(await owner.ended()).toBe(0)
  await until('another has the queries', () => others.some((one) => took('queries').test(one.said())))
  expect(performance.now() - began).toBeLessThan(LONG_MS / 2)
  await sleep(1500)
  await expectWhole(place, store, await lines.end())
  // Nothing had to be sent a second time.
  expect([...store.numbers.values()].filter((times) => times > 1)).toEqual([])
  const second = startProcess(place.folder, 'd', others[0]?.data.split('/').at(-1))
  expect(await second.ended()).not.toBe(0)
  expect(second.said()).toMatch(/is in use|belongs to|process \d+/)
  await store[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

test.skipIf(missing)('a file is read where it is, and a part of a host without a process waits', async () => {
  const { place, store } = await open({
    sources: `sources:
  here: { to: lines, on: web1, file: here.log }
  there: { to: lines, on: web2, file: there.log }`,
  })
  const line = (n: number) => `${JSON.stringify({ n, ts: `2026-01-01 00:00:0${n % 10}.000Z` })}\n`
  mkdirSync(place.folder, { recursive: true })
  writeFileSync(join(place.folder, 'here.log'), upTo(50).map(line).join(''))
  writeFileSync(join(place.folder, 'there.log'), upTo(100).slice(50).map(line).join(''))
  const a = startProcess(place.folder, 'web1')
  await until('what is here is read', () => store.numbers.size === 50)
  const { share } = await a.status()
  expect(share?.waiting).toEqual([{ part: 'source there', why: 'no process runs on host web2' }])
  startProcess(place.folder, 'web2')
  await until('what is there is read', () => store.numbers.size === 100)
  await store[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

test.skipIf(missing || ROUNDS === 0)(
  `after ${ROUNDS} rounds of kills and stops each number is there once`,
  { timeout: ROUNDS * 300_000 },
  async () => {
    const { place, store, lines } = await open()
    const running = new Map(['a', 'b', 'c'].map((host) => [host, startProcess(place.folder, host)]))
    const on = (host: string) => running.get(host) as RunProcess
    const hosts = () => [...running.keys()]
    /** The host of the process that has the queries, by what another one than `except` says. */
    const owner = async (except?: string): Promise<string> => {
      let found: string | undefined
      await until('one has the queries', async () => {
        const asked = on(hosts().find((host) => host !== except) as string)
        const { share } = await asked.status().catch(() => ({ share: null }))
        found = share?.members.find(({ holds }) => holds.queries === true)?.host
        return found !== undefined && found !== except
      })
      return found as string
    }
    /** Kills the process with SIGKILL, and starts it again once `meanwhile` has ended. */
    const kill = async (host: string, meanwhile: () => Promise<unknown>) => {
      on(host).kill('SIGKILL')
      await on(host).ended()
      await meanwhile()
      running.set(host, startProcess(place.folder, host))
    }
    await owner()
    await lines.start()
    for (let round = 0; round < ROUNDS; round++) {
      const first = await owner()
      await kill(first, () => owner(first))
      const second = await owner()
      await kill(hosts().find((host) => host !== second) as string, () => sleep(1000))
      const third = await owner()
      on(third).kill('SIGSTOP')
      await owner(third)
      on(third).kill('SIGCONT')
      await kafka.kill(1)
      await sleep(1000)
      await kafka.restart(1)
      await sleep(3000)
    }
    await expectWhole(place, store, await lines.end())
    await store[Symbol.asyncDispose]()
    await place[Symbol.asyncDispose]()
  },
)
