/** The plan of a rank and its column, for both ways to rank rows. */
import type { Batch, Column } from '../../record/column.ts'
import type { Gather } from '../../record/gather.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import type { Operator } from '../operator.ts'

export type RankPlan = Extract<Plan, { kind: 'rank' }>

/** Most rows of a batch of ranked rows. */
const BATCH_ROWS = 1 << 12

type Ranked = {
  readonly of: Batch
  readonly rows: Int32Array
  readonly ranks: Float64Array
  readonly count: number
  /** Whether they come as one batch. */
  readonly whole: boolean
}

/** Puts out the first `count` of `rows` of a batch with their ranks: as one batch, or as several of a bounded size. */
export function pushRanked(
  plan: RankPlan,
  next: Pick<Operator, 'push'>,
  gather: Gather,
  { of, rows, ranks, count, whole }: Ranked,
): void {
  const most = whole ? count : BATCH_ROWS
  for (let at = 0; at < count; at += most) {
    const some = Math.min(most, count - at)
    const batch = gather.take(of, rows.subarray(at, at + some), some)
    next.push(
      plan.withRank ? { ...batch, columns: [...batch.columns, rankColumn(ranks.subarray(at, at + some))] } : batch,
    )
  }
}

/** The column of ranks, which count from 1. */
const rankColumn = (ranks: Float64Array): Column => ({
  kind: 'bigint',
  values: ranks,
  exact: undefined,
  nulls: undefined,
})
