import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { openLease } from '../../base/lease.ts'
import { seededRandom } from '../../base/random.ts'
import type { Cursor } from '../../bus/bus.ts'
import { appendForeign, memoryStore, openMemoryBus } from '../../bus/memory-bus.test-tool.ts'
import { recordsOf } from '../../record/records.ts'
import { type Gathering, openGathering } from './gathering.ts'

const limits = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, lingerMs: 0, inFlight: 1 }
const gatheringOf = (cursor: Cursor) =>
  openGathering({ cursor, limits, clock: systemClock, ended: new AbortController().signal })

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
    await takeAll(
      gatheringOf({
        partitions: 1,
        offset: () => 0,
        hasMore: () => pieces.length > 0,
        load: async () => {},
        take: () => pieces.shift(),
        keepsUp: async () => {},
        waitForMore: async () => {},
        isAtEnd: async () => true,
        close() {},
      }),
    )
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
