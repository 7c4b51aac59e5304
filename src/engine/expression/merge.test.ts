import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, valueAt } from '../../record/column.ts'
import { anyType, anyValueOf } from '../../record/value.test-tool.ts'
import { Merge } from './merge.ts'
import { NOWHERE } from './merge-ranges.ts'

test('each row has the value of the column that was chosen for it', () => {
  const inputs = anyType.chain((type) => {
    const row = fc.tuple(anyValueOf(type), anyValueOf(type), fc.constantFrom(0, 1, 2, NOWHERE))
    return fc.tuple(fc.constant(type), fc.array(fc.array(row, { minLength: 1, maxLength: 10 }), { maxLength: 3 }))
  })
  fc.assert(
    fc.property(inputs, ([type, batches]) => {
      const merge = new Merge(type)
      for (const rows of batches) {
        const [a, b] = [
          columnOf(
            type,
            rows.map(([value]) => value),
          ),
          columnOf(
            type,
            rows.map(([, value]) => value),
          ),
        ]
        // The third has the same items as the first.
        const choice = Uint16Array.from(rows, ([, , chosen]) => chosen)
        const merged = merge.run([a, b, a], choice, rows.length, new Map())
        const expected = rows.map(([first, second, chosen]) =>
          chosen === NOWHERE ? null : chosen === 1 ? second : first,
        )
        expect(rows.map((_, row) => valueAt(merged, row, type))).toEqual(expected)
      }
    }),
    { numRuns: 500 },
  )
})
