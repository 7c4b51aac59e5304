/** Rows kept beyond their batch, in columns that grow. The bytes of strings and the items of lists are copied. */
import { appendRows, withRoom } from '../../record/append.ts'
import type { Batch, Column } from '../../record/column.ts'
import { batchOfRows, columnBytes, makeColumn } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'

/** Plain columns of exactly `count` rows. */
export type RowsState = { readonly count: number; readonly columns: readonly Column[] }

/** A growing list of rows. */
export class RowStore {
  count = 0
  columns: Column[]
  readonly #fields: readonly Field[]
  #capacity = 0

  constructor(fields: readonly Field[], saved?: RowsState) {
    this.#fields = fields
    this.#capacity = saved?.count ?? 0
    this.columns = fields.map((field) => makeColumn(field.type, this.#capacity))
    if (saved !== undefined) this.append(saved, undefined, saved.count)
  }

  get bytes(): number {
    return rowsBytes(this)
  }

  /** Appends rows [0, count), or those at `rows`. Returns the index of the first. */
  append(from: RowsState, rows: Int32Array | undefined, count: number): number {
    if (this.count + count > this.#capacity) this.#widen(this.count + count)
    const at = this.count
    const chosen = { at, rows, count }
    this.columns.forEach((column, index) => {
      appendRows(column, from.columns[index] as Column, chosen, this.#capacity)
    })
    this.count = at + count
    return at
  }

  /** Keeps only the rows at `rows`, in that order. `from` has this store's columns, or others with the same values. */
  retain(from: RowsState, rows: Int32Array): void {
    const kept = new RowStore(this.#fields)
    kept.append(from, rows, rows.length)
    this.count = kept.count
    this.columns = kept.columns
    this.#capacity = kept.#capacity
  }

  /** Forgets all rows, with their memory. */
  clear(): void {
    this.retain(this, new Int32Array(0))
  }

  batch(): Batch {
    return batchOfRows(this.count, this.columns)
  }

  /** A copy without spare room. */
  snapshot(): RowsState {
    const { count, columns } = new RowStore(this.#fields, this)
    return { count, columns }
  }

  #widen(least: number): void {
    this.#capacity = Math.max(least, this.#capacity * 2, 64)
    this.columns = this.columns.map((column) => withRoom(column, this.count, this.#capacity))
  }
}

/** Bytes of memory, spare room included. */
export const rowsBytes = ({ columns }: Pick<RowsState, 'columns'>): number =>
  columns.reduce((sum, column) => sum + columnBytes(column), 0)
