/** Where the window columns of a plan come from. */
import type { Plan, PlanOf } from './plan.ts'

export type WindowPlan = PlanOf<'window'>
export type SessionPlan = PlanOf<'session'>

/** The window function that made a column, found through all nodes that pass it on; undefined if none did. */
export function windowOf(plan: Plan, column: number): WindowPlan | SessionPlan | undefined {
  switch (plan.kind) {
    case 'window':
    case 'session':
      return column < plan.input.fields.length ? windowOf(plan.input, column) : plan
    case 'project': {
      const expression = plan.expressions[column]
      return expression?.kind === 'column' ? windowOf(plan.input, expression.column) : undefined
    }
    case 'filter':
    case 'first':
    case 'sort':
      return windowOf(plan.input, column)
    case 'unnest':
    case 'expand': {
      const kept = plan.kept[column]
      return kept === undefined ? undefined : windowOf(plan.input, kept)
    }
    case 'rank':
    case 'over':
    case 'lookup':
      return column < plan.input.fields.length ? windowOf(plan.input, column) : undefined
    case 'join': {
      const width = plan.left.fields.length
      return column < width ? windowOf(plan.left, column) : windowOf(plan.right, column - width)
    }
    case 'aggregate': {
      const key = plan.keys[column]
      return key === undefined ? undefined : windowOf(plan.input, key)
    }
    case 'union': {
      // All inputs must have the same windows.
      const found = plan.inputs.map((input) => windowOf(input, column))
      const kindOf = (made: (typeof found)[number]) =>
        made?.kind === 'window' ? JSON.stringify(made.window) : made?.kind
      return found.every((each) => kindOf(each) === kindOf(found[0])) ? found[0] : undefined
    }
    default:
      return undefined
  }
}
