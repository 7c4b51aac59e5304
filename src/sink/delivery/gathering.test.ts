import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { openLease } from '../../base/lease.ts'
import { seededRandom } from '../../base/random.ts'
import { headerBytes } from '../../bus/batch/headers.test-tool.ts'
import { headerFinder } from '../../bus/batch/headers.ts'
import type { Cursor, Fetched } from '../../bus/bus.ts'
import { appendForeign, memoryStore, openMemoryBus } from '../../bus/memory-bus.test-tool.ts'
import { recordsOf, recordText } from '../../record/records.ts'
import { type Gathering, openGathering } from './gathering.ts'

const limits = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, lingerMs: 0, inFlight: 1 }
const cursorOver = (pieces: Fetched[]): Cursor => ({
  partitions: 1,
  offset: () => 0,
  hasMore: () => pieces.length > 0,
  load: async () => {},
  take: () => pieces.shift(),
  keepsUp: async () => {},
  waitForMore: async () => {},
  isAtEnd: async () => true,
  close() {},
})
const gatheringOf = (cursor: Cursor) =>
  openGathering({ cursor, limits, clock: systemClock, ended: new AbortController().signal, hasMetadata: false })

async function takeAll(gathering: Gathering): Promise<void> {
  while ((await gathering.due(() => true)) !== undefined) gathering.take(0).release()
}

test.each([[[0, 1, 0]], [[1, 1, 1]]])(
  'leased records are released once, with NULL values %j among them',
  async (nulls) => {
    let released = 0
    const values = { ...recordsOf(['a', '', 'c']), lease: openLease(() => released++) }
    const timestamps = new Float64Array(3)
    const fetched = { baseOffset: 0, values, nulls: Uint8Array.from(nulls), keys: undefined, timestamps, next: 3 }
    const pieces = [{ ...fetched, lastTimestamp: 0 }]
    await takeAll(gatheringOf(cursorOver(pieces)))
    expect(released).toBe(1)
  },
)

test('gaps and NULL values at the end of a topic are passed', async () => {
  const store = memoryStore()
  await using bus = openMemoryBus(store, { random: seededRandom(1) })
  const topic = await bus.topic('t', 1)
  const cursor = topic.cursor({})
  const gathering = gatheringOf(cursor)
  appendForeign(store, ['t', 0], [{ key: undefined, value: Buffer.from('a'), time: 0 }])
  await topic.refresh()
  await gathering.due(() => true)
  expect(gathering.passed(0)).toBeUndefined()
  await takeAll(gathering)
  appendForeign(store, ['t', 0], [{ key: undefined, value: null, time: 0 }], 1)
  await topic.refresh()
  await takeAll(gathering)
  expect(gathering.passed(0)).toBe(topic.bounds(0).end)
  cursor.close()
})

const piece = (baseOffset: number, texts: readonly string[], hasKeys: boolean): Fetched => {
  const headers = texts.map((text) => headerBytes([{ name: 'h', value: `header of ${text}` }]))
  const whole = recordsOf(texts.map((text, i) => Buffer.concat([Buffer.from(text), headers[i] as Buffer])))
  const end = whole.start.map((start, i) => start + (texts[i] as string).length)
  const timestamps = Float64Array.from(texts, (_, i) => baseOffset + i + 1000)
  const keys = hasKeys ? recordsOf(texts.map((text) => `key of ${text}`)) : undefined
  const next = baseOffset + texts.length
  const values = { ...whole, end }
  return { baseOffset, values, nulls: undefined, keys, hasHeaders: true, timestamps, lastTimestamp: 0, next }
}

test('records that are joined keep their keys, headers and arrival where a decoder asks for them', async () => {
  const pieces = [piece(0, ['a', 'bb'], false), piece(2, ['', 'dd', 'e'], true)]
  const own = { ...limits, rows: 4 }
  const signal = new AbortController().signal
  const cursor = cursorOver(pieces)
  const gathering = openGathering({ cursor, limits: own, clock: systemClock, ended: signal, hasMetadata: true })
  await gathering.due(() => true)
  const { records, kept } = gathering.take(0)
  const find = headerFinder('h')
  const told = Array.from({ length: records.count }, (_, i) => {
    const { start, end } = find(records.bytes, records.end[i] as number)
    const header = Buffer.from(records.bytes.subarray(start, end)).toString()
    return [recordText(records, i), kept?.keys && recordText(kept.keys, i), header, kept?.timestamps[i]]
  })
  expect(told).toEqual([
    ['a', '', 'header of a', 1000],
    ['bb', '', 'header of bb', 1001],
    ['', 'key of ', 'header of ', 1002],
    ['dd', 'key of dd', 'header of dd', 1003],
  ])
})

test('records with headers are not joined with those that were handed over without', async () => {
  const { hasHeaders: _, ...handedOver } = piece(2, ['c', 'd'], false)
  const cursor = cursorOver([piece(0, ['a', 'b'], false), handedOver, piece(4, ['e'], false)])
  const signal = new AbortController().signal
  const own = { ...limits, rows: 10 }
  const gathering = openGathering({ cursor, limits: own, clock: systemClock, ended: signal, hasMetadata: true })
  await gathering.due(() => true)
  const taken = [gathering.take(0), gathering.take(0), gathering.take(0)]
  expect(taken.map(({ baseOffset, kept }) => [baseOffset, kept?.hasHeaders])).toEqual([
    [0, true],
    [2, false],
    [4, true],
  ])
})
