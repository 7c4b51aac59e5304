import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { newSeed, seededRandom } from '../base/random.ts'
import type { Offsets, Topic } from '../bus/bus.ts'
import { memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { recordsOf } from '../record/records.ts'
import { newestPlace } from './placed-rows.ts'
import { openRowFeed } from './row-feed.ts'

const LAST = 'last'

/** What a reader gets from a place on, until the last row of each partition has come. */
async function followed(topic: Topic, from: Offsets, turns: () => number): Promise<string[]> {
  using feed = openRowFeed(topic, systemClock)
  const got: string[] = []
  const never = new AbortController().signal
  for (let place = from, left = topic.partitions; left > 0; ) {
    const batch = await feed.after(place, never)
    if (batch === undefined) return got
    place = batch.to
    for (const { partition, offset, row = '' } of batch.rows) {
      got.push(`${partition}:${offset}`)
      if (row === LAST) left--
    }
    for (let turn = turns(); turn > 0; turn--) await setImmediate()
  }
  return got
}

test('every reader gets every row behind its place once, however slow it is', async () => {
  const seed = newSeed()
  const random = seededRandom(seed)
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(seed + 1), turns: 1, gaps: () => 0.3 })
  const topic = await bus.topic('rows', 2)
  const append = (partition: number, texts: readonly string[]) =>
    topic.append(partition, {
      values: recordsOf(texts),
      keys: undefined,
      timestamp: systemClock.now(),
      position: undefined,
    })
  const some = () => Array.from({ length: 1 + random.below(400) }, (_, i) => `${i} ${'x'.repeat(random.below(3000))}`)
  await append(0, some())
  const middle = newestPlace(topic)
  const readers = [followed(topic, {}, () => 0), followed(topic, middle, () => random.below(30))]
  for (let round = 0; round < 30; round++) {
    await append(random.below(2), some())
    if (random.below(6) === 0) readers.push(followed(topic, {}, () => random.below(10)))
    if (random.below(6) === 0) await systemClock.sleep(120)
  }
  for (const partition of [0, 1]) await append(partition, [LAST])
  const whole = await followed(topic, {}, () => 0)
  expect(new Set(whole).size, `seed ${seed}`).toBe(whole.length)
  const [first, second, ...others] = await Promise.all(readers)
  expect([...(first ?? [])].sort(), `seed ${seed}`).toEqual([...whole].sort())
  const behind = (place: string) => !(place.startsWith('0:') && Number(place.slice(2)) < (middle[0] ?? 0))
  expect([...(second ?? [])].sort(), `seed ${seed}`).toEqual(whole.filter(behind).sort())
  for (const other of others) expect([...other].sort(), `seed ${seed}`).toEqual([...whole].sort())
})

test('a reader that is told to end gets nothing more', async () => {
  const bus = openMemoryBus(memoryStore(), { random: seededRandom(1) })
  const topic = await bus.topic('rows', 1)
  using feed = openRowFeed(topic, systemClock)
  const done = new AbortController()
  const waiting = feed.after({}, done.signal)
  done.abort()
  expect(await waiting).toBeUndefined()
})
