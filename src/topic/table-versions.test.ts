import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testClock } from '../../test/sim/running.ts'
import { seededRandom } from '../base/random.ts'
import { memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { makeVersionList, type TableChange } from './table-versions.ts'
import { openTickLog, readTicks } from './tick-log.ts'

const change = (offset: number, version: number, table = 't'): TableChange => ({
  partition: 0,
  offset,
  table,
  version,
  digest: `d${version}`,
})

test('a change that was written later at a lower offset ends those behind it', () => {
  const list = makeVersionList()
  for (const [place, one] of [change(0, 1), change(8, 2), change(5, 3)].entries()) list.add(one, place)
  expect([4, 5, 9].map((offset) => list.at('t', offset)?.version)).toEqual([1, 3, 3])
})

test('the version at an offset is the last that was brought at or before it', () => {
  const changes = fc.array(fc.tuple(fc.nat(10), fc.constantFrom('t', 'u')), { maxLength: 8 })
  fc.assert(
    fc.property(changes, fc.nat(12), fc.nat(12), (made, offset, start) => {
      const list = makeVersionList()
      // Each is written after those before it, so at an offset that is none before theirs.
      const sorted = made.toSorted(([a], [b]) => a - b).map(([at, table], i) => change(at, i + 1, table))
      for (const [place, one] of sorted.entries()) list.add(one, place)
      for (const table of ['t', 'u']) {
        const own = sorted.filter((one) => one.table === table)
        const at = own.findLast((one) => one.offset <= offset)
        expect(list.at(table, offset)?.version).toBe(at?.version)
        const since = own.filter((one) => one.offset > offset || one === at)
        expect(list.since(table, offset).map(({ version }) => version)).toEqual(since.map(({ version }) => version))
      }
      const next = sorted.find((one) => one.offset > offset && one.offset < 9)
      expect(list.next(offset, 9)).toBe(next?.offset)
      // What is forgotten, no record from `start` on needs.
      const before = ['t', 'u'].map((table) => list.at(table, Math.max(offset, start)))
      const needed = list.neededFrom(start)
      list.forget(start)
      expect(['t', 'u'].map((table) => list.at(table, Math.max(offset, start)))).toEqual(before)
      expect(list.neededFrom(start)).toBe(needed)
    }),
  )
})

test('changes lie among ticks, are pending until they are durable, and are there when the topic is read again', async () => {
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(1) })
  const topic = await bus.topic('logs.ticks', 1)
  const log = await openTickLog(topic, testClock())
  const written = log.change(change(5, 1))
  expect(log.isPending()).toBe(true)
  expect(log.versionAt(0, 't', 5)).toBeUndefined()
  await written
  expect(log.isPending()).toBe(false)
  await log.write({ partition: 0, offset: 3, watermark: 100 })
  await log.change(change(5, 2))
  for (const ticks of [log, await readTicks(topic)]) {
    expect(ticks.versionAt(0, 't', 4)).toBeUndefined()
    expect(ticks.versionAt(0, 't', 9)).toEqual({ table: 't', version: 2, digest: 'd2' })
    expect([ticks.next(0, 0, 10), ticks.next(0, 3, 10), ticks.next(0, 5, 10)]).toEqual([3, 5, undefined])
    expect([ticks.at(0, 3), ticks.at(0, 5)]).toEqual([100, -Infinity])
  }
})
