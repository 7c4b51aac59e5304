import { expect, test } from 'vitest'
import { readOf } from '../appends.test-tool.ts'
import { foreignBatch } from './foreign-batch.test-tool.ts'
import { headerFinder } from './headers.ts'
import { batchBytes, batchEnd, checkBatch, fetchedOf, makeWalked, walkBatch } from './walker.ts'

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
