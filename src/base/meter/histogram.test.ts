import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openHistogram } from './histogram.ts'

test('each bound counts the values that are at most as large', () => {
  const bounds = [0.5, 1, 4]
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }).map((eighths) => eighths / 8)), (values) => {
      const histogram = openHistogram(bounds)
      for (const value of values) histogram.note(value)
      expect(histogram.counts()).toEqual({
        bounds,
        atMost: bounds.map((bound) => values.filter((value) => value <= bound).length),
        count: values.length,
        sum: values.reduce((sum, value) => sum + value, 0),
      })
    }),
  )
})
