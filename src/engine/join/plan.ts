/** The plan of a join. */
import type { PlanOf } from '../../sql/plan/plan.ts'

export type JoinPlan = PlanOf<'join'>
