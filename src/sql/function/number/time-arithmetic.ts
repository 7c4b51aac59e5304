/**
 * Times and intervals added and taken apart: milliseconds are added to the clock of a TIMESTAMP and to the instant of a
 * TIMESTAMP_LTZ, both in UTC; months go to the same day of another month, or to its last.
 */
import { addMonths, DAY_MS } from '../../../base/calendar.ts'
import type { DoubleColumn, IntColumn } from '../../../record/column.ts'
import { type Type, typeName } from '../../../record/type.ts'
import type { BoundCall, Expression, Kernel } from '../../expression/expression.ts'
import type { TypeProblem } from '../function.ts'
import { doubleOutput, intOutput } from '../output.ts'
import type { Sign } from './arithmetic-loops.ts'
import { doubleArithmetic, intArithmetic } from './arithmetic-loops.ts'

export function bindTimeArithmetic(sign: Sign, left: Expression, right: Expression): BoundCall | TypeProblem {
  const wrong: TypeProblem = { refused: `it is not defined for ${typeName(left.type)} and ${typeName(right.type)}` }
  if (sign !== '+' && sign !== '-') return wrong
  const swap = sign === '+' && isInterval(left.type) && !isInterval(right.type)
  const [time, interval] = swap ? [right, left] : [left, right]
  const open = isInterval(interval.type) ? kernelFor(sign, time, interval) : undefined
  return open === undefined ? wrong : { type: time.type, arguments: [time, interval], open }
}

const isInterval = (type: Type): boolean => type.kind === 'INTERVAL_DAY' || type.kind === 'INTERVAL_MONTH'

function kernelFor(sign: '+' | '-', time: Expression, interval: Expression): (() => Kernel) | undefined {
  const months = interval.type.kind === 'INTERVAL_MONTH'
  switch (time.type.kind) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return () => (months ? timestampMonths(sign) : doubleArithmetic(sign))
    case 'DATE':
      if (months) return () => dateMonths(sign)
      return wholeDays(interval) ? () => dateDays(sign) : undefined
    case 'INTERVAL_DAY':
      return months ? undefined : () => doubleArithmetic(sign)
    case 'INTERVAL_MONTH':
      return months ? () => intArithmetic(sign) : undefined
    default:
      return undefined
  }
}

/** A DATE and hours make a TIMESTAMP in Flink, which needs the interval's unit; days are known by their length. */
function wholeDays(interval: Expression): boolean {
  return interval.kind === 'literal' && Number(interval.value) % DAY_MS === 0
}

function timestampMonths(sign: '+' | '-'): Kernel {
  const output = doubleOutput()
  return (columns, count) => {
    const times = (columns[0] as DoubleColumn).values
    const months = (columns[1] as IntColumn).values
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const time = times[row] as number
      const days = Math.floor(time / DAY_MS)
      const added = sign === '+' ? (months[row] as number) : -(months[row] as number)
      out.values[row] = addMonths(days, added) * DAY_MS + (time - days * DAY_MS)
    }
    return out
  }
}

function dateMonths(sign: '+' | '-'): Kernel {
  const output = intOutput()
  return (columns, count) => {
    const days = (columns[0] as IntColumn).values
    const months = (columns[1] as IntColumn).values
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const added = sign === '+' ? (months[row] as number) : -(months[row] as number)
      out.values[row] = addMonths(days[row] as number, added)
    }
    return out
  }
}

function dateDays(sign: '+' | '-'): Kernel {
  const output = intOutput()
  return (columns, count) => {
    const days = (columns[0] as IntColumn).values
    const interval = (columns[1] as DoubleColumn).values
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const added = (interval[row] as number) / DAY_MS
      out.values[row] = (days[row] as number) + (sign === '+' ? added : -added)
    }
    return out
  }
}
