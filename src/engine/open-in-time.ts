/** Opens the operators whose rows come when a time is reached: when a watermark says that they are certain, or that a step is over. */
import { unreachable } from '../base/assert.ts'
import type { Session } from '../sql/function/function.ts'
import type { Mode, Plan } from '../sql/plan/plan.ts'
import { Alert } from './alert/alert.ts'
import { ChangingAnswer } from './changes/changes.ts'
import { First } from './first/first.ts'
import type { Operator, OperatorState, Reject } from './operator.ts'
import type { BoundedOver } from './over/bounded.ts'
import { openOverRows } from './over/open-rows.ts'
import type { Over } from './over/over.ts'

type Opening = Session & {
  readonly mode: Mode
  readonly partitions: number
  readonly saved: OperatorState | undefined
}

/** The operator of the node. */
export function openInTime(
  plan: Extract<Plan, { kind: 'first' | 'over' | 'changes' | 'alert' }>,
  opening: Opening,
  next: Operator,
  reject: Reject,
): First | Over | BoundedOver | ChangingAnswer | Alert {
  switch (plan.kind) {
    case 'first':
      return new First({ plan, ...opening }, next, reject)
    case 'over':
      return openOverRows({ plan, ...opening }, next, reject)
    case 'changes':
      return new ChangingAnswer({ plan, ...opening }, next, reject)
    case 'alert':
      return new Alert({ plan, ...opening }, next, reject)
    default:
      return unreachable(plan)
  }
}
