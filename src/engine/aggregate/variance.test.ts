/** Variances and deviations beside their definition, over any division of the values. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Column, columnOf, type Value, valueAt } from '../../record/column.ts'
import { BIGINT, DOUBLE, decimal, INT, type Type } from '../../record/type.ts'
import type { AggregateName } from '../../sql/plan/aggregate.ts'
import { aggregates } from './all.ts'
import { growEntries, makeEntries } from './entries.ts'

const layout = { initial: [0, 0, 0], extras: 0 }

const accumulatorOf = (name: AggregateName, argument: Type, result: Type = argument) =>
  aggregates[name]({ argument, result, lane: 0, extra: 0, heap: 0, settings: undefined })

/** The results of all four functions over the values, which came in parts that were merged in their order. */
function resultsOf(parts: readonly (readonly Value[])[], type: Type, result: Type = type): readonly Value[] {
  return (['VAR_POP', 'VAR_SAMP', 'STDDEV_POP', 'STDDEV_SAMP'] as const).map((name) => {
    const accumulator = accumulatorOf(name, type, result)
    const whole = makeEntries(layout, 16)
    whole.count = 1
    for (const part of parts) {
      const one = makeEntries(layout, 16)
      one.count = 1
      accumulator.accumulate(one, new Int32Array(part.length), columnOf(type, part), 0, part.length)
      accumulator.merge(whole, new Int32Array(1), one, 0, 1)
    }
    return valueAt(accumulator.result(whole), 0)
  })
}

/** By the definition: two passes over the values. */
function defined(values: readonly number[]): readonly (number | null)[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const pop = values.length < 1 ? null : squares / values.length
  const samp = values.length < 2 ? null : squares / (values.length - 1)
  return [pop, samp, pop === null ? null : Math.sqrt(pop), samp === null ? null : Math.sqrt(samp)]
}

const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
const parts = fc.array(fc.array(value, { maxLength: 8 }), { maxLength: 6 })

test('each is what its definition says, however the values were divided', () => {
  fc.assert(
    fc.property(parts, fc.constantFrom(0, 1e9), (cut, apart) => {
      const moved = cut.map((part) => part.map((one) => one + apart))
      const wanted = defined(moved.flat())
      const found = resultsOf(moved, DOUBLE)
      // Values near 1e9 have seven digits behind the point: their squares may be off by as much.
      for (const [index, want] of wanted.entries()) {
        if (want === null) expect(found[index]).toBeNull()
        else expect(Math.abs((found[index] as number) - want)).toBeLessThanOrEqual(1e-6 * (want + 1))
      }
    }),
    { numRuns: 500 },
  )
})

test('values that are merged one by one give the very digits of values that are accumulated', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), (values) => {
      const each = values.map((one) => [one])
      expect(resultsOf(each, DOUBLE)).toEqual(resultsOf([values], DOUBLE))
    }),
  )
})

test.each<[string, Type, readonly Value[], Type, readonly Value[]]>([
  // Flink's answers to tumble-50 (INT) and aggregate-by-shop-13 to 17 (DOUBLE).
  ['INT is cut toward zero', INT, [10, 5, 7, 3], INT, [6, 8, 2, 2]],
  ['BIGINT', BIGINT, [2n ** 60n, 2n ** 60n], BIGINT, [0n, 0n, 0n, 0n]],
  [
    'DOUBLE',
    DOUBLE,
    [0.5, 1.5, 0],
    DOUBLE,
    [0.3888888888888889, 0.5833333333333334, 0.6236095644623235, 0.7637626158259734],
  ],
  [
    'DECIMAL has the digits of its AVG',
    decimal(10, 2),
    [100n, 200n, 400n],
    decimal(38, 6),
    [1555556n, 2333333n, 1247219n, 1527525n],
  ],
  ['one value', INT, [7], INT, [0, null, 0, null]],
  ['no value', DOUBLE, [], DOUBLE, [null, null, null, null]],
])('%s', (_, type, values, result, wanted) => {
  expect(resultsOf([values], type, result)).toEqual(wanted)
})

test('entries that get no value stay NULL beside others', () => {
  const { accumulate, result } = accumulatorOf('STDDEV_POP', INT)
  const entries = makeEntries(layout, 0)
  growEntries(entries, layout, 3)
  entries.count = 3
  accumulate(entries, Int32Array.of(0, -1, 2, 0), columnOf(INT, [1, 5, 9, 9]), 0, 4)
  const column: Column = result(entries)
  expect([0, 1, 2].map((entry) => valueAt(column, entry))).toEqual([4, null, 0])
})
