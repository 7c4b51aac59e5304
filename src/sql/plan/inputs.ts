/** Steps through a plan: a node over other inputs, and how columns are named and moved. */
import type { Field } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'
import type { Plan } from './plan.ts'

export function inputsOf(plan: Plan): readonly Plan[] {
  if (plan.kind === 'union') return plan.inputs
  return 'input' in plan ? [plan.input] : []
}

/** The same node with each input replaced; the new ones must have the same columns. */
export function mapInputs(plan: Plan, replace: (input: Plan) => Plan): Plan {
  if (plan.kind === 'union') return { ...plan, inputs: plan.inputs.map(replace) }
  return 'input' in plan ? { ...plan, input: replace(plan.input) } : plan
}

export function columnExpression(fields: readonly Field[], column: number): Expression {
  const { name, type } = fields[column] as Field
  return { kind: 'column', column, name, type }
}

/** Whether a projection gives all columns of its input in their order, at most with other names. */
export function isIdentity(expressions: readonly Expression[], input: Plan): boolean {
  return (
    expressions.length === input.fields.length &&
    expressions.every((expression, index) => expression.kind === 'column' && expression.column === index)
  )
}

/** The node with other names for its columns; undefined where the names belong to what it reads. */
export function withFields(plan: Plan, fields: readonly Field[]): Plan | undefined {
  switch (plan.kind) {
    case 'scan':
    case 'window':
      return plan.fields.every(({ name }, index) => name === fields[index]?.name) ? plan : undefined
    case 'filter':
    case 'sort':
    case 'rank': {
      const input = withFields(plan.input, fields.slice(0, plan.input.fields.length))
      return input && { ...plan, input, fields }
    }
    case 'aggregate': {
      const { keys, aggregates } = plan
      const named = aggregates.map((call, index) => ({ ...call, field: fields[keys.length + index] ?? call.field }))
      return { ...plan, aggregates: named, fields }
    }
    case 'project':
    case 'values':
    case 'union':
      return { ...plan, fields }
  }
}
