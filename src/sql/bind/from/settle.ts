/** Puts the conditions of WHERE on the tables of FROM. In a stream, every join then needs a time that makes its pairs complete. */
import type { Expression } from '../../expression/expression.ts'
import { inputsOf, mapInputs } from '../../plan/inputs.ts'
import { filtered, placeConditions } from '../../plan/join.ts'
import type { Plan, PlanOf } from '../../plan/plan.ts'
import type { TextRange } from '../../syntax/ast.ts'
import type { Scope, Statement } from '../statement.ts'
import { joinInTime } from './join-time.ts'

/** The rows for which the conditions are TRUE; `range` is FROM as it is written. */
export function settleJoins(
  plan: Plan,
  conditions: readonly Expression[],
  range: TextRange,
  statement: Statement,
): Plan {
  if (statement.mode === 'batch' || !hasOpen(plan))
    return conditions.reduce<Plan>((rows, each) => filtered(rows, [each]), plan)
  return inTime(place(plan, conditions), range, statement)
}

/** The scope with what its columns are once the joins have a time: columns of a window, or event time. `before`: FROM alone. */
export function settledScope(scope: Scope, before: Plan, { fields }: Plan): Scope {
  if (scope.statement.mode === 'batch' || !hasOpen(before)) return scope
  const relations = scope.relations.map((relation) => ({
    ...relation,
    fields: relation.fields.map((field, index) => ({ ...(fields[relation.first + index] ?? field), name: field.name })),
  }))
  return { ...scope, relations }
}

const isOpen = (plan: Plan): plan is PlanOf<'join'> => plan.kind === 'join' && plan.time === undefined

/** Whether there is a join without a time, one of this FROM. Those of sub-queries have theirs already. */
const hasOpen = (plan: Plan): boolean => isOpen(plan) || inputsOf(plan).some(hasOpen)

const place = (plan: Plan, conditions: readonly Expression[]): Plan =>
  isOpen(plan) ? placeConditions(plan, conditions, place) : filtered(plan, conditions)

function inTime(plan: Plan, range: TextRange, statement: Statement): Plan {
  // Nodes of sub-queries stay the same: ranks without a bound are known by identity.
  if (!hasOpen(plan)) return plan
  const settled = mapInputs(plan, (input) => inTime(input, range, statement))
  return isOpen(settled) ? joinInTime(settled, range, statement) : withMarks(settled)
}

/** A node that passes columns on, with what they are now. */
function withMarks(plan: Plan): Plan {
  if (plan.kind === 'filter') return { ...plan, fields: plan.input.fields }
  if (plan.kind !== 'project') return plan
  const fields = plan.fields.map((field, index) => {
    const from = plan.expressions[index]
    return from?.kind === 'column' ? { ...(plan.input.fields[from.column] ?? field), name: field.name } : field
  })
  return { ...plan, fields }
}
