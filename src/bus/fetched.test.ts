import { expect, test } from 'vitest'
import { recordsOf } from '../record/records.ts'
import type { Fetched } from './bus.ts'
import { sliceFetched, withoutNulls } from './fetched.ts'

const fetched: Fetched = {
  baseOffset: 10,
  values: recordsOf(['', 'a', '', 'b']),
  nulls: Uint8Array.of(1, 0, 1, 0),
  keys: undefined,
  timestamps: Float64Array.of(1, 2, 3, 4),
  lastTimestamp: 4,
  next: 16,
}

test('a slice has the arrival of its own last record, and none where it is empty', () => {
  expect(sliceFetched(fetched, 1, 3)).toMatchObject({ baseOffset: 11, lastTimestamp: 3, next: 13 })
  expect(sliceFetched(fetched, 0, 0)).toMatchObject({ baseOffset: 10, lastTimestamp: Number.NaN, next: 10 })
  expect(sliceFetched(fetched, 2, 2)).toMatchObject({ baseOffset: 12, lastTimestamp: Number.NaN, next: 12 })
})

test('NULL values are left out as gaps are: each run says where the next one begins', () => {
  const runs = withoutNulls(fetched).map(({ baseOffset, values, lastTimestamp, next }) => {
    return [baseOffset, values.count, lastTimestamp, next]
  })
  expect(runs).toEqual([
    [10, 0, Number.NaN, 11],
    [11, 1, 2, 13],
    [13, 1, 4, 16],
  ])
})
