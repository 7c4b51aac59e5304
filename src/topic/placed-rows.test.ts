import { expect, test } from 'vitest'
import { newSeed, seededRandom } from '../base/random.ts'
import type { Topic } from '../bus/bus.ts'
import { appendForeign, deleteForeign, memoryStore, openMemoryBus } from '../bus/memory-bus.test-tool.ts'
import { type PlacedRow, placeText, type RowPageWish, readPlace, readRowPage } from './placed-rows.ts'

const orderOf = (rows: readonly PlacedRow[]) => rows.map(({ partition, offset }) => `${partition}:${offset}`)

/** A topic of random records, with gaps, NULLs and deleted records. */
async function randomTopic(seed: number): Promise<Topic> {
  const random = seededRandom(seed)
  const store = memoryStore()
  const bus = openMemoryBus(store, { random })
  const partitions = 1 + random.below(3)
  const topic = await bus.topic('rows', partitions)
  const times = new Array<number>(partitions).fill(0)
  for (let append = random.below(40); append > 0; append--) {
    const partition = random.below(partitions)
    const records = Array.from({ length: 1 + random.below(60) }, (_, i) => {
      times[partition] = (times[partition] ?? 0) + random.below(3)
      const value = random.below(5) === 0 ? null : Buffer.from(`{"n":${i}}`)
      return { key: Buffer.from(`{"k":${i}}`), value, time: times[partition] ?? 0 }
    })
    appendForeign(store, ['rows', partition], records, random.below(4) === 0 ? 1 + random.below(100) : 0)
  }
  if (random.below(2) === 0) deleteForeign(store, ['rows', 0], random.below(30))
  await topic.refresh()
  return topic
}

async function pages(
  topic: Topic,
  first: RowPageWish,
): Promise<{ readonly back: PlacedRow[]; readonly on: PlacedRow[] }> {
  let page = await readRowPage(topic, first)
  const back = [...page.rows]
  while (page.hasOlder) {
    page = await readRowPage(topic, { ...first, before: page.from })
    back.push(...page.rows)
  }
  const on: PlacedRow[] = []
  let after = page.from
  do {
    page = await readRowPage(topic, { ...first, after })
    on.unshift(...page.rows)
    after = page.to
  } while (page.hasNewer)
  return { back, on }
}

test('pages backwards and forwards have every row once, in the order of arrival', async () => {
  const seed = newSeed()
  for (let round = 0; round < 40; round++) {
    const topic = await randomTopic(seed + round)
    const { back, on } = await pages(topic, { limit: 1 + (round % 50) })
    const said = `seed ${seed + round}`
    const whole = (await readRowPage(topic, { limit: Number.POSITIVE_INFINITY })).rows
    expect(orderOf(back), said).toEqual(orderOf(whole))
    expect(new Set(orderOf(on)), said).toEqual(new Set(orderOf(whole)))
    expect(on.length, said).toBe(whole.length)
    for (const rows of [back, on]) {
      const times = rows.map(({ arrived }) => arrived)
      expect(times, said).toEqual([...times].sort((a, b) => b - a))
    }
  }
})

test('rows that are not wanted are passed over; a deleted row has its key alone', async () => {
  const topic = await randomTopic(7)
  const { back } = await pages(topic, { limit: 10, isWanted: ({ row }) => row === undefined })
  const whole = (await readRowPage(topic, { limit: Number.POSITIVE_INFINITY })).rows
  expect(back).toEqual(whole.filter(({ row }) => row === undefined))
  expect(back[0]).toMatchObject({ key: expect.stringMatching(/^{"k":\d+}$/), row: undefined })
})

test('a place is an offset for each partition', () => {
  expect(placeText({ 0: 12, 1: 7 })).toBe('0:12,1:7')
  expect(readPlace('1:7,0:12', 2)).toEqual({ 0: 12, 1: 7 })
  expect(readPlace('1:7', 2)).toEqual({ 0: 0, 1: 7 })
  for (const bad of ['x', '2:0', '0:-1', '0:1,', '0:1;1:1', '0:9999999999999999'])
    expect(readPlace(bad, 2)).toBeUndefined()
})
