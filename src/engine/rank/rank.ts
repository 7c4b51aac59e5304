/**
 * Top-N over an aggregate. Its input comes in whole windows, none cut by the end of a batch, so nothing is kept from batch
 * to batch. The best rows of each window and partition are found by their indexes, and only those are copied.
 */
import { assert } from '../../base/assert.ts'
import type { Batch, Column, DoubleColumn } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'
import { type Operator, passing } from '../operator.ts'
import { allKeys, type CompareRows, compareBy } from '../sort/compare.ts'
import { RowSort } from '../sort/row-sort.ts'
import { pushRanked, type RankPlan } from './plan.ts'

/** Up to this many best rows are kept in order while the window is read; for more, the window is sorted. */
const INSERTED = 100

/** Opens a rank whose input `comesInWindows`; `whole`: so must what it puts out. */
export function openWindowRank(plan: RankPlan, next: Operator, whole: boolean): Operator {
  assert(plan.from >= 1 && plan.from <= plan.to, 'ranks count from 1')
  const { fields } = plan.input
  const windowKeys = plan.partitionBy.filter((column) => fields[column]?.window !== undefined)
  const otherKeys = plan.partitionBy.filter((column) => fields[column]?.window === undefined)
  const byKey: OrderKey[] = otherKeys.map((column) => ({ column, descending: false, nullsFirst: true }))
  const best = new Best(allKeys([...byKey, ...plan.order], fields.length, windowKeys), plan)
  const sameGroup = compareBy(byKey)
  const gather = new Gather(fields)
  let rows = new Int32Array(0)
  let ranks = new Float64Array(0)

  /** Adds the best of rows [from, to), a window, to the `found` rows; returns how many there are now. */
  const rankWindow = (batch: Batch, from: number, to: number, found: number): number => {
    const { columns } = batch
    const count =
      otherKeys.length === 0 && plan.to <= INSERTED ? best.insert(columns, from, to) : best.sort(columns, from, to)
    let rank = 0
    for (let i = 0; i < count; i++) {
      const row = best.rows[i] as number
      const isFirst =
        i === 0 || (otherKeys.length > 0 && sameGroup(columns, best.rows[i - 1] as number, columns, row) !== 0)
      rank = isFirst ? 1 : rank + 1
      if (rank < plan.from || rank > plan.to) continue
      rows[found] = row
      ranks[found++] = rank
    }
    return found
  }

  return passing(next, (batch) => {
    if (rows.length < batch.count) {
      rows = new Int32Array(batch.count)
      ranks = new Float64Array(batch.count)
    }
    const [starts, ends] = windowKeys.map((column) => (batch.columns[column] as DoubleColumn).values) as [
      Float64Array,
      Float64Array,
    ]
    let found = 0
    for (let from = 0; from < batch.count; ) {
      let to = from + 1
      while (to < batch.count && ends[to] === ends[from] && starts[to] === starts[from]) to++
      found = rankWindow(batch, from, to, found)
      from = to
    }
    if (found === 0) return
    pushRanked(plan, next, gather, { of: batch, rows, ranks, count: found, whole })
  })
}

/** The indexes of the best rows of one window. */
class Best {
  rows: Int32Array = new Int32Array(INSERTED + 1)
  readonly #compare: CompareRows
  readonly #sort: RowSort
  readonly #limit: number
  readonly #first: OrderKey | undefined

  constructor(keys: readonly OrderKey[], { to, order }: RankPlan) {
    this.#compare = compareBy(keys)
    this.#sort = new RowSort(keys)
    this.#limit = to
    this.#first = order[0]
  }

  sort(columns: readonly Column[], from: number, to: number): number {
    if (this.rows.length < to - from) this.rows = new Int32Array(to - from)
    for (let row = from; row < to; row++) this.rows[row - from] = row
    this.#sort.sort(columns, this.rows.subarray(0, to - from))
    return to - from
  }

  /** Keeps the best rows seen, in order. Most rows lose against the last of them by the first sort key already. */
  insert(columns: readonly Column[], from: number, to: number): number {
    const { rows } = this
    const limit = this.#limit
    const first = this.#firstNumbers(columns)
    const sign = this.#first?.descending === true ? -1 : 1
    let count = 0
    for (let row = from; row < to; row++) {
      if (count === limit) {
        const last = rows[count - 1] as number
        if (first !== undefined && ((first[row] as number) - (first[last] as number)) * sign > 0) continue
        if (this.#compare(columns, row, columns, last) >= 0) continue
        count--
      }
      let at = count
      while (at > 0 && this.#compare(columns, row, columns, rows[at - 1] as number) < 0) {
        rows[at] = rows[at - 1] as number
        at--
      }
      rows[at] = row
      count++
    }
    return count
  }

  #firstNumbers(columns: readonly Column[]): Float64Array | Int32Array | undefined {
    const column = this.#first === undefined ? undefined : columns[this.#first.column]
    if (column === undefined || column.nulls !== undefined) return undefined
    if (column.kind === 'int' || column.kind === 'double') return column.values
    return column.kind === 'bigint' && column.exact === undefined ? column.values : undefined
  }
}
