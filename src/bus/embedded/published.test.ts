import { expect, test } from 'vitest'
import { openLease } from '../../base/lease.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, type Read, readAll, readOf } from '../appends.test-tool.ts'
import type { Fetched, Topic } from '../bus.ts'
import { ownEmbedded } from './embedded.test-tool.ts'

/** Records of some hundred bytes; many of them fill the memory of several batches. */
const records = (count: number, seed: string, keyed: boolean) =>
  Array.from({ length: count }, (_, row) => ({
    ...(keyed ? { key: Buffer.from(`${seed} ${row}`) } : {}),
    value: Buffer.from(`${seed} ${row} ${'.'.repeat((row * 37) % 400)}`),
  }))

/** A reader at the end of a partition, and the pieces that it gets from memory. */
function handedOver(topic: Topic, partition = 0) {
  const cursor = topic.cursor({ [partition]: topic.bounds(partition).end })
  const pieces: Fetched[] = []
  return {
    cursor,
    pieces,
    take() {
      const before = pieces.length
      for (let fetched = cursor.take(partition); fetched !== undefined; fetched = cursor.take(partition)) {
        pieces.push(fetched)
      }
      return pieces.slice(before)
    },
  }
}

test('readers are handed the records that can be read, of large appends and small ones, with keys and without', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path)
  const topic = await bus.topic('t', 1)
  const handed = handedOver(topic)
  const sizes = [1, 9000, 3, 700, 5000, 2]
  await Promise.all(
    sizes.map((size, index) => topic.append(0, appendOf(records(size, `a${index}`, index % 2 === 1), index, 'mark'))),
  )
  for (const [index, size] of sizes.entries()) {
    await topic.append(0, appendOf(records(size, `b${index}`, index % 2 === 0), 100 + index))
    handed.take()
  }
  const { pieces } = handed
  expect(pieces.length).toBeGreaterThan(2 * sizes.length)
  const read = await readAll(topic, 0)
  const plain = (all: readonly Read[]) => all.map((record) => ({ ...record, key: record.key ?? '' }))
  expect(plain(pieces.flatMap(readOf))).toEqual(plain(read))
})

test('the records that a reader holds stay as they are until it releases them', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path)
  const topic = await bus.topic('t', 1)
  const handed = handedOver(topic)
  await topic.append(0, appendOf(records(5000, 'held', true)))
  const held = handed.take()
  handed.cursor.close()
  expect(held.length).toBeGreaterThan(1)
  expect(held.every(({ values }) => values.lease !== undefined)).toBe(true)
  const before = held.flatMap(readOf)
  for (let turn = 0; turn < 3; turn++) await topic.append(0, appendOf(records(5000, `${turn}`, true)))
  expect(held.flatMap(readOf)).toEqual(before)
  const memory = new Set(held.map(({ values }) => values.bytes))
  for (const { values } of held) values.lease?.release()
  const again = handedOver(topic)
  for (let turn = 0; turn < 3; turn++) await topic.append(0, appendOf(records(5000, `${turn}`, true)))
  expect(again.take().some(({ values }) => memory.has(values.bytes))).toBe(true)
})

test('lines with a lease are released once they are encoded, and handed to readers as they were', async () => {
  await using folder = temporaryFolder()
  await using bus = await ownEmbedded(folder.path)
  const topic = await bus.topic('t', 2)
  const handed = handedOver(topic, 1)
  const heard: Read[] = []
  const wanted: Read[] = []
  // A few lines, which fill little of a batch's memory, and many.
  for (const count of [3, 1, 9000, 20]) {
    const append = appendOf(records(count, `lent ${count}`, false), count, 'mark')
    const { values } = append
    wanted.push(...readOf({ ...append, baseOffset: 0, timestamps: new Float64Array(count) }))
    let isFree = false
    const lease = openLease(() => {
      isFree = true
      values.bytes.fill(35)
      values.start.fill(0)
      values.end.fill(0)
      values.count = 77
    })
    values.lease = lease
    const appended = topic.append(1, append)
    expect(isFree).toBe(true)
    await appended
    heard.push(...handed.take().flatMap(readOf))
  }
  expect(heard.map(({ value }) => value)).toEqual(wanted.map(({ value }) => value))
  expect((await readAll(topic, 1)).map(({ value }) => value)).toEqual(heard.map(({ value }) => value))
})
