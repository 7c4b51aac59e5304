/**
 * Moves conditions down to where the fewest rows have been touched: below projections that only rename, below windows,
 * into each side of a union, and below groups and ranks if they only speak of what these are made by.
 */

import { columnsOf, conjunctsOf, replaceColumns } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { foldLogic } from '../expression/fold.ts'
import { columnExpression, mapInputs } from './inputs.ts'
import type { Plan } from './plan.ts'

export function pushFilters(plan: Plan): Plan {
  return push(plan, [])
}

/** The plan's rows for which all conditions hold. */
function push(plan: Plan, conditions: readonly Expression[]): Plan {
  if (plan.kind === 'filter') return push(plan.input, [...conjunctsOf(plan.predicate), ...conditions])
  const { below, above } = split(plan, conditions)
  return filtered(
    mapInputs(plan, (input) => push(input, below)),
    above,
  )
}

function filtered(input: Plan, conditions: readonly Expression[]): Plan {
  if (conditions.length === 0) return input
  return { kind: 'filter', input, predicate: foldLogic('and', conditions), fields: input.fields }
}

type Split = { readonly below: readonly Expression[]; readonly above: readonly Expression[] }

/** Which conditions can be asked of the input's rows already, in the input's columns. */
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

/** What a column of the node is in its input, if a condition on it means the same there. */
function movableColumns(plan: Plan): (column: number) => Expression | undefined {
  switch (plan.kind) {
    case 'project':
      return (column) => {
        const expression = plan.expressions[column]
        return expression?.kind === 'column' || expression?.kind === 'literal' ? expression : undefined
      }
    case 'window':
      return (column) => (column < plan.input.fields.length ? columnExpression(plan.input.fields, column) : undefined)
    case 'aggregate':
      return (column) => {
        const key = plan.keys[column]
        return key === undefined ? undefined : columnExpression(plan.input.fields, key)
      }
    case 'rank':
      return (column) => (plan.partitionBy.includes(column) ? columnExpression(plan.input.fields, column) : undefined)
    case 'union':
      return (column) => columnExpression(plan.fields, column)
    case 'sort':
      return (column) =>
        plan.limit === undefined && plan.offset === 0 ? columnExpression(plan.input.fields, column) : undefined
    case 'filter':
    case 'scan':
    case 'values':
      return () => undefined
  }
}
