/**
 * Adds intervals to times and subtracts them. Milliseconds are added to the wall clock of a TIMESTAMP and to the
 * instant of a TIMESTAMP_LTZ, both in UTC; months lead to the same day of another month, or to its last.
 */
import { addMonths, DAY_MS } from '../../../base/calendar.ts'
import type { DecimalColumn, DoubleColumn, IntColumn } from '../../../record/column.ts'
import { msOfNanos, NANOS_PER_MS, nanosAfterMs, nanosOf } from '../../../record/nanos.ts'
import { type Type, typeName } from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { TypeProblem } from '../function.ts'
import { anyNull, decimalOutput, doubleOutput, intOutput, type Output } from '../output.ts'
import type { Sign } from './arithmetic-loops.ts'
import { doubleArithmetic, intArithmetic } from './arithmetic-loops.ts'

/** `left sign right` where an operand is no number. */
export function bindTimeArithmetic(sign: Sign, left: Expression, right: Expression): BoundCall {
  const swap = sign === '+' && isInterval(left.type) && !isInterval(right.type)
  const [time, interval] = swap ? [right, left] : [left, right]
  const open = isInterval(interval.type) ? arithmeticOf(sign, time, interval) : undefined
  if (open === undefined) {
    throw new TypeProblem(`it is not defined for ${typeName(left.type)} and ${typeName(right.type)}`)
  }
  return { type: time.type, arguments: [time, interval], open }
}

const isInterval = (type: Type): boolean => type.kind === 'INTERVAL_DAY' || type.kind === 'INTERVAL_MONTH'

function arithmeticOf(sign: Sign, time: Expression, interval: Expression): (() => Compute) | undefined {
  if (sign !== '+' && sign !== '-') return undefined
  const months = interval.type.kind === 'INTERVAL_MONTH'
  const factor = sign === '+' ? 1 : -1
  switch (time.type.kind) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return () => (months ? eachRow(doubleOutput(), (at, by) => monthsLater(at, factor * by)) : doubleArithmetic(sign))
    case 'FINE_TIMESTAMP':
      return () => eachNanos(months ? nanosMonthsLater : nanosLater, factor)
    case 'DATE':
      if (months) return () => eachRow(intOutput(), (days, by) => addMonths(days, factor * by))
      if (!isWholeDays(interval)) return undefined
      return () => eachRow(intOutput(), (days, by) => days + (factor * by) / DAY_MS)
    case 'INTERVAL_DAY':
      return months ? undefined : () => doubleArithmetic(sign)
    case 'INTERVAL_MONTH':
      return months ? () => intArithmetic(sign) : undefined
    default:
      return undefined
  }
}

type Numbers = DoubleColumn | IntColumn

function eachRow(output: Output<Numbers>, compute: (time: number, interval: number) => number): Compute {
  return (columns, count) => {
    const [{ values: times }, { values: intervals }] = columns as [Numbers, Numbers]
    const out = output(count)
    for (let row = 0; row < count; row++) out.values[row] = compute(times[row] as number, intervals[row] as number)
    return out
  }
}

function eachNanos(later: (nanos: bigint, by: number) => bigint, factor: number): Compute {
  const output = decimalOutput()
  return (columns, count) => {
    const [{ values: times }, { values: intervals }] = columns as [DecimalColumn, Numbers]
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (!anyNull(columns, row)) out.values[row] = later(times[row] as bigint, factor * (intervals[row] as number))
    }
    return out
  }
}

const nanosLater = (nanos: bigint, ms: number): bigint => nanos + BigInt(ms) * NANOS_PER_MS

const nanosMonthsLater = (nanos: bigint, months: number): bigint =>
  nanosOf(monthsLater(msOfNanos(nanos), months), nanosAfterMs(nanos))

function monthsLater(time: number, months: number): number {
  const days = Math.floor(time / DAY_MS)
  return addMonths(days, months) * DAY_MS + (time - days * DAY_MS)
}

/**
 * In Flink a DATE plus hours is a TIMESTAMP. The type does not tell an interval's unit, but a literal tells its length.
 */
function isWholeDays(interval: Expression): boolean {
  return interval.kind === 'literal' && Number(interval.value) % DAY_MS === 0
}
