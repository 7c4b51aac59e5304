/** Which columns of the rows that an OVER puts out are used above it: a bounded OVER keeps no others. */
import { columnsOf } from '../../sql/expression/columns.ts'
import { inputsOf } from '../../sql/plan/inputs.ts'
import type { Plan } from '../../sql/plan/plan.ts'

/** The columns that are used of each OVER in a plan. */
export function neededOfOvers(plan: Plan): ReadonlyMap<Plan, ReadonlySet<number>> {
  const needed = new Map<Plan, ReadonlySet<number>>()
  const walk = (node: Plan, used: ReadonlySet<number>): void => {
    if (node.kind === 'over') needed.set(node, used)
    if (node.kind === 'filter') walk(node.input, columnsOf(node.predicate, new Set(used)))
    else if (node.kind === 'project') {
      const read = new Set<number>()
      for (const expression of node.expressions) columnsOf(expression, read)
      walk(node.input, read)
    } else for (const input of inputsOf(node)) walk(input, new Set(input.fields.keys()))
  }
  walk(plan, new Set(plan.fields.keys()))
  return needed
}
