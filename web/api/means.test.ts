import { expect, test } from 'vitest'
import { rollingMeans } from './means.ts'

test('each mean is of the last values that are known', () => {
  const none = Number.NaN
  expect(rollingMeans([2, 4, 6, none, none, none, 1], 3)).toEqual([2, 3, 4, 5, 6, none, 1])
  expect(rollingMeans([], 3)).toEqual([])
})
