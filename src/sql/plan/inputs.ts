/** The inputs of a plan's node, the node over other inputs, and the same node with other columns. */
import type { Duration } from '../../base/quantity.ts'
import type { Field, Type } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import type { AggregateCall } from './aggregate.ts'
import type { JoinKey, JoinTime, Plan, PlanOf, RowFunction } from './plan.ts'

/** The plans that the node reads, from left to right. */
export function inputsOf(plan: Plan): readonly Plan[] {
  if (plan.kind === 'union') return plan.inputs
  if (plan.kind === 'join') return [plan.left, plan.right]
  return 'input' in plan ? [plan.input] : []
}

/** Names of the tables that a plan reads, without repeats. */
export function tablesOf(plan: Plan): readonly string[] {
  return plan.kind === 'scan' ? [plan.table] : [...new Set(inputsOf(plan).flatMap(tablesOf))]
}

/** Names of the lookup tables that rows of a plan are joined with, without repeats. */
export function lookupsOf(plan: Plan): readonly string[] {
  const own = plan.kind === 'lookup' ? [plan.table] : []
  return [...new Set([...own, ...inputsOf(plan).flatMap(lookupsOf)])]
}

/** Whether first rows of keys are in the plan: its rows follow from all rows there ever were. */
export const keepsFirst = (plan: Plan): boolean => plan.kind === 'first' || inputsOf(plan).some(keepsFirst)

/** Whether a row of the plan may be computed from rows long before it: those of OVER, and pairs of an interval. */
export const looksBack = (plan: Plan): boolean =>
  plan.kind === 'over' || (plan.kind === 'join' && plan.time?.kind === 'interval') || inputsOf(plan).some(looksBack)

/** Whether rows are of sessions, which may begin before any span and end after it. */
export const hasSessions = (plan: Plan): boolean => plan.kind === 'session' || inputsOf(plan).some(hasSessions)

/** Whether rows of two inputs are joined in the plan. */
export const hasJoin = (plan: Plan): boolean => plan.kind === 'join' || inputsOf(plan).some(hasJoin)

/** Whether keys are kept for as long as `state: { ttl }` says. */
export const keepsKeys = (plan: Plan): boolean =>
  plan.kind === 'first' ||
  plan.kind === 'changes' ||
  (plan.kind === 'over' && (plan.frame.unit === 'rows' || plan.frame.from === -Infinity)) ||
  inputsOf(plan).some(keepsKeys)

/** The same node with each input replaced; the new ones must have the same columns. */
export function mapInputs(plan: Plan, replace: (input: Plan) => Plan): Plan {
  if (plan.kind === 'union') return { ...plan, inputs: plan.inputs.map(replace) }
  if (plan.kind === 'join') return { ...plan, left: replace(plan.left), right: replace(plan.right) }
  return 'input' in plan ? { ...plan, input: replace(plan.input) } : plan
}

/** Whether rows of a join are those of left alone. */
export const isLeftOnly = ({ join }: Pick<PlanOf<'join'>, 'join'>): boolean => join === 'semi' || join === 'anti'

/**
 * The columns of a join. Rows of batch mode are of no window any more, as groups of it are complete at the end, nor are those of
 * an interval. A side that may be all NULLs has neither window nor event time.
 */
export function joinedFields(
  { join, time }: Pick<PlanOf<'join'>, 'join' | 'time'>,
  left: Pick<Plan, 'fields'>,
  right: Pick<Plan, 'fields'>,
): readonly Field[] {
  if (isLeftOnly({ join })) return left.fields
  const side = ({ fields }: Pick<Plan, 'fields'>, isOptional: boolean): readonly Field[] =>
    time?.kind === 'window' && !isOptional ? fields : fields.map((field) => ofNoWindow(field, isOptional))
  return [...side(left, join === 'right' || join === 'full'), ...side(right, join === 'left' || join === 'full')]
}

function ofNoWindow({ window: _, rowtime, ...field }: Field, isOptional: boolean): Field {
  return rowtime === undefined || isOptional ? field : { ...field, rowtime }
}

/** What makes pairs complete, with other columns. */
export function movedTime(
  time: JoinTime | undefined,
  left: (column: number) => number,
  right: (column: number) => number,
): JoinTime | undefined {
  const moved = (key: JoinKey): JoinKey => ({ left: left(key.left), right: right(key.right) })
  if (time === undefined) return undefined
  if (time.kind === 'window') return { ...time, start: moved(time.start), end: moved(time.end) }
  return { ...time, on: moved(time.on) }
}

