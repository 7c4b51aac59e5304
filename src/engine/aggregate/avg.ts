/**
 * AVG: NULL of no rows. Of whole numbers it is a whole number, rounded toward zero as in Flink; of DECIMAL it is rounded
 * half away from zero to the scale of the result.
 */
import { assert } from '../../base/assert.ts'
import type { Column } from '../../record/column.ts'
import { DOUBLE, isSmallInteger } from '../../record/type.ts'
import { count } from './count.ts'
import { decimalColumn, decimalSum } from './decimal-sum.ts'
import { type Accumulator, type AccumulatorOptions, type OpenAccumulator, ofNumbers } from './definition.ts'
import { integerSum, nullWhere } from './integer-sum.ts'
import { sum } from './sum.ts'

type Summing = Pick<Accumulator, 'accumulate' | 'merge'>

export const avg: OpenAccumulator = ofNumbers(avgOfIntegers, avgOfDecimals, avgOfDoubles, avgOfDoubles)

/** Sums and counts the same rows. */
function counted(sums: Summing, counts: Summing): Summing {
  return {
    accumulate(into, entryOf, column, from, to) {
      sums.accumulate(into, entryOf, column, from, to)
      counts.accumulate(into, entryOf, column, from, to)
    },
    merge(into, entryOf, other, start, count) {
      sums.merge(into, entryOf, other, start, count)
      counts.merge(into, entryOf, other, start, count)
    },
  }
}

function avgOfIntegers(options: AccumulatorOptions): Accumulator {
  const { lane, extra, result } = options
  const sums = integerSum(lane, extra)
  return {
    initial: [Number.NaN, 0],
    extras: 1,
    anyOrder: true,
    ...counted(sums, count({ ...options, lane: lane + 1 })),
    result(entries) {
      const counts = entries.lanes[lane + 1] as Float64Array
      const nulls = nullWhere(0, counts, entries.count)
      const quotients = new Float64Array(entries.count)
      const exact = new BigInt64Array(entries.count)
      let wide = false
      for (let entry = 0; entry < entries.count; entry++) {
        if (nulls?.[entry] === 1) continue
        const value = sums.at(entries, entry)
        const quotient = typeof value === 'bigint' ? value / BigInt(counts[entry] as number) : undefined
        quotients[entry] =
          quotient === undefined ? Math.trunc((value as number) / (counts[entry] as number)) + 0 : Number(quotient)
        exact[entry] = quotient ?? BigInt(quotients[entry] as number)
        wide ||= !Number.isSafeInteger(quotients[entry])
      }
      if (isSmallInteger(result)) return { kind: 'int', values: Int32Array.from(quotients), nulls }
      return { kind: 'bigint', values: quotients, exact: wide ? exact : undefined, nulls }
    },
  }
}

/** Of FLOATs too, the sum is one of DOUBLEs. */
function avgOfDoubles(options: AccumulatorOptions): Accumulator {
  const isFloat = options.result.kind === 'FLOAT'
  return {
    ...sum({ ...options, argument: DOUBLE }),
    result(entries): Column {
      const sums = entries.lanes[options.lane] as Float64Array
      const counts = entries.lanes[options.lane + 1] as Float64Array
      const values = new Float64Array(entries.count)
      for (let entry = 0; entry < entries.count; entry++) {
        const mean = (sums[entry] as number) / (counts[entry] as number)
        values[entry] = isFloat ? Math.fround(mean) : mean
      }
      return { kind: 'double', values, nulls: nullWhere(0, counts, entries.count) }
    },
  }
}

function avgOfDecimals(options: AccumulatorOptions): Accumulator {
  const { lane, extra, argument, result } = options
  const sums = decimalSum(extra)
  assert(argument.kind === 'DECIMAL' && result.kind === 'DECIMAL', 'AVG of DECIMAL is DECIMAL')
  const shift = 10n ** BigInt(Math.max(0, result.scale - argument.scale))
  return {
    initial: [0],
    extras: 1,
    anyOrder: true,
    ...counted(sums, count(options)),
    result: (entries) =>
      decimalColumn(entries.count, (entry) => {
        const total = sums.at(entries, entry)
        const rows = BigInt((entries.lanes[lane] as Float64Array)[entry] as number)
        return total === undefined ? undefined : divideHalfUp(total * shift, rows)
      }),
  }
}

function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const rest = dividend % divisor
  const twice = (rest < 0n ? -rest : rest) * 2n
  return twice < divisor ? quotient : quotient + (dividend < 0n ? -1n : 1n)
}
