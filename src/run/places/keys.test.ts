import { appendFileSync, existsSync, statSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { folderWith } from '../../../test/cli/tailrace.ts'
import { type Clock, systemClock } from '../../base/clock.ts'
import { type Disk, readWhole, replaceFile, sizeOf } from '../../base/disk/disk.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { SimulatedDisk } from '../../base/disk/simulated-disk.test-tool.ts'
import { recordsOf } from '../../record/records.ts'
import { type KeyLimits, keyedBy, RecentKeys } from '../../source/ingest/keys.ts'
import { RequestAppends } from '../../source/posted/appends.ts'
import { openTopicWriter } from '../topic-writer.ts'
import { journals, KILLED, MortalTopic, PARTITIONS, type StepKill } from './mortal-topic.test-tool.ts'

const ALL: KeyLimits = { count: 100_000, time: 86_400_000 }
const LINES = 3
const linesOf = (request: number): string[] => Array.from({ length: LINES }, (_, line) => `${request}:${line}`)
const keyed = (request: number) => keyedBy(`key ${request}`, Buffer.from(linesOf(request).join('\n')))
const FOREVER = { appends: Number.POSITIVE_INFINITY, kill: undefined }

type Life = { readonly appends: number; readonly kill: StepKill }
type Options = { readonly limits?: KeyLimits; readonly clock?: Clock; readonly disk?: Disk }

/** The part of the source behind HTTP, over the real writer of the topic. */
async function openSource(
  topic: MortalTopic,
  folder: string,
  life: Life,
  { limits = ALL, clock = systemClock, disk = nodeDisk }: Options = {},
) {
  const writer = await openTopicWriter(topic.live(life.appends), clock, {
    keyJournals: { ...journals(`${folder}/keys`, life.kill, topic), disk },
  })
  const resumed = writer.resume('web', false)
  const warnings: string[] = []
  const warn = (message: string) => warnings.push(message)
  const failures: unknown[] = []
  const signal = new AbortController().signal
  const context = { name: 'web', folder, clock, untilEnd: false, signal, warn, ...resumed }
  const fail = (error: unknown) => appends.fail(error)
  const keys = new RecentKeys(resumed.places, limits, { clock, journal: resumed.journal, warn, fail })
  const appends: RequestAppends = new RequestAppends({ context, keys, fail: (error) => failures.push(error) })
  const deliver = writer.deliver('web')
  return {
    keys,
    warnings,
    /** Resolves when the lines are durable, which those of a repeated request are already or soon. */
    async send(request: number) {
      const before = keys.find(keyed(request))
      expect(before?.isSame).not.toBe(false)
      await (before?.durable ?? appends.add(deliver, recordsOf(linesOf(request)), keyed(request)).durable.promise)
      return before !== undefined
    },
    async close() {
      appends.close()
      await keys.close()
      for (const failure of failures) expect(failure).toBe(KILLED)
    },
  }
}

/** How often the lines of a request are in the topic; fails where they are apart, or only in part. */
function timesIn(topic: MortalTopic): Map<number, number> {
  const times = new Map<number, number>()
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const lines = topic.lines(partition)
    for (let at = 0; at < lines.length; at += LINES) {
      const request = Number(lines[at]?.split(':')[0])
      expect(lines.slice(at, at + LINES)).toEqual(linesOf(request))
      times.set(request, (times.get(request) ?? 0) + 1)
    }
  }
  return times
}

/** Sends requests, `atOnce` at a time, until all are answered or the process is killed. */
async function sendAll(source: Awaited<ReturnType<typeof openSource>>, requests: readonly number[], atOnce: number) {
  const waiting = [...requests]
  const sender = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await source.send(next)
      await setImmediate()
    }
  }
  for (const sent of await Promise.allSettled(Array.from({ length: atOnce }, sender))) {
    if (sent.status === 'rejected') expect(sent.reason).toBe(KILLED)
  }
}

const life = fc.record({
  requests: fc.array(fc.nat(300), { maxLength: 120, size: 'max' }),
  atOnce: fc.constantFrom(1, 3, 40),
  appends: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(Number.POSITIVE_INFINITY)),
  kill: fc.option(fc.record({ step: fc.integer({ min: 1, max: 8 }), isWritten: fc.boolean() }), { nil: undefined }),
  isTorn: fc.boolean(),
})

// Promise ingest-key-known: After a crash at any point, an idempotency key is known exactly if the lines of its request are in the topic.
test('killed at any append and at any step of the journal: a key is known exactly if its lines are there', async () => {
  let steps = 0
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
      using folder = folderWith()
      const topic = new MortalTopic()
      const journal = folder.at('keys/web')
      for (const { requests, atOnce, appends, kill, isTorn } of lives) {
        const source = await openSource(topic, folder.path, { appends, kill })
        await sendAll(source, requests, atOnce)
        topic.die()
        await source.close()
        if (isTorn && existsSync(journal)) appendFileSync(journal, '0123abcd {"step":')
        if (existsSync(journal)) steps++
        const times = timesIn(topic)
        const again = await openSource(topic, folder.path, FOREVER)
        for (let request = 0; request <= 300; request++) {
          expect([request, again.keys.find(keyed(request)) !== undefined]).toEqual([request, times.has(request)])
        }
        await again.close()
      }
      const sent = [...new Set(lives.flatMap(({ requests }) => requests))]
      const source = await openSource(topic, folder.path, FOREVER)
      await sendAll(source, sent, 5)
      await source.close()
      expect(timesIn(topic)).toEqual(new Map(sent.map((request) => [request, 1])))
    }),
    { numRuns: Number(process.env.KEYS_RUNS ?? 25) },
  )
  expect(steps).toBeGreaterThan(0)
}, 300_000)

