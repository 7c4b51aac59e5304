/** Lists of rows before and after a step, each as one batch, each row with its rank where the plan shows it. */
import { type Batch, batchOfRows } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import { pushRanked, type RankPlan } from '../rank/plan.ts'
import type { Settled } from './core.ts'

/** Makes batches of the rows of ranks `from` to `to`; each is valid until the next. */
class RankedRows {
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

/** What a step did to the ranks of partitions. */
export class ChangedRanks {
  readonly #before: RankedRows
  readonly #now: RankedRows

  constructor(plan: RankPlan) {
    this.#before = new RankedRows(plan)
    this.#now = new RankedRows(plan)
  }

  /**
   * The rows of partitions as they were and are: `dirty` has the lists of those that changed, by partition, `lists` those of all as they are
   * now. Valid until the next call.
   */
  of(rows: Batch, dirty: ReadonlyMap<number, readonly number[]>, lists: readonly (readonly number[])[]): Settled {
    const before = this.#before.of(rows, [...dirty.values()])
    const now = this.#now.of(
      rows,
      [...dirty.keys()].map((id) => lists[id] ?? []),
    )
    return { before, now }
  }
}