/**
 * How far the event times of the result of a join are behind the watermark, ms, at most: a pair comes with the later of its rows, and
 * a row without one a millisecond after the last that could have been its pair.
 */
export const joinDelay = (time: JoinTime): Duration =>
  time.kind === 'window' ? 0 : Math.max(0, -time.from, time.to) + 1

/** The same for all joins of a plan. */
export const joinDelays = (plan: Plan): Duration =>
  inputsOf(plan).reduce(
    (sum, input) => sum + joinDelays(input),
    plan.kind === 'join' && plan.time !== undefined ? joinDelay(plan.time) : 0,
  )

/** The pairs of columns by which the rows of a join are in time. */
export function timeKeys(time: JoinTime | undefined): readonly JoinKey[] {
  if (time === undefined) return []
  return time.kind === 'window' ? [time.start, time.end] : [time.on]
}

/** The aggregate with `at(column)` in place of each input column. */
export function movedAggregate(call: AggregateCall, at: (column: number) => number): AggregateCall {
  const moved = (column: number | undefined) => (column === undefined ? undefined : at(column))
  return { ...call, argument: moved(call.argument), filter: moved(call.filter) }
}

/** The function with `at(column)` in place of its input column. */
export function movedFunction(called: RowFunction, at: (column: number) => number): RowFunction {
  return 'argument' in called && called.argument !== undefined ? { ...called, argument: at(called.argument) } : called
}

/** What is in an item of a list that UNNEST reads: the element or its fields, or key and value. */
export function itemParts(type: Type): readonly Field[] {
  if (type.kind === 'MAP') {
    return [
      { name: 'KEY', type: type.key },
      { name: 'VALUE', type: type.value },
    ]
  }
  const element = type.kind === 'ARRAY' ? type.element : type
  return element.kind === 'ROW' ? element.fields : [{ name: 'EXPR$0', type: element }]
}

/** The number of the place among the parts of an item. */
export const itemPlace = ({ input, list }: PlanOf<'unnest'>): number =>
  itemParts((input.fields[list] as Field).type).length

/** Whether the columns contain window_start and window_end, so that each window has rows of its own. */
export function haveWindow(fields: readonly (Field | undefined)[]): boolean {
  const marks = new Set(fields.map((field) => field?.window))
  return marks.has('start') && marks.has('end')
}

/** Whether a projection returns all columns of its input in their order, at most with other names. */
export function isIdentity(expressions: readonly Expression[], input: Plan): boolean {
  return (
    expressions.length === input.fields.length &&
    expressions.every((expression, index) => expression.kind === 'column' && expression.column === index)
  )
}

/** The node with other names for its columns; undefined where they are the names of the table or of the window. */
export function withFields(plan: Plan, fields: readonly Field[]): Plan | undefined {
  switch (plan.kind) {
    case 'scan':
    case 'window':
    case 'session':
      return plan.fields.every(({ name }, index) => name === fields[index]?.name) ? plan : undefined
    case 'filter':
    case 'sort':
    case 'first':
    case 'rank': {
      const input = withFields(plan.input, fields.slice(0, plan.input.fields.length))
      return input && { ...plan, input, fields }
    }
    case 'over': {
      const width = plan.input.fields.length
      const input = withFields(plan.input, fields.slice(0, width))
      const named = <T extends { readonly field: Field }>(called: readonly T[], from: number): readonly T[] =>
        called.map((one, index) => ({ ...one, field: fields[from + index] ?? one.field }))
      const calls = named(plan.calls, width)
      const functions = named(plan.functions, width + calls.length)
      return input && { ...plan, input, calls, functions, fields }
    }
    case 'aggregate': {
      const { keys, aggregates } = plan
      const named = aggregates.map((call, index) => ({ ...call, field: fields[keys.length + index] ?? call.field }))
      return { ...plan, aggregates: named, fields }
    }
    case 'project':
    case 'values':
    case 'union':
    case 'changes':
    case 'alert':
    case 'unnest':
    case 'expand':
    case 'lookup':
    case 'join':
      return { ...plan, fields }
  }
}