test.each([1, 50])(
  'what a request writes besides its lines does not grow with the keys: %i at once',
  async (atOnce) => {
    const topic = new MortalTopic()
    // A sync of this disk takes no time: how many keys an append carries depends on nothing but their order.
    const { disk } = new SimulatedDisk()
    const source = await openSource(topic, '/data', FOREVER, { disk })
    const all = Array.from({ length: 1000 }, (_, request) => request)
    await sendAll(source, all, atOnce)
    await source.close()
    const carried = topic.sizes.reduce((sum, size) => sum + size, 0)
    expect((carried + (sizeOf(disk, '/data/keys/web') ?? 0)) / all.length).toBeLessThan(220)
    expect(Math.max(...topic.sizes)).toBeLessThan(6000)
    expect(timesIn(topic).size).toBe(all.length)
  },
)

// Promise ingest-key-time: An idempotency key is remembered for `keys.time`, across restarts, unless more than `keys.count` others came since.
test('a key is forgotten after its time, and the oldest beyond the count, with a warning where that is soon', async () => {
  using folder = folderWith()
  const topic = new MortalTopic()
  let now = 1_800_000_000_000
  const options = { limits: { count: 50, time: 600_000 }, clock: { ...systemClock, now: () => now } }
  const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
  const first = await openSource(topic, folder.path, FOREVER, options)
  await sendAll(first, some(0, 30), 1)
  now += 599_000
  expect(await first.send(0)).toBe(true)
  await first.close()
  const second = await openSource(topic, folder.path, FOREVER, options)
  expect(await second.send(1)).toBe(true)
  // A key that was not in the journal yet counts as new at the start.
  now += 610_001
  // Sent again as if it were new: it was forgotten.
  expect(await second.send(2)).toBe(false)
  expect(second.warnings).toEqual([])
  await sendAll(second, some(100, 50), 1)
  expect(await second.send(149)).toBe(true)
  expect(await second.send(2)).toBe(false)
  now += 600_000
  expect(second.keys.find(keyed(2))).toBeDefined()
  now += 1
  expect(second.keys.find(keyed(2))).toBeUndefined()
  expect(second.warnings).toEqual([expect.stringMatching(/^an Idempotency-Key is remembered for 0 ms only, as 50 /)])
  await second.close()
})

test('the journal is begun anew when it has grown, and has every key that is remembered', async () => {
  using folder = folderWith()
  const topic = new MortalTopic()
  const limits = { count: 3000, time: 600_000 }
  const source = await openSource(topic, folder.path, FOREVER, { limits })
  await sendAll(
    source,
    Array.from({ length: 20_000 }, (_, i) => i),
    50,
  )
  await source.close()
  expect(statSync(folder.at('keys/web')).size).toBeLessThan(300_000)
  const again = await openSource(topic, folder.path, FOREVER, { limits })
  expect([again.keys.find(keyed(18_000)), again.keys.find(keyed(16_000))].map((one) => one !== undefined)).toEqual([
    true,
    false,
  ])
  await again.close()
}, 30_000)

test('the keys that earlier versions kept, up to 2000 with each append, are known, and go into the journal', async () => {
  using folder = folderWith()
  const topic = new MortalTopic()
  const { hash } = await import('node:crypto')
  const earlier = (request: number) => {
    const digest = (bytes: string, length: number) => hash('sha256', bytes, 'base64url').slice(0, length)
    return digest(`key ${request}`, 16) + digest(linesOf(request).join('\n'), 8)
  }
  const keys = Array.from({ length: 600 }, (_, request) => earlier(request))
  topic.durable[0]?.push({ lines: linesOf(599), position: { web: { line: 1800, request: 600, keys } } })
  for (const from of [0, 300]) {
    const source = await openSource(topic, folder.path, FOREVER)
    for (let request = 0; request < 600; request++) expect(source.keys.find(keyed(request))?.isSame).toBe(true)
    await sendAll(
      source,
      Array.from({ length: 100 }, (_, i) => 1000 + from + i),
      4,
    )
    await source.close()
  }
  expect(Math.max(...topic.sizes)).toBeLessThan(14_000)
  expect(topic.sizes.at(-1)).toBeLessThan(6000)
})

test('a journal that is gone, damaged, or of another time is an error', async () => {
  const { disk } = new SimulatedDisk()
  const topic = new MortalTopic()
  const run = async (from: number) => {
    const source = await openSource(topic, '/data', FOREVER, { disk })
    await sendAll(
      source,
      Array.from({ length: 60 }, (_, i) => from + i),
      1,
    )
    await source.close()
  }
  await run(0)
  const journal = '/data/keys/web'
  const read = () => Buffer.from(readWhole(disk, journal) ?? []).toString()
  const put = (text: string) => replaceFile(disk, journal, Buffer.from(text))
  const old = read()
  const ends = topic.durable.map((kept) => kept.length)
  await run(100)
  const whole = read()
  await put(whole.replace('"taken"', '"Taken"'))
  await expect(run(200)).rejects.toThrow('is damaged in line 1')
  await put(old)
  await expect(run(200)).rejects.toThrow('does not fit its topic')
  disk.unlink(journal)
  await expect(run(200)).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining('keys/web, is gone'),
  })
  // A journal that knows of lines which the topic does not have would answer for lines that are not there.
  await put(whole)
  for (const [partition, end] of ends.entries()) topic.durable[partition]?.splice(end)
  await expect(run(200)).rejects.toThrow('does not fit its topic')
})
