/**
 * SUM: NULL of no rows; INT wraps at 32 bits and BIGINT at 64, as Flink's do; a DECIMAL of more than 38 digits is NULL.
 */
import { assert } from '../../base/assert.ts'
import type { BigintColumn, DecimalColumn, DoubleColumn, IntColumn } from '../../record/column.ts'
import { DECIMAL_LIMIT, decimalSum } from './decimal-sum.ts'
import type { AggregateDefinition, AggregateKernel, KernelPlace } from './definition.ts'
import { integerSum, nullWhereNaN, nullWhereZero } from './integer-sum.ts'

export const sum: AggregateDefinition = {
  name: 'SUM',
  open(place) {
    switch (place.argument.kind) {
      case 'INT':
      case 'BIGINT':
        return sumOfIntegers(place)
      case 'DECIMAL':
        return sumOfDecimals(place)
      default:
        assert(place.argument.kind === 'DOUBLE', `SUM of ${place.argument.kind}`)
        return sumOfDoubles(place)
    }
  },
}

function sumOfIntegers({ lane, extra, result }: KernelPlace): AggregateKernel {
  const { accumulate, merge, at } = integerSum(lane, extra)
  return {
    initial: [Number.NaN],
    extras: 1,
    accumulate: (into, slots, column, from, to) =>
      accumulate(into, slots, column as BigintColumn | IntColumn, from, to),
    merge,
    result(entries) {
      const values = entries.lanes[lane] as Float64Array
      const nulls = nullWhereNaN(values, entries.count)
      const wide = (entries.extras[extra] as unknown[]).length > 0
      if (result.kind === 'INT') {
        const wrapped = new Int32Array(entries.count)
        for (let entry = 0; entry < entries.count; entry++) {
          const value = at(entries, entry)
          wrapped[entry] = typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value | 0
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

function sumOfDoubles({ lane }: KernelPlace): AggregateKernel {
  return {
    initial: [0, 0], // the sum, and of how many
    extras: 0,
    accumulate(into, slots, column, from, to) {
      const { values } = column as DoubleColumn
      const sums = into.lanes[lane] as Float64Array
      const counts = into.lanes[lane + 1] as Float64Array
      for (let row = from; row < to; row++) {
        const slot = slots[row] as number
        if (slot < 0) continue
        sums[slot] = (sums[slot] as number) + (values[row] as number)
        counts[slot] = (counts[slot] as number) + 1
      }
    },
    merge(into, slots, other, start, count) {
      const sums = into.lanes[lane] as Float64Array
      const counts = into.lanes[lane + 1] as Float64Array
      for (let entry = start; entry < start + count; entry++) {
        const slot = slots[entry - start] as number
        sums[slot] = (sums[slot] as number) + ((other.lanes[lane] as Float64Array)[entry] as number)
        counts[slot] = (counts[slot] as number) + ((other.lanes[lane + 1] as Float64Array)[entry] as number)
      }
    },
    result: (entries) => ({
      kind: 'double',
      values: entries.lanes[lane] as Float64Array,
      nulls: nullWhereZero(entries.lanes[lane + 1] as Float64Array, entries.count),
    }),
  }
}

function sumOfDecimals({ extra }: KernelPlace): AggregateKernel {
  const { accumulate, merge, at } = decimalSum(extra)
  return {
    initial: [],
    extras: 1,
    accumulate: (into, slots, column, from, to) => accumulate(into, slots, column as DecimalColumn, from, to),
    merge,
    result(entries) {
      const values: bigint[] = []
      const nulls = new Uint8Array(entries.count)
      for (let entry = 0; entry < entries.count; entry++) {
        const value = at(entries, entry)
        const fits = value !== undefined && value < DECIMAL_LIMIT && value > -DECIMAL_LIMIT
        values.push(fits ? value : 0n)
        if (!fits) nulls[entry] = 1
      }
      return { kind: 'decimal', values, nulls }
    },
  }
}
