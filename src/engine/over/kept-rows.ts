/**
 * The rows that a bounded OVER keeps until its end, each with its owner. Texts of PARTITION BY, such as hosts, are kept once for each
 * owner and not for each row; a column that nothing uses is not kept at all.
 */
import type { Batch, Column } from '../../record/column.ts'
import { makeColumn } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { ColumnGather, widened } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { KeyWriter } from '../key/key.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import type { OverPlan } from './spec.ts'

export type KeptState = {
  readonly rows: RowsState
  readonly count: number
  readonly owners: RowsState
  readonly ids: Int32Array
  readonly keys: DictionaryState | undefined
}

/** Where a column of the input is: in the rows, in the owners, or nowhere. */
type Place = { readonly of: 'rows' | 'owners' | 'nobody'; readonly index: number }

const pick = <T>(list: readonly T[], kept: readonly number[]): readonly T[] => kept.map((index) => list[index] as T)

/** Rows and their owners. */
export class KeptRows {
  count: number
  /** Of each row, its owner. */
  ids: Int32Array
  /** The keys of the owners; undefined: all rows are of one. */
  readonly keys: Dictionary | undefined
  readonly #partitionBy: readonly number[]
  readonly #places: readonly Place[]
  readonly #stored: readonly number[]
  readonly #owned: readonly number[]
  readonly #rows: RowStore
  readonly #owners: RowStore
  readonly #writer = new KeyWriter()
  readonly #gathers: readonly ColumnGather[]
  /** What stands for columns that nothing uses. */
  #blanks: Column[]
  #blank = 0
  readonly #fields: readonly Field[]

  /** `needed`: the columns of the input that are used of what is put out. */
  constructor(plan: OverPlan, needed: ReadonlySet<number>, saved: KeptState | undefined) {
    const { fields } = plan.input
    const own = usedOver(plan)
    const isOwned = (column: number) =>
      plan.partitionBy.includes(column) && !own.has(column) && fields[column]?.type.kind === 'STRING'
    this.#stored = [...fields.keys()].filter((column) => own.has(column) || (needed.has(column) && !isOwned(column)))
    this.#owned = [...fields.keys()].filter((column) => needed.has(column) && isOwned(column))
    this.#places = fields.map((_, column): Place => {
      if (this.#stored.includes(column)) return { of: 'rows', index: this.#stored.indexOf(column) }
      if (this.#owned.includes(column)) return { of: 'owners', index: this.#owned.indexOf(column) }
      return { of: 'nobody', index: -1 }
    })
    this.#fields = fields
    this.#partitionBy = plan.partitionBy
    this.#rows = new RowStore(pick(fields, this.#stored), saved?.rows)
    this.#owners = new RowStore(pick(fields, this.#owned), saved?.owners)
    this.count = saved?.count ?? 0
    this.ids = saved?.ids.slice() ?? new Int32Array(0)
    if (plan.partitionBy.length > 0)
      this.keys = saved?.keys === undefined ? new Dictionary() : Dictionary.restore(saved.keys)
    this.#gathers = fields.map(({ type }) => new ColumnGather(type))
    this.#blanks = []
  }

  get bytes(): number {
    return this.#rows.bytes + this.#owners.bytes + this.ids.byteLength + (this.keys?.bytes ?? 0)
  }

  /** The columns of all rows, by their places in the input; those that are not used over the window are not there. */
  get columns(): readonly (Column | undefined)[] {
    return this.#places.map(({ of, index }) => (of === 'rows' ? this.#rows.columns[index] : undefined))
  }

  /** Adds the rows of a batch; returns the place of the first. */
  append(batch: Batch): number {
    const at = this.count
    const { count, columns } = batch
    this.#rows.append({ count, columns: pick(columns, this.#stored) }, undefined, count)
    this.count = at + count
    if (this.keys !== undefined) this.#identify(this.keys, batch, at)
    return at
  }

  #identify(keys: Dictionary, { columns, count }: Batch, at: number): void {
    if (at + count > this.ids.length) this.ids = widened(this.ids, at + count)
    const ids = this.ids.subarray(at, at + count)
    const known = keys.size
    keys.lookup(this.#writer.write(pick(columns, this.#partitionBy), 0, count, undefined), 0, count, ids)
    if (keys.size === known || this.#owned.length === 0) return
    const first = new Int32Array(keys.size - known).fill(-1)
    for (let row = 0; row < count; row++) {
      const added = (ids[row] as number) - known
      if (added >= 0 && first[added] === -1) first[added] = row
    }
    this.#owners.append({ count, columns: pick(columns, this.#owned) }, first, first.length)
  }

  /** Puts the rows in another order. */
  reorder(order: Int32Array): void {
    const { ids } = this
    if (this.keys !== undefined) this.ids = order.map((row) => ids[row] as number)
    this.#rows.retain(this.#rows, order)
  }

  /** The columns of the input at some rows, each with its owner; valid until the next call. Those that nothing needs are blank. */
  take(rows: Int32Array, owners: Int32Array): readonly Column[] {
    const count = rows.length
    if (count > this.#blank || this.#blanks.length === 0) {
      this.#blank = Math.max(count, 2 * this.#blank)
      this.#blanks = this.#fields.map(({ type }) => makeColumn(type, this.#blank))
    }
    return this.#places.map(({ of, index }, column) => {
      if (of === 'nobody') return this.#blanks[column] as Column
      const gather = this.#gathers[column] as ColumnGather
      if (of === 'rows') return gather.take(this.#rows.columns[index] as Column, rows, count)
      return gather.take(this.#owners.columns[index] as Column, owners, count)
    })
  }

  snapshot(): KeptState {
    return {
      rows: this.#rows.snapshot(),
      count: this.count,
      owners: this.#owners.snapshot(),
      ids: this.ids.slice(0, this.keys === undefined ? 0 : this.count),
      keys: this.keys?.snapshot(),
    }
  }
}

/** The columns that are used over the window itself. */
function usedOver({ order, calls, functions }: OverPlan): ReadonlySet<number> {
  const used = new Set(order.map(({ column }) => column))
  for (const each of [...calls, ...functions]) {
    if ('argument' in each && each.argument !== undefined) used.add(each.argument)
  }
  return used
}
