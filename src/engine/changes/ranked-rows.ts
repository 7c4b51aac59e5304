/** Lists of rows as one batch, each row with its rank where the plan shows it. */
import { type Batch, batchOfRows } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import { pushRanked, type RankPlan } from '../rank/plan.ts'

/** Makes batches of the rows of ranks `from` to `to`; each is valid until the next. */
export class RankedRows {
  readonly #plan: RankPlan
  readonly #gather: Gather

  constructor(plan: RankPlan) {
    this.#plan = plan
    this.#gather = new Gather(plan.input.fields)
  }

  /** The rows of lists in which the first row has rank 1. */
  of(rows: Batch, lists: readonly (readonly number[])[]): Batch {
    const { from, to } = this.#plan
    const chosen: number[] = []
    const ranks: number[] = []
    for (const list of lists) {
      for (let rank = from; rank <= Math.min(to, list.length); rank++) {
        chosen.push(list[rank - 1] as number)
        ranks.push(rank)
      }
    }
    let ranked = batchOfRows(0, [])
    const next = {
      push(batch: Batch) {
        ranked = batch
      },
    }
    const count = chosen.length
    const all = { of: rows, rows: Int32Array.from(chosen), ranks: Float64Array.from(ranks), count, whole: true }
    if (count > 0) pushRanked(this.#plan, next, this.#gather, all)
    return { ...ranked, origin: undefined }
  }
}
