import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { seededRandom } from '../../base/random.ts'
import type { Offsets, TopicReader } from '../../bus/bus.ts'
import { appendForeign, memoryStore, openMemoryBus } from '../../bus/memory-bus.test-tool.ts'
import { openBudget, PAGE_LIMITS } from './budget.ts'
import { readPage } from './page.ts'
import { anyRecord, recordsWithText } from './search.ts'
import type { SingleRecord } from './single.ts'
import type { RecordOrder, WantedRecord } from './walk.ts'

const never = new AbortController().signal
const budget = () => openBudget(PAGE_LIMITS, systemClock, never)

/** A topic with records at random times, in order within each partition, with NULL values and gaps. */
async function madeTopic(seed: number) {
  const random = seededRandom(seed)
  const store = memoryStore()
  await using bus = openMemoryBus(store, { random })
  const partitions = 1 + random.below(3)
  await bus.topic('t', partitions)
  const all: { partition: number; time: number; text: string | null }[] = []
  for (let partition = 0; partition < partitions; partition++) {
    let time = 0
    for (let some = random.below(8); some > 0; some--) {
      const records = Array.from({ length: random.below(40) }, (_, i) => {
        time += random.below(5)
        const text = random.below(9) === 0 ? null : `${random.below(3) === 0 ? 'Found' : 'other'} ${i}`
        all.push({ partition, time, text })
        return { key: Buffer.from('k'), value: text === null ? null : Buffer.from(text), time }
      })
      appendForeign(store, ['t', partition], records, random.below(3) * random.below(30))
    }
  }
  const topic = await openMemoryBus(store, { random }).reader('t')
  return { topic, all, partitions, random }
}

const edges = ({ partitions, bounds }: TopicReader, order: RecordOrder): Offsets =>
  Object.fromEntries(
    Array.from({ length: partitions }, (_, i) => [i, order === 'oldest' ? bounds(i).start : bounds(i).end]),
  )

async function allPages(
  topic: TopicReader,
  order: RecordOrder,
  { limit, wanted }: { limit: number; wanted: WantedRecord },
) {
  const records: SingleRecord[] = []
  for (let places: Offsets | undefined = edges(topic, order); places !== undefined; ) {
    const page = await readPage(topic, { order, places, limit, wanted, budget: budget() })
    expect(page.records.length).toBeLessThanOrEqual(limit)
    records.push(...page.records)
    places = page.next
  }
  return records.map(({ partition, timestamp, value }) => ({
    partition,
    time: timestamp,
    text: value === undefined ? null : Buffer.from(value).toString(),
  }))
}

test('all pages together are all records that are wanted, each once, in the order of time', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { topic, all, random } = await madeTopic(seed)
    const isSearch = seed % 2 === 0
    const wanted = isSearch ? recordsWithText('fOUND') : anyRecord
    const limit = 1 + random.below(30)
    const naive = all
      .filter(({ text }) => !isSearch || text?.startsWith('Found') === true)
      .sort((a, b) => a.time - b.time || a.partition - b.partition)
    for (const order of ['oldest', 'newest'] as const) {
      const pages = await allPages(topic, order, { limit, wanted })
      const found = order === 'oldest' ? pages : pages.reverse()
      expect(found.map(({ time }) => time)).toEqual(naive.map(({ time }) => time))
      // What came at the same time is in the order of its own partition.
      const sorted = found.sort((a, b) => a.time - b.time || a.partition - b.partition)
      expect(sorted, `seed ${seed}, ${order}`).toEqual(naive)
    }
  }
})

test('a look ends when its budget is spent, says how much it has looked at, and where the next goes on', async () => {
  const store = memoryStore()
  const bus = openMemoryBus(store, { random: seededRandom(1) })
  await bus.topic('t', 1)
  const value = (i: number) => Buffer.from(i === 900 ? 'needle' : `hay ${i}`)
  appendForeign(
    store,
    ['t', 0],
    Array.from({ length: 1000 }, (_, i) => ({ key: undefined, value: value(i), time: i })),
  )
  const topic = await openMemoryBus(store, { random: seededRandom(1) }).reader('t')
  const limits = { records: 300, bytes: 1 << 20, timeMs: 1000 }
  let looks = 0
  let looked = 0
  const found: number[] = []
  for (let places: Offsets | undefined = { 0: 0 }; places !== undefined; looks++) {
    const wish = { order: 'oldest', places, limit: 10, wanted: recordsWithText('needle') } as const
    const page = await readPage(topic, { ...wish, budget: openBudget(limits, jumpingClock(), never) })
    looked += page.looked
    found.push(...page.records.map(({ offset }) => offset))
    places = page.next
  }
  expect(found).toEqual([900])
  expect(looked).toBe(1000)
  expect(looks).toBeGreaterThan(1)
})

test('where nobody waits any more nothing is read', async () => {
  const { topic } = await madeTopic(3)
  const wish = { order: 'oldest', places: edges(topic, 'oldest'), limit: 10, wanted: anyRecord } as const
  const page = await readPage(topic, { ...wish, budget: openBudget(PAGE_LIMITS, systemClock, AbortSignal.abort()) })
  expect(page).toMatchObject({ records: [], looked: 0 })
})
