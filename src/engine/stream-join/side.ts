/** What the streaming joins share. */
import type { PlanOf } from '../../sql/plan/plan.ts'
import type { Reject } from '../operator.ts'

export type JoinPlan = PlanOf<'join'>

/** One of the two inputs. */
export type JoinSide = { readonly partitions: number; readonly reject: Reject }
