import { expect, test } from 'vitest'
import { seededRandom } from './random.ts'
import { addToRanges, isInRanges, rangesIn } from './ranges.ts'

test('ranges have the numbers that were added in any order, and no two of them touch', () => {
  const random = seededRandom(11)
  const ranges: number[] = []
  const added = new Set<number>()
  for (let i = 0; i < 3000; i++) {
    const value = random.below(6000)
    added.add(value)
    addToRanges(ranges, value)
  }
  for (let value = -1; value < 6002; value++) expect(isInRanges(ranges, value), String(value)).toBe(added.has(value))
  for (let i = 1; i < ranges.length; i++) expect(ranges[i]).toBeGreaterThan(ranges[i - 1] as number)
  expect(rangesIn(ranges).reduce((sum, [from, to]) => sum + to - from, 0)).toBe(added.size)
})
