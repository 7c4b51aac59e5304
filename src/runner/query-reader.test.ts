import { expect, test } from 'vitest'
import { checkedText } from '../../test/run/in-process.ts'
import { testClock } from '../../test/sim/running.ts'
import { seededRandom } from '../base/random.ts'
import { readAll } from '../bus/appends.test-tool.ts'
import type { TopicReader } from '../bus/bus.ts'
import { appendForeign, foreignOf, memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { NO_CHECKPOINT } from '../topic/checkpoint.ts'
import { openQueries } from './open-queries.ts'
import { openTopics, topicOf } from './open-topics.ts'

const PIPELINE = `version: 1
name: p
topics:
  access:
    format: { json: { columns: { ts: TIMESTAMP(3) } } }
    watermark: ts - INTERVAL '1' SECOND
    idle: 10s
    max_ahead: never
queries:
  counted: SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end
`
const time = (second: number) => new Date(second * 1000).toISOString().slice(0, -1)
const at = (second: number) => JSON.stringify({ ts: time(second) })
const tick = (offset: number, second: number) => JSON.stringify({ partition: 0, offset, watermark: second * 1000 })

// Holds ticks.
test.each([
  ['before it', 3, 2],
  ['within it', 4, 2],
  ['at the record behind it', 5, 2],
  ['behind that record', 6, 3],
])('a tick at a gap, %s, closes the window between the same two records', async (_, offset, counted) => {
  const store = memoryStore()
  const bus = openMemoryBus(store, { random: seededRandom(offset) })
  const clock = testClock()
  const put = (topic: string, gap: number, ...values: (string | null)[]) =>
    appendForeign(store, [topic, 0], foreignOf(...values), gap)
  for (const name of ['access', 'access.ticks']) await bus.topic(name, 1)
  put('access', 0, at(1), null, at(2))
  put('access', 2)
  put('access', 1, at(3), 'garbage', null, at(4))
  put('access.ticks', 0, tick(offset, 10))
  const pipeline = checkedText(PIPELINE, '/data')
  const topics = await openTopics(pipeline, { bus, checkpoint: NO_CHECKPOINT, clock, warn() {} })
  const opened = openQueries({ pipeline, topics, checkpoint: NO_CHECKPOINT, reset: new Map(), clock })
  for (const { ended } of topics.values()) ended.abort()
  await Promise.all(opened.readers.map((reader) => reader.run()))
  await opened.queries[0]?.result.settled()
  const { dead, topic, letters: deadTopic } = topicOf(topics, 'access')
  await dead.settled()
  expect(opened.readers[0]?.offset(0)).toBe(topic.bounds(0).end)
  expect(await valuesOf(topicOf(topics, 'counted').topic)).toEqual([
    JSON.stringify({ window_start: time(0), n: counted }),
  ])
  const letters = (await valuesOf(deadTopic)).map((letter) => JSON.parse(letter))
  const late = letters.filter(({ kind }) => kind === 'late')
  expect(late.map((letter) => letter.offset)).toEqual(counted === 2 ? [5, 8] : [8])
  expect(letters).toContainEqual(expect.objectContaining({ kind: 'format', offset: 6, record: 'garbage' }))
  expect(letters).toHaveLength(late.length + 1)
})

// Promise bounded-catch-up: A query that catches up reads the partition with the lowest watermark next, and so holds few windows open.
test('catching up on partitions of very different lengths, few windows are open at a time', async () => {
  const store = memoryStore()
  const bus = openMemoryBus(store, { random: seededRandom(7) })
  for (const [name, partitions] of [
    ['access', 2],
    ['access.ticks', 2],
  ] as const)
    await bus.topic(name, partitions)
  // One partition has all of its records before any of the other, as a topic has them that was written in two runs.
  for (const partition of [0, 1]) {
    for (let from = 0; from < 200_000; from += 20_000) {
      const records = Array.from({ length: 20_000 }, (_, record) => at(from + record))
      appendForeign(store, ['access', partition], foreignOf(...records), 0)
    }
  }
  const pipeline = checkedText(PIPELINE.replace('    idle', '    partitions: 2\n    idle'), '/data')
  const topics = await openTopics(pipeline, { bus, checkpoint: NO_CHECKPOINT, clock: testClock(), warn() {} })
  const opened = openQueries({ pipeline, topics, checkpoint: NO_CHECKPOINT, reset: new Map(), clock: testClock() })
  for (const { ended } of topics.values()) ended.abort()
  const [reader] = opened.readers
  let most = 0
  const look = setImmediate(function again() {
    most = Math.max(most, opened.queries[0]?.graph.held.open().windows ?? 0)
    setImmediate(again).unref()
  })
  await reader?.run()
  clearImmediate(look)
  await opened.queries[0]?.result.settled()
  expect(await valuesOf(topicOf(topics, 'counted').topic)).toHaveLength(19_999)
  // A batch of one partition at a time is ahead of the other.
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(8000)
})

const valuesOf = async (topic: TopicReader) => (await readAll(topic, 0)).map(({ value }) => value)
