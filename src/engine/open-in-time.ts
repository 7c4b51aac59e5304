/** Opens the operators whose rows come when a time is reached: when a watermark says that they are certain, or that a step is over. */
import { assert, unreachable } from '../base/assert.ts'
import type { Session } from '../sql/function/function.ts'
import type { Mode, Plan, PlanOf } from '../sql/plan/plan.ts'
import type { Demand } from './aggregate/emit.ts'
import { Alert } from './alert/alert.ts'
import { ChangingAnswer } from './changes/changes.ts'
import { changingShape } from './changes/shape.ts'
import { First } from './first/first.ts'
import type { Operator, OperatorState, Reject } from './operator.ts'
import { openOverRows } from './over/open-rows.ts'
import { SessionRows } from './session/rows.ts'

export type InTimePlan = PlanOf<'first' | 'over' | 'session' | 'changes' | 'alert'>

type Opening = Session & {
  readonly mode: Mode
  readonly partitions: number
  readonly saved: OperatorState | undefined
  readonly demand: Demand
  /** Of an OVER, the columns that somebody above needs. */
  readonly needed: ReadonlySet<number> | undefined
}

/** The node whose rows the operator takes. */
export const inputInTime = (plan: InTimePlan): Plan =>
  plan.kind === 'changes' ? changingShape(plan).core.input : plan.input

/** The operator of the node. */
export function openInTime(
  plan: InTimePlan,
  { demand, needed, ...opening }: Opening,
  next: Operator,
  reject: Reject,
): First | ReturnType<typeof openOverRows> | SessionRows | ChangingAnswer | Alert {
  switch (plan.kind) {
    case 'first':
      return new First({ plan, ...opening }, next, reject)
    case 'over':
      assert(needed !== undefined, 'an OVER knows which of its columns are needed')
      return openOverRows({ plan, ...demand, ...opening, needed }, next, reject)
    case 'session':
      return new SessionRows({ plan, ...opening }, next, reject)
    case 'changes':
      return new ChangingAnswer({ plan, ...opening }, next, reject)
    case 'alert':
      return new Alert({ plan, ...opening }, next, reject)
    default:
      return unreachable(plan)
  }
}
