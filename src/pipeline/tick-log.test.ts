import { expect, test } from 'vitest'
import { SimulatedDisk } from '../base/simulated-disk.test-tool.ts'
import { openEmbedded } from '../bus/embedded.ts'
import { checkPipeline } from './check.ts'
import { NO_CHECKPOINT } from './checkpoint.ts'
import { inspectTicks } from './fsck-ticks.ts'
import { readPipeline } from './load.ts'
import { openTopics, topicOf } from './open-topics.ts'
import { openRetention } from './retention.ts'
import { testClock } from './running.test-tool.ts'
import { recordsOf } from './text-records.ts'
import { openTickLog } from './tick-log.ts'

const DATA = '/data'
const PIPELINE = `version: 1
name: p
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND, idle: 10s, retention: 8h }
`
const HOUR = 3_600_000

test('retention takes the ticks among the records that it has taken, from memory too; the others stay as they were', async () => {
  const clock = testClock()
  const disk = new SimulatedDisk().disk
  const { pipeline } = checkPipeline(readPipeline('/p.yaml', PIPELINE, { environment: {} }), 0)
  const stop = new AbortController()
  const told = new Map<number, number>()
  {
    await using bus = await openEmbedded(DATA, { disk, clock, segmentBytes: 100 })
    const topics = await openTopics(pipeline, bus, NO_CHECKPOINT, clock)
    const { topic, ticks } = topicOf(topics, 'access')
    if (ticks === undefined) throw new Error('a topic with idle has ticks')
    const checkpoints = { take: async () => {}, last: () => NO_CHECKPOINT }
    const retention = openRetention({ pipeline, topics, checkpoints, clock, stop: stop.signal, warn() {} })
    const running = retention.run(stop.signal)
    for (let hour = 0; hour < 40; hour++) {
      const values = recordsOf([`record ${hour}`, `another of ${hour}`])
      await topic.append(0, { values, keys: undefined, timestamp: clock.now(), mark: undefined })
      for (const watermark of [hour * HOUR, hour * HOUR + 5]) {
        ticks.write({ partition: 0, offset: 2 * hour + 2, watermark })
        await ticks.settled()
      }
      told.set(2 * hour + 2, hour * HOUR + 5)
      clock.advance(HOUR)
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    const { start } = topic.bounds(0)
    expect(start).toBeGreaterThan(40)
    const kept = ticks.topic.bounds(0)
    expect(kept.end).toBe(80)
    // Ticks are two a record pair; those of a closed stretch go together.
    expect(kept.start).toBeGreaterThan(20)
    expect(kept.start).toBeLessThanOrEqual(start)
    expect(ticks.topic.bounds(1)).toEqual({ start: 0, end: 0 })
    const again = await openTickLog(ticks.topic, clock)
    for (const log of [ticks, again]) {
      for (const [offset, watermark] of told) if (offset >= start) expect(log.at(0, offset)).toBe(watermark)
      expect(log.next(0, start, 80)).toBe(start + 2)
    }
    const before = told.get(start - 2) ?? 0
    expect([ticks.at(0, start - 2), ticks.said(0, told.get(start) ?? 0, start), ticks.said(0, before, start)]).toEqual([
      -Infinity,
      true,
      false,
    ])
    stop.abort()
    await running
  }
  const ends = (end: number) =>
    new Map([
      ['access', [end, 0]],
      ['access.ticks', [80, 0]],
    ])
  expect(inspectTicks(disk, DATA, ends(80))).toEqual([])
  expect(inspectTicks(disk, DATA, ends(79))).toMatchObject([{ kind: 'ticks', file: 'topics/access.ticks-0' }])
})
