import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { openLease } from '../../base/lease.ts'
import { hastyDisk, temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, type Read, readAll, readOf } from '../appends.test-tool.ts'
import type { Fetched } from '../bus.ts'
import { openEmbedded } from './embedded.ts'

/** Records of some hundred bytes; many of them fill the memory of several batches. */
const records = (count: number, seed: string, keyed: boolean) =>
  Array.from({ length: count }, (_, row) => ({
    ...(keyed ? { key: Buffer.from(`${seed} ${row}`) } : {}),
    value: Buffer.from(`${seed} ${row} ${'.'.repeat((row * 37) % 400)}`),
  }))

test('what is heard of large appends and small ones, with keys and without, is what can be read', async () => {
  await using folder = await temporaryFolder()
  await using bus = await openEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const topic = await bus.topic('t', 1)
  const heard: Read[] = []
  let pieces = 0
  topic.onAppend((_, fetched) => {
    heard.push(...readOf(fetched))
    pieces++
  })
  const sizes = [1, 9000, 3, 700, 5000, 2]
  await Promise.all(
    sizes.map((size, index) => topic.append(0, appendOf(records(size, `a${index}`, index % 2 === 1), index, 'mark'))),
  )
  for (const [index, size] of sizes.entries()) {
    await topic.append(0, appendOf(records(size, `b${index}`, index % 2 === 0), 100 + index))
  }
  expect(pieces).toBeGreaterThan(2 * sizes.length)
  const read = await readAll(topic, 0)
  const plain = (all: readonly Read[]) => all.map((record) => ({ ...record, key: record.key ?? '' }))
  expect(plain(heard)).toEqual(plain(read))
})

test('what a reader holds stays as it is until it lets go', async () => {
  await using folder = await temporaryFolder()
  await using bus = await openEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const topic = await bus.topic('t', 1)
  const held: Fetched[] = []
  const stop = topic.onAppend((_, fetched) => {
    fetched.values.lease?.hold()
    held.push(fetched)
  })
  await topic.append(0, appendOf(records(5000, 'held', true)))
  stop()
  expect(held.length).toBeGreaterThan(1)
  expect(held.every(({ values }) => values.lease !== undefined)).toBe(true)
  const before = held.flatMap(readOf)
  for (let turn = 0; turn < 3; turn++) await topic.append(0, appendOf(records(5000, `${turn}`, true)))
  expect(held.flatMap(readOf)).toEqual(before)
  const memory = new Set(held.map(({ values }) => values.bytes))
  for (const { values } of held) values.lease?.release()
  const again = new Set<Uint8Array>()
  topic.onAppend((_, { values }) => again.add(values.bytes))
  for (let turn = 0; turn < 3; turn++) await topic.append(0, appendOf(records(5000, `${turn}`, true)))
  expect([...again].some((bytes) => memory.has(bytes))).toBe(true)
})

test('lines whose memory is lent are let go of once they are written down, and heard as they were', async () => {
  await using folder = await temporaryFolder()
  await using bus = await openEmbedded(folder.path, { disk: hastyDisk, clock: systemClock })
  const topic = await bus.topic('t', 2)
  const heard: Read[] = []
  topic.onAppend((_, fetched) => heard.push(...readOf(fetched)))
  const wanted: Read[] = []
  // A few lines, which fill little of a batch's memory, and many.
  for (const count of [3, 1, 9000, 20]) {
    const append = appendOf(records(count, `lent ${count}`, false), count, 'mark')
    const { values } = append
    wanted.push(...readOf({ ...append, baseOffset: 0, timestamps: new Float64Array(count), lastTimestamp: 0 }))
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
  }
  expect(heard.map(({ value }) => value)).toEqual(wanted.map(({ value }) => value))
  expect((await readAll(topic, 1)).map(({ value }) => value)).toEqual(heard.map(({ value }) => value))
})
