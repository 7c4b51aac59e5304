/** The inputs of a plan's node, the node over other inputs, and the same node with other columns. */
import type { Field, Type } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import type { AggregateCall, Plan, PlanOf } from './plan.ts'

/** The plans that the node reads, from left to right. */
export function inputsOf(plan: Plan): readonly Plan[] {
  if (plan.kind === 'union') return plan.inputs
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

/** Whether a row of the plan may be computed from rows long before it: those of OVER. */
export const looksBack = (plan: Plan): boolean => plan.kind === 'over' || inputsOf(plan).some(looksBack)

/** Whether keys are kept for as long as `state: { ttl }` says. */
export const keepsKeys = (plan: Plan): boolean =>
  plan.kind === 'first' ||
  plan.kind === 'changes' ||
  (plan.kind === 'over' && (plan.frame.unit === 'rows' || plan.frame.from === -Infinity)) ||
  inputsOf(plan).some(keepsKeys)

/** The same node with each input replaced; the new ones must have the same columns. */
export function mapInputs(plan: Plan, replace: (input: Plan) => Plan): Plan {
  if (plan.kind === 'union') return { ...plan, inputs: plan.inputs.map(replace) }
  return 'input' in plan ? { ...plan, input: replace(plan.input) } : plan
}

/** The aggregate with `at(column)` in place of each input column. */
export function movedAggregate(call: AggregateCall, at: (column: number) => number): AggregateCall {
  const moved = (column: number | undefined) => (column === undefined ? undefined : at(column))
  return { ...call, argument: moved(call.argument), filter: moved(call.filter) }
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
      const calls = plan.calls.map((call, index) => ({ ...call, field: fields[width + index] ?? call.field }))
      return input && { ...plan, input, calls, fields }
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
    case 'lookup':
      return { ...plan, fields }
  }
}
