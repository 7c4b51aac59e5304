import { expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import { type Lease, openLease } from '../base/lease.ts'
import { recordsOf } from '../record/records.ts'
import { textsOf } from './appends.test-tool.ts'
import type { Fetched } from './bus.ts'
import { openCursor } from './cursor.ts'

const never = new AbortController().signal

/** A topic of one partition with `kept` records; reads wait for `gate`. */
function madeTopic(kept: { start: number; end: number }, gate: { now: Promise<void> } = { now: Promise.resolve() }) {
  let hear: (partition: number, fetched: Fetched | undefined) => void = () => {}
  let fail: (failure: unknown) => void = () => {}
  const fetched = (from: number, to: number, lease?: Lease): Fetched => {
    const values = recordsOf(Array.from({ length: to - from }, (_, i) => `${from + i}`))
    const timestamps = new Float64Array(to - from)
    if (lease !== undefined) values.lease = lease
    return { baseOffset: from, values, nulls: undefined, keys: undefined, timestamps, lastTimestamp: 0, next: to }
  }
  const topic = {
    name: 't',
    partitions: 1,
    bounds: () => ({ ...kept }),
    refresh: async () => {},
    async read(_: number, offset: number) {
      await gate.now
      if (offset < kept.start) throw new Failure('not-found', `offset ${offset} is not kept any more`)
      return offset < kept.end ? fetched(offset, kept.end) : undefined
    },
  }
  const cursor = openCursor(topic, {}, ({ heard, failed }) => {
    hear = heard
    fail = failed
    return { stop() {} }
  })
  const add = (count: number, lease?: Lease) => {
    kept.end += count
    hear(0, fetched(kept.end - count, kept.end, lease))
  }
  return { cursor, add, fail: (failure: unknown) => fail(failure) }
}

const takeAll = ({ cursor }: ReturnType<typeof madeTopic>) => {
  const taken: string[] = []
  for (let fetched = cursor.take(0); fetched !== undefined; fetched = cursor.take(0)) {
    taken.push(...textsOf(fetched.values))
  }
  return taken
}

test('a cursor that is closed releases what it has queued, and leaves what was taken to its reader', () => {
  const topic = madeTopic({ start: 0, end: 0 })
  const freed: string[] = []
  const leases = ['taken', 'queued'].map((name) => openLease(() => freed.push(name)))
  for (const lease of leases) {
    topic.add(1, lease)
    lease.release()
  }
  const taken = topic.cursor.take(0)
  topic.cursor.close()
  expect(freed).toEqual(['queued'])
  taken?.values.lease?.release()
  expect(freed).toEqual(['queued', 'taken'])
})

test('records that are taken while the bus is read are not handed out again', async () => {
  const gate = Promise.withResolvers<void>()
  const topic = madeTopic({ start: 0, end: 0 }, { now: gate.promise })
  const loading = topic.cursor.load(0)
  topic.add(2)
  expect(takeAll(topic)).toEqual(['0', '1'])
  gate.resolve()
  await loading
  topic.add(1)
  expect(takeAll(topic)).toEqual(['2'])
})

test('records that are deleted while the bus is read are passed over', async () => {
  const gate = Promise.withResolvers<void>()
  const kept = { start: 0, end: 4 }
  const topic = madeTopic(kept, { now: gate.promise })
  const loading = topic.cursor.load(0)
  kept.start = 3
  gate.resolve()
  await loading
  expect(takeAll(topic)).toEqual(['3'])
})

test('every wait ends when records come, however many wait and whichever was given up', async () => {
  const topic = madeTopic({ start: 0, end: 0 })
  const first = new AbortController()
  const waits = [topic.cursor.waitForMore(first.signal), topic.cursor.waitForMore(never)]
  first.abort()
  await waits[0]
  waits.push(topic.cursor.waitForMore(never))
  topic.add(1)
  await Promise.all(waits)
})

test('a bus that cannot find out any more whether there are records ends each wait with its failure', async () => {
  const topic = madeTopic({ start: 0, end: 0 })
  const waiting = topic.cursor.waitForMore(never)
  topic.fail(new Failure('io', 'the disk is gone'))
  await expect(waiting).rejects.toThrow('the disk is gone')
  await expect(topic.cursor.waitForMore(never)).rejects.toThrow('the disk is gone')
})

test('records that a closed cursor was still reading are not kept', async () => {
  const gate = Promise.withResolvers<void>()
  const { cursor } = madeTopic({ start: 0, end: 100_000 }, { now: gate.promise })
  const loading = cursor.load(0)
  cursor.close()
  gate.resolve()
  await loading
  await cursor.keepsUp()
  expect(cursor.take(0)).toBeUndefined()
})
