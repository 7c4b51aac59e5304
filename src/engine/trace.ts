/** Where a plan's window columns come from, and which aggregates can take slices in place of windows. */

import { columnsOf } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'
import { mapInputs } from '../sql/plan/inputs.ts'
import type { Plan } from '../sql/plan/plan.ts'

/** The same plan with no node in two places, as a table of WITH that is used twice may be: nodes are told apart by identity. */
export function unshared(plan: Plan): Plan {
  return plan.kind === 'scan' || plan.kind === 'values' ? { ...plan } : mapInputs(plan, unshared)
}

export type WindowPlan = Extract<Plan, { kind: 'window' }>

/** The window function that made a column, seen through all that passes columns on. */
export function windowOf(plan: Plan, column: number): WindowPlan | undefined {
  switch (plan.kind) {
    case 'window':
      return column < plan.input.fields.length ? windowOf(plan.input, column) : plan
    case 'project': {
      const expression = plan.expressions[column]
      return expression?.kind === 'column' ? windowOf(plan.input, expression.column) : undefined
    }
    case 'filter':
    case 'sort':
      return windowOf(plan.input, column)
    case 'rank':
      return column < plan.input.fields.length ? windowOf(plan.input, column) : undefined
    case 'aggregate': {
      const key = plan.keys[column]
      return key === undefined ? undefined : windowOf(plan.input, key)
    }
    case 'union': {
      // All inputs must speak of the same windows.
      const found = plan.inputs.map((input) => windowOf(input, column))
      const same = found.every((each) => JSON.stringify(each?.window) === JSON.stringify(found[0]?.window))
      return same ? found[0] : undefined
    }
    default:
      return undefined
  }
}

/**
 * The window function that may give slices to this aggregate: overlapping windows, of which nothing between the two, nor
 * the aggregate itself, asks more than to group by their start and end.
 */
export function sliceable(plan: Extract<Plan, { kind: 'aggregate' }>): WindowPlan | undefined {
  const roles = new Set(plan.keys.map((key) => plan.input.fields[key]?.window))
  if (!plan.windowed || !roles.has('start') || !roles.has('end')) return undefined
  const used = plan.aggregates.flatMap(({ argument, filter }) => [argument, filter])
  const windows = new Set(plan.input.fields.flatMap(({ window }, index) => (window === undefined ? [] : [index])))
  if (used.some((column) => column !== undefined && windows.has(column))) return undefined
  let node = plan.input
  let carried: ReadonlySet<number> = windows
  while (node.kind === 'project' || node.kind === 'filter') {
    const { input } = node
    const expressions: readonly Expression[] = node.kind === 'filter' ? [node.predicate] : node.expressions
    const below = new Set<number>()
    if (node.kind === 'filter') for (const column of carried) below.add(column)
    for (const [index, expression] of expressions.entries()) {
      if (node.kind === 'project' && carried.has(index)) {
        if (expression.kind !== 'column') return undefined
        below.add(expression.column)
      }
    }
    const computed = expressions.filter((expression) => node.kind === 'filter' || expression.kind !== 'column')
    if (computed.some((expression) => [...columnsOf(expression)].some((column) => isWindowColumn(input, column)))) {
      return undefined
    }
    carried = below
    node = input
  }
  if (node.kind !== 'window' || node.window.kind === 'tumble') return undefined
  const own = node.input.fields.length
  return [...carried].every((column) => column >= own) ? node : undefined
}

const isWindowColumn = (plan: Plan, column: number): boolean => windowOf(plan, column) !== undefined

/**
 * Whether rows come as whole windows in order, none cut by the end of a batch: as a windowed aggregate emits them, and
 * as what takes rows out of its batches passes them on.
 */
export function comesInWindows(plan: Plan): boolean {
  switch (plan.kind) {
    case 'aggregate':
      return plan.windowed
    case 'project':
    case 'filter':
      return comesInWindows(plan.input)
    case 'rank':
      return plan.windowed && comesInWindows(plan.input)
    default:
      return false
  }
}
