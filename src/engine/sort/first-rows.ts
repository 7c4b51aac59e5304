/**
 * The first `wanted` rows, in an order, of all that are added. In between about twice as many are kept; once there are
 * enough, a row that comes behind the last of them is not kept at all.
 */
import type { Batch, Column } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'
import { allKeys, type CompareRows, compareBy } from './compare.ts'
import { RowSort } from './row-sort.ts'
import { RowStore, type RowsState } from './row-store.ts'
import { rankTexts } from './text-ranks.ts'

/** Spare rows that are kept before the last ones are removed. */
const SPARE_ROWS = 1 << 13

/** A set of rows that keeps the first. */
export class FirstRows {
  readonly rows: RowStore
  /** The columns of the order; the others rarely decide. */
  readonly #named: ReadonlySet<number>
  readonly #wanted: number
  readonly #sort: RowSort
  readonly #compare: CompareRows
  /** Whether the wanted rows are at the front, in order, so that a new row must come before the last of them. */
  #isFull = false
  #chosen: Int32Array = new Int32Array(0)

  /** `wanted` may be Infinity: all rows are kept. */
  constructor(fields: readonly Field[], order: readonly OrderKey[], wanted: number, saved?: RowsState) {
    const keys = allKeys(order, fields.length)
    this.rows = new RowStore(fields, saved)
    this.#named = new Set(order.map(({ column }) => column))
    this.#wanted = wanted
    this.#sort = new RowSort(keys)
    this.#compare = compareBy(keys)
  }

  add(batch: Batch): void {
    if (this.#wanted === 0) return
    if (this.#isFull) {
      const count = this.#choose(batch)
      this.rows.append(batch, this.#chosen, count)
    } else this.rows.append(batch, undefined, batch.count)
    if (this.rows.count > 2 * this.#wanted + SPARE_ROWS) this.trim()
  }

  /** Removes all but the wanted rows. */
  trim(): void {
    if (this.rows.count <= this.#wanted) return
    const { columns, rows } = this.sorted()
    this.rows.retain({ count: rows.length, columns }, rows.subarray(0, this.#wanted))
    this.#isFull = true
  }

  /** The columns, and the indexes of their rows in order. Rows added later may not be in these columns. */
  sorted(): { readonly columns: readonly Column[]; readonly rows: Int32Array } {
    const { columns, count } = this.rows
    const rows = new Int32Array(count)
    for (let row = 0; row < count; row++) rows[row] = row
    const ranked = columns.map((column, index) =>
      column.kind === 'string' && this.#named.has(index) ? rankTexts(column, count) : undefined,
    )
    const sortable = columns.map((column, index) => ranked[index]?.ranks ?? column)
    this.#sort.sort(sortable, rows)
    return { columns: columns.map((column, index) => ranked[index]?.texts ?? column), rows }
  }

  /** Chooses the rows that come before the last of those wanted; returns how many. */
  #choose({ columns, count }: Batch): number {
    if (this.#chosen.length < count) this.#chosen = new Int32Array(count)
    const kept = this.rows.columns
    const last = this.#wanted - 1
    let chosen = 0
    for (let row = 0; row < count; row++) {
      if (this.#compare(columns, row, kept, last) < 0) this.#chosen[chosen++] = row
    }
    return chosen
  }
}
