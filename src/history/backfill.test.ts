import { expect, test } from 'vitest'
import { accessLine } from '../../test/access-line.ts'
import { checkedText } from '../../test/run/in-process.ts'
import { testClock } from '../../test/sim/running.ts'
import { seededRandom } from '../base/random.ts'
import { appendOf, linesOf, readAll } from '../bus/appends.test-tool.ts'
import type { TopicReader } from '../bus/bus.ts'
import { memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import type { CheckedQuery } from '../pipeline/checked.ts'
import { findRepairs, repairRows } from './backfill.ts'
import { openRowMemory, rowsOfTopic } from './row-set.ts'
import { openSpanTopics } from './span-query.ts'

const START = Date.UTC(2020, 4, 15, 10)
const MINUTE = 60_000

const pipelineOf = (state: string) => `version: 1
name: shop
limits: { state: ${state} }
topics:
  access: { format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths:
    count: { by: path, every: 1m, from: access }
`

/** A query that has lost its rows of `minutes` minutes, of `paths` paths each, all but one of the last, or all. */
async function lostRows(state: string, minutes: number, paths: number, left: 'the last' | 'no rows' = 'the last') {
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(1) })
  const pipeline = checkedText(pipelineOf(state), '/')
  const topics = await openSpanTopics(pipeline, ['access', 'paths'], ({ topic, partitions }) =>
    bus.topic(topic, partitions),
  )
  const lines = Array.from({ length: minutes * paths }, (_, i) =>
    accessLine(START + Math.floor(i / paths) * MINUTE, { path: `/${i % paths}` }).trimEnd(),
  )
  await topics.get('access')?.topic.append(0, appendOf(linesOf(...lines), START + minutes * MINUTE))
  const rows = topics.get('paths')?.topic
  if (rows === undefined) throw new Error('the topic is open')
  const time = (minute: number) => new Date(START + minute * MINUTE).toISOString().slice(0, -1)
  const last = { window_start: time(minutes - 1), window_end: time(minutes), path: '/0', hits: 1 }
  const key = JSON.stringify({ window_start: last.window_start, window_end: last.window_end, path: '/0' })
  const kept = { key: Buffer.from(key), value: Buffer.from(JSON.stringify(last)) }
  if (left === 'the last') await rows.append(0, appendOf([kept], START))
  const query = pipeline.queries[0] as CheckedQuery
  return { bus, pipeline, query, topics, rows, span: { since: START, until: START + minutes * MINUTE } }
}

const clock = testClock(START)

// Promise backfill-limit: A backfill holds no more rows than limits.state allows, and says so where a span has more.
test('rows of a span that hold more than the limit are refused, and a shorter span is not', async () => {
  const { span, ...lost } = await lostRows('1MiB', 40, 100)
  await expect(repairRows({ ...lost, span }, clock)).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringMatching(/^\d+ rows of the span hold .* more than the limit of 1(\.0)? MiB$/),
    hint: expect.stringContaining('limits: { state: … }'),
  })
  expect(lost.rows.bounds(0).end).toBe(1)
  const short = { since: START, until: START + 5 * MINUTE }
  expect(await repairRows({ ...lost, span: short }, clock)).toMatchObject({ equal: 0, missing: 500, wrong: 0 })
  expect(await repairRows({ ...lost, span: short }, clock)).toMatchObject({ equal: 500, missing: 0 })
})

