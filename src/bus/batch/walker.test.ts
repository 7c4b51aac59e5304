import { crc32c } from '@node-rs/crc32'
import { expect, test } from 'vitest'
import { readOf } from '../appends.test-tool.ts'
import { headerFinder } from './headers.ts'
import { batchBytes, batchEnd, checkBatch, fetchedOf, makeWalked, walkBatch } from './walker.ts'

type ForeignRecord = {
  readonly delta: number
  readonly key?: string
  readonly value: string | null
  readonly time?: number
}

const varint = (value: number): number[] => {
  const bytes: number[] = []
  for (let left = value < 0 ? -2 * value - 1 : 2 * value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left]
    bytes.push((left % 128) | 128)
  }
}

/** A batch as other producers and compaction leave it: with an epoch, a producer id, gaps and NULL values. */
function foreignBatch(
  records: readonly ForeignRecord[],
  { baseOffset = 0, attributes = 0, maxTime = 0, lastDelta = records.at(-1)?.delta ?? 0 } = {},
): Buffer {
  const field = (text: string | null | undefined) =>
    text === null || text === undefined ? varint(-1) : [...varint(Buffer.byteLength(text)), ...Buffer.from(text)]
  const body = records.flatMap(({ delta, key, value, time = 0 }) => {
    const content = [
      0,
      ...varint(time),
      ...varint(delta),
      ...field(key),
      ...field(value),
      ...varint(1),
      ...field('h'),
      ...field('x'),
    ]
    return [...varint(content.length), ...content]
  })
  const bytes = Buffer.alloc(61 + body.length)
  bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(7, 12)
  bytes.writeInt8(2, 16)
  bytes.writeInt16BE(attributes, 21)
  bytes.writeInt32BE(lastDelta, 23)
  bytes.writeBigInt64BE(BigInt(maxTime), 35)
  bytes.writeBigInt64BE(42n, 43)
  bytes.writeInt32BE(records.length, 57)
  bytes.set(body, 61)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

test('a batch of another producer is read: gaps end a run, and NULL is not an empty value', () => {
  const records = [
    { delta: 0, key: 'k', value: 'a', time: 3 },
    { delta: 1, value: null, time: 4 },
    { delta: 2, value: '', time: 5 },
    { delta: 5, value: 'b', time: 6 },
  ]
  const bytes = foreignBatch(records, { baseOffset: 10, lastDelta: 8 })
  const batch = batchBytes(bytes)
  expect(checkBatch(batch, 0)).toBeUndefined()
  expect(batchEnd(batch.view, 0)).toBe(19)
  const read = (from: number) => {
    const walked = makeWalked(bytes, records.length)
    expect(walkBatch(batch, 0, from, walked)).toBe(true)
    return fetchedOf(walked, batchEnd(batch.view, 0))
  }
  const first = read(0)
  expect([first.baseOffset, first.next, Array.from(first.nulls ?? [])]).toEqual([10, 15, [0, 1, 0]])
  expect(readOf(first).map(({ key, value, time }) => [key, value, time])).toEqual([
    ['k', 'a', 3],
    ['', '', 4],
    ['', '', 5],
  ])
  const { bytes: memory, end } = first.values
  expect(first.hasHeaders).toBe(true)
  const header = headerFinder('h')
  for (const at of [0, 1, 2]) {
    const { isThere, start, end: behind } = header(memory, end[at] as number)
    expect([isThere, Buffer.from(memory.subarray(start, behind)).toString()]).toEqual([true, 'x'])
  }
  const second = read(13)
  expect([second.baseOffset, second.values.count, second.next]).toEqual([15, 1, 19])
  const none = read(16)
  expect([none.baseOffset, none.values.count, none.next]).toEqual([19, 0, 19])
  const arrived = foreignBatch(records, { attributes: 8, maxTime: 99 })
  const walked = makeWalked(arrived, records.length)
  expect(walkBatch(batchBytes(arrived), 0, 0, walked)).toBe(true)
  expect(Array.from(walked.timestamps)).toEqual([99, 99, 99, 99])
  const control = foreignBatch([{ delta: 0, key: 'k', value: 'a' }], { attributes: 32 })
  expect(walkBatch(batchBytes(control), 0, 0, walked)).toBe(true)
  expect(walked.values.count).toBe(records.length)
})
