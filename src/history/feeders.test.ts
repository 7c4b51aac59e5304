import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { checkedText } from '../../test/run/in-process.ts'
import { testClock } from '../../test/sim/running.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { appendOf, linesOf } from '../bus/appends.test-tool.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { temporaryFolder } from '../data/data-folder.test-tool.ts'
import { feedersOf, sourceTopicsOf } from './feeders.ts'
import { waitForRows } from './wait-for-rows.ts'

const DUE = Date.parse('2020-05-15T20:00:00Z')

const pipelineText = (folder: string) => `version: 1
name: shop
topics:
  access: { partitions: 2, format: common, watermark: "ts - INTERVAL '10' SECOND" }
queries:
  pages: { count: { by: path, every: 5m, from: access } }
tables:
  day_log: { sqlite: { path: out.db, table: log }, columns: { ts: TIMESTAMP_LTZ(3) }, time: ts, delay: 1m }
  day_pages: { sqlite: { path: out.db, table: PAGES }, columns: { window_end: TIMESTAMP_LTZ(3) }, time: window_end }
  others: { sqlite: { path: out.db, table: others }, columns: { ts: TIMESTAMP_LTZ(3) }, time: ts }
sinks:
  log: { from: access, sqlite: { path: ${join(folder, 'out.db')}, table: LOG } }
  elsewhere: { from: access, sqlite: { path: other.db, table: LOG } }
  pages: { from: pages, sqlite: { path: out.db, table: pages } }
  file: { from: access, csv: out.csv }
`

test('the sinks that fill a table are found by the file and the table, however these are written', () => {
  using folder = temporaryFolder()
  const pipeline = checkedText(pipelineText(folder.path), folder.path)
  const feeders = (table: string) => feedersOf([table], pipeline)
  expect(feeders('day_log').map(({ name }) => name)).toEqual(['log'])
  expect(feeders('day_pages').map(({ name }) => name)).toEqual(['pages'])
  expect(feeders('others')).toEqual([])
  expect(sourceTopicsOf(feeders('day_log'), pipeline)).toEqual(['access'])
  expect(sourceTopicsOf(feeders('day_pages'), pipeline)).toEqual(['access'])
})

// Promise: A report that is due over a table which a sink of the pipeline fills waits until the source has read what there is, and the sink has delivered it.
test('a report over a table that a sink fills waits for the source, for the delay, and for the sink', async () => {
  using folder = temporaryFolder()
  // An hour after it was due: the delay of the table is long over.
  const clock = testClock(DUE + 3_600_000)
  await using bus = await ownEmbedded(folder.path, { disk: nodeDisk, clock, warn: () => {} })
  const pipeline = checkedText(pipelineText(folder.path), folder.path)
  const topics = new Map<
    string,
    { checked: (typeof pipeline.topics)[number]; topic: Awaited<ReturnType<typeof bus.topic>> }
  >()
  for (const checked of pipeline.topics)
    topics.set(checked.name, { checked, topic: await bus.topic(checked.topic, checked.partitions) })
  const append = (partition: number, time: string) =>
    topics
      .get('access')
      ?.topic.append(partition, appendOf(linesOf(`h - - [15/May/2020:${time} +0000] "GET / HTTP/1.0" 200 1`), DUE))
  let isAtRest = false
  const delivered = [0, 0]
  let whole: boolean | undefined
  const wait = (mostMs?: number) =>
    waitForRows({ reads: [], tables: ['day_log'] }, DUE, {
      pipeline,
      topics,
      clock,
      signal: new AbortController().signal,
      atRest: () => isAtRest,
      delivered: (sink) => (sink === 'log' ? delivered : undefined),
      ...(mostMs === undefined ? {} : { mostMs }),
    })
  const look = async () => {
    await vi.waitUntil(() => clock.sleeping().length === 1 || whole !== undefined, { interval: 1 })
    clock.advance(1000)
  }
  const waits = wait().then((isWhole) => {
    whole = isWhole
  })
  // The source reads lines of the span.
  await append(0, '19:59:00')
  for (let looks = 0; looks < 3; looks++) await look()
  // It has read all there is: no later line shows that the span is over, and none is needed.
  isAtRest = true
  await look()
  for (const has of [0, 1]) {
    expect(whole).toBe(undefined)
    delivered[0] = has
    await look()
  }
  await waits
  expect(whole).toBe(true)

  // A source that never rests is waited for up to the end of the span.
  isAtRest = false
  await append(0, '20:00:10')
  await append(1, '20:00:10')
  delivered[0] = 2
  const late = wait(60_000)
  await vi.waitUntil(() => clock.sleeping().length === 1, { interval: 1 })
  clock.advance(60_000)
  expect(await late).toBe(false)
  delivered[1] = 1
  expect(await wait()).toBe(true)
})
