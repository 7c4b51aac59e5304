/**
 * SUM: NULL of no rows. Whole numbers wrap at the bits of their type, as in Flink; a DECIMAL of more than 38 digits is NULL.
 */
import type { DoubleColumn } from '../../record/column.ts'
import { integerBits, isSmallInteger } from '../../record/type.ts'
import { decimalColumn, decimalSum } from './decimal-sum.ts'
import { type Accumulator, type AccumulatorOptions, type OpenAccumulator, ofNumbers } from './definition.ts'
import type { Entries } from './entries.ts'
import { integerSum, nullWhere } from './integer-sum.ts'

export const sum: OpenAccumulator = ofNumbers(sumOfIntegers, sumOfDecimals, sumOfDoubles, sumOfFloats)

function sumOfIntegers({ lane, extra, result }: AccumulatorOptions): Accumulator {
  const { at, ...summing } = integerSum(lane, extra)
  return {
    initial: [Number.NaN],
    extras: 1,
    anyOrder: true,
    ...summing,
    result(entries) {
      const values = entries.lanes[lane] as Float64Array
      const nulls = nullWhere(Number.NaN, values, entries.count)
      const wide = (entries.extras[extra] as unknown[]).length > 0
      if (isSmallInteger(result)) {
        const unused = 32 - integerBits(result)
        const wrapped = new Int32Array(entries.count)
        for (let entry = 0; entry < entries.count; entry++) {
          const value = at(entries, entry)
          wrapped[entry] = ((typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value) << unused) >> unused
        }
        return { kind: 'int', values: wrapped, nulls }
      }
      let exact: BigInt64Array | undefined
      if (wide) {
        exact = new BigInt64Array(entries.count)
        for (let entry = 0; entry < entries.count; entry++) {
          if (nulls?.[entry] !== 1) exact[entry] = BigInt(at(entries, entry))
        }
      }
      return { kind: 'bigint', values, exact, nulls }
    },
  }
}

function sumOfDoubles({ lane }: AccumulatorOptions): Accumulator {
  return {
    initial: [0, 0], // the sum, and the number of rows
    extras: 0,
    accumulate(into, entryOf, column, from, to) {
      const { values } = column as DoubleColumn
      const sums = into.lanes[lane] as Float64Array
      const counts = into.lanes[lane + 1] as Float64Array
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry < 0) continue
        sums[entry] = (sums[entry] as number) + (values[row] as number)
        counts[entry] = (counts[entry] as number) + 1
      }
    },
    merge(into, entryOf, other, start, count) {
      const sums = into.lanes[lane] as Float64Array
      const counts = into.lanes[lane + 1] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        const to = entryOf[entry - start] as number
        sums[to] = (sums[to] as number) + ((other.lanes[lane] as Float64Array)[entry] as number)
        counts[to] = (counts[to] as number) + ((other.lanes[lane + 1] as Float64Array)[entry] as number)
      }
    },
    result: (entries) => ({
      kind: 'double',
      values: entries.lanes[lane] as Float64Array,
      nulls: nullWhere(0, entries.lanes[lane + 1] as Float64Array, entries.count),
    }),
  }
}

/** Each step is rounded to 32 bits, as in Flink. */
function sumOfFloats(options: AccumulatorOptions): Accumulator {
  const { lane } = options
  const add = (into: Entries, entry: number, value: number, count: number) => {
    const sums = into.lanes[lane] as Float64Array
    const counts = into.lanes[lane + 1] as Float64Array
    sums[entry] = Math.fround((sums[entry] as number) + value)
    counts[entry] = (counts[entry] as number) + count
  }
  return {
    ...sumOfDoubles(options),
    accumulate(into, entryOf, column, from, to) {
      const { values } = column as DoubleColumn
      for (let row = from; row < to; row++) {
        const entry = entryOf[row] as number
        if (entry >= 0) add(into, entry, values[row] as number, 1)
      }
    },
    merge(into, entryOf, { lanes }, start, count) {
      for (let entry = start; entry < start + count; entry++) {
        const rows = (lanes[lane + 1] as Float64Array)[entry] as number
        add(into, entryOf[entry - start] as number, (lanes[lane] as Float64Array)[entry] as number, rows)
      }
    },
  }
}

function sumOfDecimals({ extra }: AccumulatorOptions): Accumulator {
  const { at, ...summing } = decimalSum(extra)
  return {
    initial: [],
    extras: 1,
    anyOrder: true,
    ...summing,
    result: (entries) => decimalColumn(entries.count, (entry) => at(entries, entry)),
  }
}
