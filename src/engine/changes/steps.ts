/** The filters and projections above groups or ranks, run over one batch at once. */
import { assert } from '../../base/assert.ts'
import { type Batch, batchOfRows } from '../../record/column.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import { compileExpression } from '../expression/expression.ts'
import { openFilter } from '../filter.ts'
import type { Operator, Reject } from '../operator.ts'
import { openProject } from '../project.ts'

/** Computes the rows of `from` out of those of `to`, which lies below it; a result is valid until the next. */
export function openSteps(from: Plan, to: Plan, reject: Reject): (batch: Batch) => Batch {
  let result = batchOfRows(0, [])
  const last: Operator = {
    push(batch) {
      result = batch
    },
    advance() {},
    end() {},
  }
  const first = openBelow(from, to, reject, last)
  return (batch) => {
    result = batchOfRows(0, [])
    if (batch.count > 0) first.push(batch)
    return result
  }
}

function openBelow(plan: Plan, to: Plan, reject: Reject, next: Operator): Operator {
  if (plan === to) return next
  assert(plan.kind === 'filter' || plan.kind === 'project', 'only filters and projections are above what changes')
  const open =
    plan.kind === 'filter'
      ? openFilter(compileExpression(plan.predicate), plan.fields, next, reject)
      : openProject(plan.expressions.map(compileExpression), plan.fields, next, reject)
  return openBelow(plan.input, to, reject, open)
}
