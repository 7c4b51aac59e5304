import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { NO_RECORDS, recordText } from '../../record/records.ts'
import { appendOf, linesOf } from '../appends.test-tool.ts'
import type { Cursor } from '../bus.ts'
import { openMemoryBus } from './memory.ts'

const MIB = 2 ** 20
const long = (count: number) => linesOf(...Array.from({ length: count }, () => 'x'.repeat(1000)))

/** The texts of the next records of a partition. */
function take(cursor: Cursor, partition = 0): readonly string[] {
  const { values, baseOffset, next } = cursor.take(partition) ?? { values: NO_RECORDS, baseOffset: 0, next: 0 }
  expect(next - baseOffset).toBe(values.count)
  return Array.from({ length: values.count }, (_, i) => recordText(values, i))
}

test('each cursor takes all records in their order, and what all have taken is let go', async () => {
  await using bus = openMemoryBus()
  const topic = await bus.topic('t', 2)
  const [first, second] = [topic.cursor({}), topic.cursor({})]
  expect(await topic.append(0, appendOf(linesOf('a', 'b')))).toBe(0)
  expect(await topic.append(0, appendOf(linesOf('c')))).toBe(2)
  expect(await topic.append(1, appendOf(linesOf('d')))).toBe(0)
  expect([first.hasMore(0), first.hasMore(1), first.offset(0)]).toEqual([true, true, 0])
  expect([take(first), take(first), take(first, 1)]).toEqual([['a', 'b'], ['c'], ['d']])
  expect([first.hasMore(0), first.offset(0), await first.isAtEnd()]).toEqual([false, 3, true])
  expect([topic.bounds(0), await topic.bytes(0)]).toEqual([{ start: 0, end: 3 }, 3])
  expect(take(second)).toEqual(['a', 'b'])
  expect([topic.bounds(0), await topic.bytes(0)]).toEqual([{ start: 2, end: 3 }, 1])
  second.close()
  expect([topic.bounds(0), topic.bounds(1)]).toEqual([
    { start: 3, end: 3 },
    { start: 1, end: 1 },
  ])
})

test('the memory of what was appended is its own: a source reads into its buffer again', async () => {
  await using bus = openMemoryBus()
  const topic = await bus.topic('t', 1)
  const cursor = topic.cursor({})
  const append = appendOf(linesOf('a', 'b'))
  await topic.append(0, append)
  append.values.bytes.fill(0)
  expect(take(cursor)).toEqual(['a', 'b'])
})

// Promise watch-memory: The memory of `watch` is bounded on an endless stream: lines wait for the reader of the output.
test('an append resolves only when the slowest cursor has little before it', async () => {
  await using bus = openMemoryBus()
  const topic = await bus.topic('t', 1)
  const [quick, slow] = [topic.cursor({}), topic.cursor({})]
  let appended = 0
  const appending = (async () => {
    for (; appended < 20; appended++) await topic.append(0, appendOf(long(1000)))
  })()
  const settle = async () => {
    for (let turn = 0; turn < 100; turn++) {
      await setImmediate()
      quick.take(0)
    }
  }
  await settle()
  expect(appended).toBeLessThan(6)
  expect(await topic.bytes(0)).toBeLessThan(6 * MIB)
  for (let taken = 0; taken < 20; taken++) {
    slow.take(0)
    await settle()
    expect(await topic.bytes(0)).toBeLessThan(6 * MIB)
  }
  await appending
  expect([appended, await topic.bytes(0)]).toEqual([20, 0])
})

test('a cursor that is closed holds nobody back; a topic without one keeps nothing', async () => {
  await using bus = openMemoryBus()
  const topic = await bus.topic('t', 1)
  const cursor = topic.cursor({})
  const appended = topic.append(0, appendOf(long(6000)))
  const near = cursor.keepsUp()
  cursor.close()
  await Promise.all([appended, near])
  for (let i = 0; i < 10; i++) await topic.append(0, appendOf(long(6000)))
  expect([await topic.bytes(0), topic.bounds(0).start]).toEqual([0, 66_000])
})

test('a cursor waits for more, until its signal is aborted', async () => {
  await using bus = openMemoryBus()
  const topic = await bus.topic('t', 1)
  const cursor = topic.cursor({})
  const waiting = cursor.waitForMore(new AbortController().signal)
  await topic.append(0, appendOf(linesOf('a')))
  await waiting
  expect(take(cursor)).toEqual(['a'])
  const stop = new AbortController()
  const stopped = cursor.waitForMore(stop.signal)
  stop.abort()
  await stopped
})

test('it keeps positions of writers, and commits of groups', async () => {
  await using bus = openMemoryBus()
  const topic = await bus.topic('t', 1)
  await topic.append(0, { ...appendOf(linesOf('a')), position: { writer: 'w', at: { line: 1 } } })
  expect(await topic.position('w')).toEqual([{ line: 1 }])
  await bus.commit('g', 't', { 0: 1 })
  expect(await bus.committed('g', 't')).toEqual({ 0: 1 })
  expect((await bus.look()).topics).toMatchObject([{ name: 't', partitions: [{ start: 1, end: 1, bytes: 0 }] }])
  await expect(topic.read(0, 0, 1)).rejects.toThrow('offset 0 of t is not kept')
  await expect(bus.reader('u')).rejects.toThrow('there is no topic u')
})
