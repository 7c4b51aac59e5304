/**
 * The rows that an order puts first, of all that are added: as many as are wanted, and meanwhile about twice as many. Once
 * there are enough, a row that comes behind the last of them is not kept at all.
 */
import type { Batch, Column } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'
import { allKeys, type CompareRows, compareBy } from './compare.ts'
import { RowSort } from './row-sort.ts'
import { RowStore, type RowsState } from './row-store.ts'
import { rankTexts } from './text-ranks.ts'

/** Rows beyond what is wanted that are kept before the worst are thrown away. */
const SPARE_ROWS = 1 << 13

export class FirstRows {
  readonly rows: RowStore
  /** The columns of the order; what else decides does so rarely. */
  readonly #named: ReadonlySet<number>
  readonly #wanted: number
  readonly #sort: RowSort
  readonly #compare: CompareRows
  /** Whether the wanted rows lie first, in order: the last of them is what others must beat. */
  #isFull = false
  #chosen: Int32Array = new Int32Array(0)

  /** `wanted`: Infinity for all. */
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

  /** Keeps no more than are wanted. */
  trim(): void {
    if (this.rows.count <= this.#wanted) return
    const { columns, rows } = this.sorted()
    this.rows.retain({ count: rows.length, columns }, rows.subarray(0, this.#wanted))
    this.#isFull = true
  }

  /** The columns, and the indexes of their rows in order. Further rows may be added, but not to these columns. */
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

  /** The rows that come before the last of those wanted; returns how many. */
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
