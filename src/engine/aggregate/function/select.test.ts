import fc from 'fast-check'
import { expect, test } from 'vitest'
import { selectAt, withoutNaN } from './select.ts'

const value = fc.oneof(fc.constantFrom(0, -0, 1, 2, Number.NaN, Infinity, -Infinity), fc.double())

test('each element is where sorting puts it', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), fc.array(fc.nat(299)), (values, places) => {
      const sorted = Float64Array.from(values).sort()
      const numbers = Float64Array.from([...values, 5, 5])
      const known = withoutNaN(numbers, values.length)
      expect(known).toBe(values.filter((each) => !Number.isNaN(each)).length)
      const cuts: number[] = []
      for (const place of places) {
        const index = place % values.length
        if (index < known) expect(selectAt(numbers, known, index, cuts)).toBe(sorted[index])
      }
      expect(numbers.subarray(0, known).toSorted()).toEqual(sorted.subarray(0, known))
    }),
  )
})
