/** TIMESTAMPADD and TIMESTAMPDIFF. The difference is an INT that wraps round; only full months count. */
import { addMonths, DAY_MS } from '../../../base/calendar.ts'
import type { Column, DoubleColumn, IntColumn } from '../../../record/column.ts'
import {
  INT,
  INTERVAL_DAY,
  INTERVAL_MONTH,
  isAnyTimestamp,
  sameType,
  type Type,
  timestamp,
  typeName,
} from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { castTo } from '../cast/cast.ts'
import { fitArgument } from '../define.ts'
import { type Call, type ScalarFunction, type Session, TypeProblem } from '../function.ts'
import { bindTimeArithmetic } from '../number/time-arithmetic.ts'
import { doubleOutput, intOutput } from '../output.ts'
import { UNIT_MS } from './wall-clock.ts'

const MONTHS: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 }

const isTime = (type: Type): boolean => type.kind === 'DATE' || isAnyTimestamp(type)

export const timestampAdd: ScalarFunction = {
  name: 'TIMESTAMPADD',
  summary: 'The time moved later by a number of units.',
  usage: 'TIMESTAMPADD(unit, number, time)',
  bind: bindAdd,
}

/** The number becomes an interval, which is added as by `+`. */
function bindAdd({ arguments: operands, keywords, session }: Call): BoundCall {
  const [number, time] = operands
  const unit = (keywords[0] ?? '').toUpperCase()
  if (number === undefined || time === undefined || operands.length !== 2) throw new TypeProblem('it takes 3 arguments')
  const count = fitArgument(number, 'int', session)
  const months = MONTHS[unit]
  const length = UNIT_MS[unit]
  if (months === undefined && length === undefined) throw new TypeProblem(`'${unit}' is no unit of time here`)
  if (!isTime(time.type)) throw new TypeProblem(`it wants a time, not ${typeName(time.type)}`)
  if (time.type.kind === 'DATE' && length !== undefined && length % DAY_MS !== 0) {
    throw new TypeProblem(`a DATE has no ${unit}`, 'CAST(… AS TIMESTAMP(3)) first.')
  }
  const type = months === undefined ? INTERVAL_DAY : INTERVAL_MONTH
  // The literal only tells the kind of interval; its length is the number times the unit, computed for each row.
  const bound = bindTimeArithmetic('+', time, { kind: 'literal', value: 0, type })
  const open = () => {
    const add = bound.open()
    const multiply = multiplied(months ?? (length as number), months === undefined)
    return (([at, by], rows) => add([at as Column, multiply([by as Column], rows)], rows)) as Compute
  }
  return { type: time.type, arguments: [time, count], open }
}

/** INTs as intervals of `by` ms, or of `by` months. */
function multiplied(by: number, isMs: boolean): Compute {
  const output = isMs ? doubleOutput() : intOutput()
  return ([number], count) => {
    const { values } = number as IntColumn
    const out = output(count)
    for (let row = 0; row < count; row++) out.values[row] = (values[row] as number) * by
    return out
  }
}

export const timestampDiff: ScalarFunction = {
  name: 'TIMESTAMPDIFF',
  summary: 'How many whole units lie between two times.',
  usage: 'TIMESTAMPDIFF(unit, from, to)',
  bind({ arguments: operands, keywords, session }) {
    const [from, to] = operands.map((operand) => inMilliseconds(operand, session)) as [Expression?, Expression?]
    const unit = (keywords[0] ?? '').toUpperCase()
    if (from === undefined || to === undefined || operands.length !== 2) throw new TypeProblem('it takes 3 arguments')
    if (!isTime(from.type) || !sameType(from.type, to.type)) {
      throw new TypeProblem(`it wants two times of one type, not ${typeName(from.type)} and ${typeName(to.type)}`)
    }
    const between = difference(unit)
    if (between === undefined) throw new TypeProblem(`'${unit}' is no unit of time here`)
    const scale = from.type.kind === 'DATE' ? DAY_MS : 1
    return { type: INT, arguments: [from, to], open: () => differences(between, scale) }
  },
}

/** As in Flink, times are counted by their milliseconds. */
const inMilliseconds = (time: Expression, session: Session): Expression =>
  time.type.kind === 'FINE_TIMESTAMP' ? castTo(time, timestamp(3, time.type.zoned), { try: false, session }) : time

function difference(unit: string): ((from: number, to: number) => number) | undefined {
  const length = UNIT_MS[unit]
  // Calcite counts milliseconds as whole seconds times 1000.
  if (length === 1) return (from, to) => Math.imul(Math.trunc((to - from) / 1000), 1000)
  if (length !== undefined) return (from, to) => Math.trunc((to - from) / length)
  const months = MONTHS[unit]
  if (months === undefined) return undefined
  return (from, to) => Math.trunc(monthsBetween(from, to) / months)
}

function monthsBetween(from: number, to: number): number {
  const fromDay = Math.floor(from / DAY_MS)
  const toDay = Math.floor(to / DAY_MS)
  const months = dayMonths(fromDay, toDay)
  // The last month is not full if its day is reached but not its time of day.
  const short = addMonths(fromDay, months) === toDay && to - toDay * DAY_MS < from - fromDay * DAY_MS
  return short ? months - 1 : months
}

function dayMonths(from: number, to: number): number {
  if (to < from) return -dayMonths(to, from)
  let months = Math.trunc((to - from) / 31)
  while (addMonths(from, months) < to && addMonths(from, months + 1) <= to) months++
  return months
}

function differences(between: (from: number, to: number) => number, scale: number): Compute {
  const output = intOutput()
  return ([from, to], count) => {
    const a = (from as DoubleColumn | IntColumn).values
    const b = (to as DoubleColumn | IntColumn).values
    const out = output(count)
    for (let row = 0; row < count; row++) {
      out.values[row] = between((a[row] as number) * scale, (b[row] as number) * scale)
    }
    return out
  }
}
