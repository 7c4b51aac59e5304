/**
 * Joins of streams: what makes their pairs complete, so that rows need not be kept for ever. Two windows that are the same, or
 * times that are at most so far apart.
 */
import type { Field } from '../../../record/type.ts'
import { conjunctsOf } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { foldLogic } from '../../expression/fold.ts'
import { isLeftOnly, joinedFields } from '../../plan/inputs.ts'
import type { JoinKey, JoinTime, Plan, PlanOf } from '../../plan/plan.ts'
import { type SessionPlan, type WindowPlan, windowOf } from '../../plan/window-of.ts'
import type { TextRange } from '../../syntax/ast.ts'
import { quote } from '../name.ts'
import { refuse, type Statement } from '../statement.ts'
import { type TimeBound, timeBound } from './time-bound.ts'

type Join = PlanOf<'join'>

const FORMS =
  'join equal windows (a.window_start = b.window_start AND a.window_end = b.window_end), or times that are near each other ' +
  "(a.ts BETWEEN b.ts - INTERVAL '1' HOUR AND b.ts); a lookup table is joined with FOR SYSTEM_TIME AS OF"

/**
 * The join of two streams with its time, found in its keys and its condition; `range` is what is written of it. Called in
 * streaming mode for each join once the conditions of ON and of WHERE are in it. Throws a Failure where there is no such time.
 */
export function joinInTime(join: Join, range: TextRange, statement: Statement): Join {
  const time = windowTime(join, range, statement)
  if (time !== undefined) return timed({ ...join, time })
  const bounds = boundsOf(join)
  if (bounds.length > 0) return timed(intervalJoin(join, bounds, range, statement))
  const what = isLeftOnly(join) ? 'which rows of a stream are in another one' : 'a join of two streams'
  return refuse(statement, range, `${what} would never be complete: rows would be kept for ever`, FORMS)
}

const timed = (join: Join): Join => ({ ...join, fields: joinedFields(join, join.left, join.right) })

/** The equal windows of the two sides; undefined where the keys have none. */
function windowTime(join: Join, range: TextRange, statement: Statement): JoinTime | undefined {
  const { left, right, keys } = join
  const pairOf = (role: 'start' | 'end') =>
    keys.find((key) => left.fields[key.left]?.window === role && right.fields[key.right]?.window === role)
  const [start, end] = [pairOf('start'), pairOf('end')]
  if (start === undefined && end === undefined) return undefined
  if (start === undefined || end === undefined) {
    const lost = start === undefined ? 'window_start' : 'window_end'
    return refuse(
      statement,
      range,
      `a join of windows needs both ends, and ${lost} is not compared`,
      `add AND a.${lost} = b.${lost}`,
    )
  }
  const ofLeft = windowOf(left, end.left)
  const ofRight = windowOf(right, end.right)
  if (ofLeft === undefined || ofRight === undefined || meaningOf(ofLeft) !== meaningOf(ofRight)) {
    const hint = 'read both sides with the same window function, size and offset, over times of one type'
    return refuse(statement, range, 'the windows of both sides of the join are not the same', hint)
  }
  return { kind: 'window', start, end }
}

/** What two windows have in common that are the same: a clock with a zone and one without close windows at other instants. */
function meaningOf(made: WindowPlan | SessionPlan): string {
  const isZoned = made.input.fields[made.time]?.type.kind === 'TIMESTAMP_LTZ'
  return JSON.stringify([made.kind === 'window' ? made.window : { session: made.gap }, isZoned])
}

type Found = TimeBound & {
  /** The key or the part of the condition that says so. */
  readonly by: JoinKey | Expression
}

/** What keys and condition say of how far the event times of two rows are apart. */
function boundsOf({ left, right, keys, condition }: Join): readonly Found[] {
  const width = left.fields.length
  const fields = [...left.fields, ...right.fields]
  const found = (by: JoinKey | Expression, bound: TimeBound | undefined): readonly Found[] =>
    bound === undefined ? [] : [{ ...bound, by }]
  const ofKeys = keys.flatMap((key) => {
    const sides = [keyExpression(left, key.left, 0), keyExpression(right, key.right, width)] as const
    return found(key, timeBound('=', sides, fields, width))
  })
  const ofCondition = (condition === undefined ? [] : conjunctsOf(condition)).flatMap((each) => {
    if (each.kind !== 'call') return []
    const [a, b] = each.call.arguments
    return a === undefined || b === undefined ? [] : found(each, timeBound(each.name, [a, b], fields, width))
  })
  return [...ofKeys, ...ofCondition]
}

/** What a key is computed from, over the columns of both sides: a key that is no column was put behind them. */
function keyExpression(plan: Plan, column: number, base: number): Expression {
  const { name, type } = plan.fields[column] as Field
  const made = plan.kind === 'project' ? plan.expressions[column] : undefined
  if (made !== undefined && made.kind !== 'column') return movedBy(made, base)
  return { kind: 'column', column: base + column, name, type }
}

function movedBy(expression: Expression, base: number): Expression {
  if (expression.kind === 'column') return { ...expression, column: expression.column + base }
  if (expression.kind !== 'call') return expression
  const { call } = expression
  return { ...expression, call: { ...call, arguments: call.arguments.map((each) => movedBy(each, base)) } }
}

function intervalJoin(join: Join, bounds: readonly Found[], range: TextRange, statement: Statement): Join {
  const { left, right, keys, condition } = join
  if (isLeftOnly(join)) {
    const hint = 'write a JOIN with the interval, or IN (SELECT …) over equal windows'
    return refuse(
      statement,
      range,
      'which rows of a stream are in another one needs equal windows: an interval is for JOIN',
      hint,
    )
  }
  const [first] = bounds as readonly [Found, ...Found[]]
  const { on } = first
  const used = bounds.filter((bound) => bound.on.left === on.left && bound.on.right === on.right)
  const from = Math.max(...used.map((bound) => bound.from))
  const to = Math.min(...used.map((bound) => bound.to))
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    const [a, b] = [quote(left.fields[on.left]?.name ?? ''), quote(right.fields[on.right]?.name ?? '')]
    const hint = `say both how much earlier and how much later: a.${a} BETWEEN b.${b} - INTERVAL '1' HOUR AND b.${b} + INTERVAL '1' HOUR`
    return refuse(statement, range, 'the times of a join of streams are bounded on one side only', hint)
  }
  const parts = new Set<JoinKey | Expression>(used.map((bound) => bound.by))
  const rest = condition === undefined ? [] : conjunctsOf(condition).filter((each) => !parts.has(each))
  return {
    ...join,
    keys: keys.filter((key) => !parts.has(key)),
    condition: rest.length === 0 ? undefined : foldLogic('and', rest),
    time: { kind: 'interval', on, from, to },
  }
}