// Promise backfill-stop: A stop does not wait for a backfill: it ends between two reads or appends, and the rest is done by the next one.
test('a stop ends a backfill between two appends, and the next one does the rest', async () => {
  const lost = await lostRows('256MiB', 150, 100)
  const stop = new AbortController()
  const stopping = { ...lost, stop: stop.signal }
  const { rows } = lost
  const paths = {
    ...rows,
    append: (...args: Parameters<typeof rows.append>) => {
      stop.abort()
      return rows.append(...args)
    },
  }
  const opened = lost.topics.get('paths')
  if (opened === undefined) throw new Error('the topic is open')
  const topics = new Map([...lost.topics, ['paths', { ...opened, topic: paths }]])
  const stopped = { code: 'in-use', message: expect.stringContaining('the run is stopping') }
  await expect(repairRows({ ...stopping, topics }, clock)).rejects.toMatchObject(stopped)
  expect(rows.bounds(0).end).toBe(1 + 10_000)
  // No read is begun, either.
  await expect(findRepairs(stopping)).rejects.toMatchObject(stopped)
  expect(await repairRows(lost, clock)).toEqual({
    equal: 10_001,
    missing: 4999,
    wrong: 0,
    stale: { count: 0, first: [] },
  })
  expect(new Set((await readAll(rows, 0)).map(({ key }) => key)).size).toBe(15_000)
})

test('while the query runs, the newest window is left alone', async () => {
  const lost = await lostRows('256MiB', 3, 2)
  // Only the newest window has a row: none before it is known to be closed.
  expect(await repairRows({ ...lost, isRunning: true }, clock)).toMatchObject({ equal: 0, missing: 0 })
  expect(await repairRows(lost, clock)).toMatchObject({ equal: 1, missing: 5 })
  expect(await repairRows({ ...lost, isRunning: true }, clock)).toMatchObject({ equal: 4, missing: 0 })
})

// Promise backfill-all-late: Where every row came too late, so that no window has put out a row, a backfill counts the windows that the late rows missed.
test.each([true, false])(
  'windows that only late rows tell of are counted, while the query runs: %s',
  async (isRunning) => {
    const lost = await lostRows('256MiB', 3, 2, 'no rows')
    const letters = await lost.bus.topic('access.dead', 1)
    const late = (offset: number, minute: number) => {
      const [watermark, to] = [minute, minute].map((at) => new Date(START + at * MINUTE).toISOString().slice(0, -1))
      const windows = { count: 1, from: to, to }
      return JSON.stringify({ kind: 'late', query: 'paths', topic: 'access', partition: 0, offset, watermark, windows })
    }
    await letters.append(0, appendOf(linesOf(late(4, 2), late(5, 9))))
    const reads = (to: number) => [{ partitions: 1, letters, offsets: { 0: to } }]
    expect(await repairRows({ ...lost, isRunning }, clock)).toMatchObject({ equal: 0, missing: 0 })
    // The last checkpoint is before the record that shows all three minutes as closed: rows of the third may be on their way.
    expect(await repairRows({ ...lost, reads: reads(5), isRunning }, clock)).toMatchObject({ equal: 0, missing: 4 })
    // A partition without late rows may hold windows open.
    const two = [{ partitions: 2, letters, offsets: { 0: 6 } }]
    expect(await findRepairs({ ...lost, reads: two, isRunning })).toMatchObject({ repairs: [] })
    expect(await repairRows({ ...lost, reads: reads(6), isRunning }, clock)).toMatchObject({ equal: 4, missing: 2 })
  },
)

test('rows that are not wanted take no memory, and take the place of a row with their key', async () => {
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(1) })
  const topic = await bus.topic('t', 1)
  const texts = ['a 1', 'b 1', 'a 2', 'b no', ...Array.from({ length: 1000 }, (_, i) => `${i} no`)]
  const records = texts.map((text) => ({ key: Buffer.from(text.split(' ')[0] as string), value: Buffer.from(text) }))
  await topic.append(0, appendOf(records))
  const isWanted = (row: string) => !row.endsWith('no')
  const memory = openRowMemory(300)
  const reader: TopicReader = topic
  expect([...(await rowsOfTopic(reader, true, { isWanted, memory }))]).toEqual([['a', 'a 2']])
  expect([...(await rowsOfTopic(reader, false, { isWanted }))].map(([key]) => key)).toEqual(['a 1', 'b 1', 'a 2'])
})
