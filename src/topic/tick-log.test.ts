import { expect, test } from 'vitest'
import { testClock } from '../../test/sim/running.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { seededRandom } from '../base/random.ts'
import { ownEmbedded } from '../bus/embedded/embedded.test-tool.ts'
import { appendForeign, foreignOf, memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { temporaryFolder } from '../data/data-folder.test-tool.ts'
import { openTickLog, type Tick, type TickLog } from './tick-log.ts'

/** Every answer about one partition, against the list of all ticks. */
function compare(log: TickLog, ticks: readonly Tick[], from: number): void {
  const at = (offset: number) =>
    ticks.reduce((most, tick) => (tick.offset === offset ? Math.max(most, tick.watermark) : most), -Infinity)
  for (let offset = from; offset < 60; offset++) {
    expect(log.at(0, offset)).toBe(at(offset))
    expect(log.writtenAt(0, offset) !== undefined).toBe(at(offset) > -Infinity)
    for (const before of [offset + 1, offset + 5, 60]) {
      const between = ticks.map((tick) => tick.offset).filter((each) => each > offset && each < before)
      expect(log.next(0, offset, before)).toBe(between.length === 0 ? undefined : Math.min(...between))
    }
    const last = Math.max(...ticks.filter((tick) => tick.offset <= offset).map((tick) => tick.watermark))
    expect(log.said(0, last, offset)).toBe(last > -Infinity)
    expect(log.said(0, last + 1, offset)).toBe(false)
  }
}

test.each([1, 2, 3])(
  'seed %i: a log of ticks says the same now, opened again, and of what it has not forgotten',
  async (seed) => {
    using folder = temporaryFolder()
    const random = seededRandom(seed)
    const clock = testClock()
    await using bus = await ownEmbedded(folder.path, { disk: nodeDisk, clock })
    const topic = await bus.topic('access.ticks', 1)
    const log = await openTickLog(topic, clock)
    const ticks: Tick[] = []
    for (let offset = 0, watermark = 0; offset < 50; offset += random.below(4)) {
      clock.advance(10)
      watermark += random.below(100)
      ticks.push({ partition: 0, offset, watermark })
      log.write({ partition: 0, offset, watermark })
      if (random.next() < 0.3) await log.settled()
    }
    await log.settled()
    compare(log, ticks, 0)
    const again = await openTickLog(topic, clock)
    compare(again, ticks, 0)
    const kept = ticks[ticks.length >> 1]?.offset ?? 0
    again.forget(0, kept)
    compare(again, ticks, kept)
    expect(again.neededFrom(0, kept)).toBeGreaterThan(0)
    expect(again.writtenAt(0, kept)).toBe(log.writtenAt(0, kept))
  },
)

test('ticks are found between NULL values and gaps, as another program leaves them', async () => {
  const store = memoryStore()
  const bus = openMemoryBus(store, { random: seededRandom(1) })
  const topic = await bus.topic('access.ticks', 1)
  const clock = testClock()
  const leave = () => appendForeign(store, ['access.ticks', 0], foreignOf(null), 2)
  leave()
  await (await openTickLog(topic, clock)).write({ partition: 0, offset: 5, watermark: 7 })
  leave()
  const again = await openTickLog(topic, clock)
  expect([again.at(0, 5), again.neededFrom(0, 5)]).toEqual([7, 3])
})
