/** What the two ways to rank rows share. */
import type { Column } from '../../record/column.ts'
import type { Plan } from '../../sql/plan/plan.ts'

export type RankPlan = Extract<Plan, { kind: 'rank' }>

export const rankColumn = (ranks: Float64Array): Column => ({
  kind: 'bigint',
  values: ranks,
  exact: undefined,
  nulls: undefined,
})
