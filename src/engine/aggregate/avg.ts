/**
 * AVG: NULL of no rows; of INT and BIGINT the whole number toward zero, as Flink's; of DECIMAL rounded half away from
 * zero to the scale of the result.
 */
import { assert } from '../../base/assert.ts'
import type { BigintColumn, Column, DecimalColumn, IntColumn } from '../../record/column.ts'
import { DECIMAL_LIMIT, decimalSum } from './decimal-sum.ts'
import type { AggregateDefinition, AggregateKernel, KernelPlace } from './definition.ts'
import type { Entries } from './entries.ts'
import { integerSum, nullWhereZero } from './integer-sum.ts'
import { sum } from './sum.ts'

export const avg: AggregateDefinition = {
  name: 'AVG',
  open(place) {
    switch (place.argument.kind) {
      case 'INT':
      case 'BIGINT':
        return avgOfIntegers(place)
      case 'DECIMAL':
        return avgOfDecimals(place)
      default:
        assert(place.argument.kind === 'DOUBLE', `AVG of ${place.argument.kind}`)
        return avgOfDoubles(place)
    }
  },
}

function countRows(counts: Float64Array, slots: Int32Array, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    const slot = slots[row] as number
    if (slot >= 0) counts[slot] = (counts[slot] as number) + 1
  }
}

function mergeCounts(lane: number, into: Entries, slots: Int32Array, other: Entries, start: number, count: number) {
  const counts = into.lanes[lane] as Float64Array
  const others = other.lanes[lane] as Float64Array
  for (let entry = start; entry < start + count; entry++) {
    const slot = slots[entry - start] as number
    counts[slot] = (counts[slot] as number) + (others[entry] as number)
  }
}

function avgOfIntegers({ lane, extra, result }: KernelPlace): AggregateKernel {
  const { accumulate, merge, at } = integerSum(lane, extra)
  return {
    initial: [Number.NaN, 0],
    extras: 1,
    accumulate(into, slots, column, from, to) {
      accumulate(into, slots, column as BigintColumn | IntColumn, from, to)
      countRows(into.lanes[lane + 1] as Float64Array, slots, from, to)
    },
    merge(into, slots, other, start, count) {
      merge(into, slots, other, start, count)
      mergeCounts(lane + 1, into, slots, other, start, count)
    },
    result(entries) {
      const counts = entries.lanes[lane + 1] as Float64Array
      const nulls = nullWhereZero(counts, entries.count)
      const quotients = new Float64Array(entries.count)
      const exact = new BigInt64Array(entries.count)
      let wide = false
      for (let entry = 0; entry < entries.count; entry++) {
        if (nulls?.[entry] === 1) continue
        const value = at(entries, entry)
        const quotient = typeof value === 'bigint' ? value / BigInt(counts[entry] as number) : undefined
        quotients[entry] =
          quotient === undefined ? Math.trunc((value as number) / (counts[entry] as number)) + 0 : Number(quotient)
        exact[entry] = quotient ?? BigInt(quotients[entry] as number)
        wide ||= !Number.isSafeInteger(quotients[entry])
      }
      if (result.kind === 'INT') return { kind: 'int', values: Int32Array.from(quotients), nulls }
      return { kind: 'bigint', values: quotients, exact: wide ? exact : undefined, nulls }
    },
  }
}

function avgOfDoubles(place: KernelPlace): AggregateKernel {
  const summing = sum.open(place)
  return {
    ...summing,
    result(entries): Column {
      const sums = entries.lanes[place.lane] as Float64Array
      const counts = entries.lanes[place.lane + 1] as Float64Array
      const values = new Float64Array(entries.count)
      for (let entry = 0; entry < entries.count; entry++) {
        values[entry] = (sums[entry] as number) / (counts[entry] as number)
      }
      return { kind: 'double', values, nulls: nullWhereZero(counts, entries.count) }
    },
  }
}

function avgOfDecimals({ lane, extra, argument, result }: KernelPlace): AggregateKernel {
  const { accumulate, merge, at } = decimalSum(extra)
  assert(argument.kind === 'DECIMAL' && result.kind === 'DECIMAL', 'AVG of DECIMAL is DECIMAL')
  const shift = 10n ** BigInt(Math.max(0, result.scale - argument.scale))
  return {
    initial: [0],
    extras: 1,
    accumulate(into, slots, column, from, to) {
      accumulate(into, slots, column as DecimalColumn, from, to)
      countRows(into.lanes[lane] as Float64Array, slots, from, to)
    },
    merge(into, slots, other, start, count) {
      merge(into, slots, other, start, count)
      mergeCounts(lane, into, slots, other, start, count)
    },
    result(entries) {
      const values: bigint[] = []
      const nulls = new Uint8Array(entries.count)
      for (let entry = 0; entry < entries.count; entry++) {
        const total = at(entries, entry)
        const count = BigInt((entries.lanes[lane] as Float64Array)[entry] as number)
        const fits = total !== undefined && total < DECIMAL_LIMIT && total > -DECIMAL_LIMIT
        values.push(fits ? divideHalfUp(total * shift, count) : 0n)
        if (!fits) nulls[entry] = 1
      }
      return { kind: 'decimal', values, nulls }
    },
  }
}

function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const rest = dividend % divisor
  const twice = (rest < 0n ? -rest : rest) * 2n
  return twice < divisor ? quotient : quotient + (dividend < 0n ? -1n : 1n)
}
