/**
 * What a comparison says of the distance of two event times, as Flink reads it: one of each side, plus or minus a constant interval.
 * `a.ts >= b.ts - INTERVAL '1' HOUR` says that b.ts is at most an hour after a.ts.
 */
import type { Duration } from '../../../base/quantity.ts'
import type { Field } from '../../../record/type.ts'
import { sameType } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import type { JoinKey } from '../../plan/plan.ts'

/** The time of the right row is in [from, to], ms after that of the left row; infinite where nothing is said. */
export type TimeBound = { readonly on: JoinKey; readonly from: Duration; readonly to: Duration }

/** An event time plus `offset`, ms. */
type Time = { readonly column: number; readonly offset: Duration }

/** The sign of the comparison with its sides exchanged. */
const TURNED: Readonly<Record<string, string>> = { '>=': '<=', '>': '<', '<=': '>=', '<': '>', '=': '=' }

/** The bound that `sides[0] sign sides[1]` is, over the columns of left, which are `width`, and of right; undefined: it is none. */
export function timeBound(
  sign: string,
  sides: readonly [Expression, Expression],
  fields: readonly Field[],
  width: number,
): TimeBound | undefined {
  const turned = TURNED[sign]
  const [a, b] = [timeOf(sides[0], fields), timeOf(sides[1], fields)]
  if (turned === undefined || a === undefined || b === undefined) return undefined
  if (a.column < width === b.column < width) return undefined
  if (!sameType((fields[a.column] as Field).type, (fields[b.column] as Field).type)) return undefined
  const [left, right] = a.column < width ? [a, b] : [b, a]
  const on = { left: left.column, right: right.column - width }
  // left + offset sign right + offset: `distance` is what right - left is compared with, from the other side.
  const distance = left.offset - right.offset
  switch (a.column < width ? turned : sign) {
    case '>=':
      return { on, from: distance, to: Infinity }
    case '>':
      return { on, from: distance + 1, to: Infinity }
    case '<=':
      return { on, from: -Infinity, to: distance }
    case '<':
      return { on, from: -Infinity, to: distance - 1 }
    default:
      return { on, from: distance, to: distance }
  }
}

function timeOf(expression: Expression, fields: readonly Field[]): Time | undefined {
  if (expression.kind === 'column') {
    return fields[expression.column]?.rowtime === true ? { column: expression.column, offset: 0 } : undefined
  }
  if (expression.kind !== 'call' || (expression.name !== '+' && expression.name !== '-')) return undefined
  const [time, interval] = expression.call.arguments
  if (time === undefined || interval?.kind !== 'literal' || interval.type.kind !== 'INTERVAL_DAY') return undefined
  if (interval.value === null) return undefined
  const inner = timeOf(time, fields)
  const ms = Number(interval.value)
  return inner && { ...inner, offset: inner.offset + (expression.name === '+' ? ms : -ms) }
}
