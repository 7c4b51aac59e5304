/** The parts of an answer that changes: what takes the rows below, and a rank over that, where there is one. */
import { assert } from '../../base/assert.ts'
import { belowSteps, type ChangingPlan, isChanging } from '../../sql/plan/changes.ts'
import type { PlanOf } from '../../sql/plan/plan.ts'

export type ChangesPlan = PlanOf<'changes'>

export type ChangesShape = {
  /** Takes rows that stay. */
  readonly core: ChangingPlan
  /** Takes the changes of the core. */
  readonly rank: PlanOf<'rank'> | undefined
}

/** The nodes that keep state, found below filters and projections. */
export function changingShape({ input }: ChangesPlan): ChangesShape {
  const upper = belowSteps(input)
  assert(isChanging(upper), 'what changes is a group or a rank')
  const lower = belowSteps(upper.input)
  if (!isChanging(lower)) return { core: upper, rank: undefined }
  assert(upper.kind === 'rank', 'only ranks are over what changes')
  return { core: lower, rank: upper }
}
