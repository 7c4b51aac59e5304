/** Opens the operators whose rows come when a time is reached: when a watermark says that they are certain, or that a step is over. */
import { unreachable } from '../base/assert.ts'
import type { Session } from '../sql/function/function.ts'
import type { Mode, Plan, PlanOf } from '../sql/plan/plan.ts'
import { Alert } from './alert/alert.ts'
import { ChangingAnswer } from './changes/changes.ts'
import { changingShape } from './changes/shape.ts'
import { First } from './first/first.ts'
import type { Operator, OperatorState, Reject } from './operator.ts'

type Opening = Session & {
  readonly mode: Mode
  readonly partitions: number
  readonly saved: OperatorState | undefined
}

/** The node whose rows the operator of another takes. */
export const inputInTime = (plan: PlanOf<'first' | 'over' | 'changes' | 'alert'>): Plan =>
  plan.kind === 'changes' ? changingShape(plan).core.input : plan.input

/** The operator of the node. */
export function openInTime(
  plan: PlanOf<'first' | 'changes' | 'alert'>,
  opening: Opening,
  next: Operator,
  reject: Reject,
): First | ChangingAnswer | Alert {
  switch (plan.kind) {
    case 'first':
      return new First({ plan, ...opening }, next, reject)
    case 'changes':
      return new ChangingAnswer({ plan, ...opening }, next, reject)
    case 'alert':
      return new Alert({ plan, ...opening }, next, reject)
    default:
      return unreachable(plan)
  }
}
