/** The plan of a rank and its column, for both ways to rank rows. */
import type { Column } from '../../record/column.ts'
import type { Plan } from '../../sql/plan/plan.ts'

export type RankPlan = Extract<Plan, { kind: 'rank' }>

/** The column of ranks, which count from 1. */
export const rankColumn = (ranks: Float64Array): Column => ({
  kind: 'bigint',
  values: ranks,
  exact: undefined,
  nulls: undefined,
})
