import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { openLease } from '../../base/lease.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, linesOf, type Read, readAll, readOf } from '../appends.test-tool.ts'
import { makeChunkPool } from '../batch/chunk.ts'
import { type Append, type Fetched, MAX_POSITION_BYTES, type Topic } from '../bus.ts'
import { encodePositions } from '../positions.ts'
import { AppendQueue, type LogEnd } from './append-queue.ts'
import { ownEmbedded } from './embedded.test-tool.ts'

/** An append whose values have a lease; `isFree` tells whether that was released. */
function leased(append: Append, free = () => {}): { readonly append: Append; isFree(): boolean } {
  let isFree = false
  append.values.lease = openLease(() => {
    isFree = true
    free()
  })
  return { append, isFree: () => isFree }
}

const START: LogEnd = { offset: 0, mark: undefined }

test('a record or a position that is too long is refused, and its lease released', async () => {
  const queue = new AppendQueue(makeChunkPool(), START)
  const long = leased(appendOf([{ value: Buffer.alloc((16 << 20) + 1) }]))
  await expect(queue.add(long.append)).rejects.toMatchObject({ code: 'limit' })
  const far = leased(appendOf(linesOf('a'), 0, 'x'.repeat(MAX_POSITION_BYTES)))
  await expect(queue.add(far.append)).rejects.toMatchObject({ code: 'limit' })
  expect([long.isFree(), far.isFree(), queue.encode()]).toEqual([true, true, false])
})

test('a failure refuses encoded and waiting appends alike, and the next one follows the end of the log', async () => {
  const queue = new AppendQueue(makeChunkPool(), START)
  const large = () => leased(appendOf([{ value: Buffer.alloc(3 << 20) }], 0, 'lost'))
  const appends = [large(), large(), large(), large()]
  const refused = appends.map(({ append }) => queue.add(append).catch((error: unknown) => error))
  queue.encode()
  queue.take()
  queue.encode()
  expect(appends.map(({ isFree }) => isFree())).toEqual([true, true, true, true])
  const waiting = [large(), large()]
  refused.push(...waiting.map(({ append }) => queue.add(append).catch((error: unknown) => error)))
  queue.encode()
  expect(waiting.map(({ isFree }) => isFree())).toEqual([false, false])
  const failure = new Failure('io', 'the disk is gone')
  queue.fail(failure, { offset: 7, mark: encodePositions(new Map([['other', '{"at":1}']])) })
  expect(await Promise.all(refused)).toEqual(refused.map(() => failure))
  expect(waiting.map(({ isFree }) => isFree())).toEqual([true, true])

  const next = queue.add(appendOf(linesOf('a'), 0, 'kept'))
  expect(queue.encode()).toBe(true)
  queue.take()
  const [written] = queue.written
  expect(Buffer.from(written?.append.mark ?? []).toString()).toBe('[{"other":{"at":1},"w":{"mark":"kept"}}]')
  const heard: number[] = []
  queue.settle(({ baseOffset }) => heard.push(baseOffset))
  expect([await next, heard]).toEqual([7, [7]])
})

test('a bus that is closed refuses appends, and releases their lease', async () => {
  await using folder = temporaryFolder()
  const bus = await ownEmbedded(folder.path)
  const topic = await bus.topic('t', 1)
  await bus[Symbol.asyncDispose]()
  const late = leased(appendOf(linesOf('a')))
  await expect(topic.append(0, late.append)).rejects.toThrow('the log is closed')
  expect(late.isFree()).toBe(true)
})

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

// Promise reader-memory: A reader that falls behind takes bounded memory: it reads the log instead.
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
    const { isFree } = leased(append, () => {
      values.bytes.fill(35)
      values.start.fill(0)
      values.end.fill(0)
      values.count = 77
    })
    const appended = topic.append(1, append)
    expect(isFree()).toBe(true)
    await appended
    heard.push(...handed.take().flatMap(readOf))
  }
  expect(heard.map(({ value }) => value)).toEqual(wanted.map(({ value }) => value))
  expect((await readAll(topic, 1)).map(({ value }) => value)).toEqual(heard.map(({ value }) => value))
})
