import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, expired, oldestBeyond, type PartitionSpace } from './free-space.ts'

/** Stretches of ten records and ten bytes each that arrived at these times; the last is written to. */
const space = (needed: number, ...times: number[]): PartitionSpace => ({
  needed,
  stretches: times.map((maxTime, i) => {
    const isLast = i === times.length - 1
    return { start: i * 10, end: i * 10 + 10, bytes: 10, maxTime, since: isLast ? maxTime : undefined }
  }),
})

test('records older than the time go, if they were read and their stretch is closed', () => {
  expect(expired(space(Infinity, 1, 2, 3, 4), 3)).toBe(20)
  expect(expired(space(Infinity, 1, 2, 3, 4), 9)).toBe(30)
  expect(expired(space(19, 1, 2, 3, 4), 9)).toBe(10)
  expect(expired(space(20, 1, 2, 3, 4), 9)).toBe(20)
  expect(expired(space(0, 1, 2, 3, 4), 9)).toBe(0)
  // A clock that was set back: old records behind a young one stay with it.
  expect(expired(space(Infinity, 1, 8, 2, 4), 3)).toBe(10)
})

test('beyond a size the oldest records of all partitions go first, unread ones only where that is asked for', () => {
  const spaces = [space(Infinity, 1, 4, 5), space(Infinity, 2, 3, 6), space(0, 0, 0, 0)]
  expect(oldestBeyond(spaces, 90, false)).toEqual([0, 0, 0])
  expect(oldestBeyond(spaces, 80, false)).toEqual([10, 0, 0])
  expect(oldestBeyond(spaces, 61, false)).toEqual([10, 20, 0])
  expect(oldestBeyond(spaces, 0, false)).toEqual([20, 20, 0])
  expect(oldestBeyond(spaces, 75, true)).toEqual([0, 0, 20])
  expect(oldestBeyond(spaces, 0, true)).toEqual([20, 20, 20])
})

// Promise retention: Retention deletes nothing that a query or sink of the pipeline has not read, until a hard limit is met.
test('of any partitions, no unread record goes, and no more than needed', () => {
  const spaces = fc.array(
    fc.tuple(fc.nat(60), fc.array(fc.nat(9), { minLength: 1, maxLength: 6 })).map(([n, times]) => space(n, ...times)),
    { minLength: 1, maxLength: 4 },
  )
  fc.assert(
    fc.property(spaces, fc.nat(200), (all, bytes) => {
      const offsets = oldestBeyond(all, bytes, false)
      const freed = offsets.reduce((sum, offset) => sum + offset, 0)
      for (const [i, { needed }] of all.entries()) expect(offsets[i]).toBeLessThanOrEqual(Math.max(0, needed))
      expect(freed).toBeLessThan(Math.max(0, bytesOf(all) - bytes) + 10)
    }),
  )
})
