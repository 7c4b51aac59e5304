/**
 * Moves conditions down the plan, so that rows are dropped as early as possible: below projections that only rename, below
 * windows, into each input of a union, and below groups and ranks if they only name group keys and partition columns. Those on
 * a join: see `join.ts`.
 */
import type { Field } from '../../record/type.ts'
import { columnExpression, columnsOf, conjunctsOf, replaceColumns } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { mapInputs } from './inputs.ts'
import { filtered, placeConditions } from './join.ts'
import type { Plan } from './plan.ts'

/** The same rows, with every condition as low in the plan as it can be. */
export function pushFilters(plan: Plan): Plan {
  return push(plan, [])
}

/** The plan's rows for which all conditions are TRUE. */
function push(plan: Plan, conditions: readonly Expression[]): Plan {
  if (plan.kind === 'filter') return push(plan.input, [...conjunctsOf(plan.predicate), ...conditions])
  if (plan.kind === 'join') return placeConditions(plan, conditions, push)
  const { below, above } = split(plan, conditions)
  return filtered(
    mapInputs(plan, (input) => push(input, below)),
    above,
  )
}

type Split = { readonly below: readonly Expression[]; readonly above: readonly Expression[] }

/** `below`: the conditions that can be tested on the input's rows, over the input's columns. */
function split(plan: Plan, conditions: readonly Expression[]): Split {
  const below: Expression[] = []
  const above: Expression[] = []
  const moved = movableColumns(plan)
  for (const condition of conditions) {
    const columns = [...columnsOf(condition)]
    const movable = columns.length > 0 && columns.every((column) => moved(column) !== undefined)
    if (movable) below.push(replaceColumns(condition, (column) => moved(column.column) ?? column))
    else above.push(condition)
  }
  return { below, above }
}

/** For a column of the node, the same value in its input; undefined where a condition on it must stay above the node. */
function movableColumns(plan: Plan): (column: number) => Expression | undefined {
  const { fields } = 'input' in plan ? plan.input : plan
  const inInput = (column: number) => columnExpression(fields[column] as Field, column)
  switch (plan.kind) {
    case 'project':
      return (column) => {
        const expression = plan.expressions[column]
        return expression?.kind === 'column' || expression?.kind === 'literal' ? expression : undefined
      }
    case 'window':
    case 'lookup':
      return (column) => (column < fields.length ? inInput(column) : undefined)
    case 'unnest':
    case 'expand':
      return (column) => {
        const kept = plan.kept[column]
        return kept === undefined ? undefined : inInput(kept)
      }
    case 'aggregate':
      return (column) => {
        const key = plan.keys[column]
        return key === undefined ? undefined : inInput(key)
      }
    case 'rank':
    case 'first':
    case 'over':
    case 'session':
      return (column) => (plan.partitionBy.includes(column) ? inInput(column) : undefined)
    case 'union':
      return inInput
    case 'sort':
      return (column) => (plan.limit === undefined && plan.offset === 0 ? inInput(column) : undefined)
    case 'filter':
    case 'join':
    case 'scan':
    case 'values':
    case 'changes':
    case 'alert':
      return () => undefined
  }
}
