import { expect, test } from 'vitest'
import { createRing } from './ring.ts'

test('a ring keeps the last values, the oldest first', () => {
  const ring = createRing(3)
  expect(ring.values()).toEqual([])
  for (const value of [1, 2]) ring.push(value)
  expect(ring.values()).toEqual([1, 2])
  for (const value of [3, 4, 5, 6, 7]) ring.push(value)
  expect(ring.values()).toEqual([5, 6, 7])
})
