/**
 * The first rows of each partition over rows that stay: a row that comes is among them or never will be. Ties go by the remaining
 * columns, as in batch mode; of the last rows of keys by event time the one that came later is the last, as in Flink.
 */
import type { EventTime } from '../../base/quantity.ts'
import type { Batch, Column } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { KeyWriter } from '../key/key.ts'
import type { OperatorState } from '../operator.ts'
import type { RankPlan } from '../rank/plan.ts'
import { putInOrder } from '../rank/put-in-order.ts'
import { allKeys, type CompareRows, compareBy } from '../sort/compare.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { ChangedRanks } from './changed-ranks.ts'
import { type Core, type Settled, Touched, type TouchedState } from './core.ts'

/** Bytes of a list of rows on the heap. */
const LIST_BYTES = 120
/** Rows that are no longer among the first are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 12

type Saved = {
  readonly keys: DictionaryState
  readonly rows: RowsState
  readonly groups: readonly (readonly number[])[]
  readonly touched: TouchedState
  readonly dirty: readonly (readonly [id: number, rows: readonly number[]])[]
}

/** The ranks of an answer that changes, over rows that do not. */
export class RunningRanks implements Core {
  readonly #plan: RankPlan
  readonly #isLast: boolean
  readonly #compare: CompareRows
  readonly #writer = new KeyWriter()
  readonly #keys: Dictionary
  readonly #rows: RowStore
  readonly #touched: Touched
  readonly #changed: ChangedRanks
  /** Of each partition its rows, the first first. */
  #groups: number[][]
  /** The partitions that this step changed, each with the rows that it had. */
  #dirty: Map<number, readonly number[]>
  #kept: number
  #ids = new Int32Array(0)

  constructor(plan: RankPlan, ttl: number | undefined, state: OperatorState | undefined) {
    const saved = state as Saved | undefined
    const { input, order, partitionBy, to } = plan
    const [first] = order
    const isByTime = first !== undefined && order.length === 1 && input.fields[first.column]?.rowtime === true
    this.#plan = plan
    this.#isLast = to === 1 && isByTime && first.descending
    this.#compare = compareBy(this.#isLast ? order : allKeys(order, input.fields.length, partitionBy))
    this.#keys = saved === undefined ? new Dictionary() : Dictionary.restore(saved.keys)
    this.#rows = new RowStore(input.fields, saved?.rows)
    this.#touched = new Touched(ttl, saved?.touched)
    this.#changed = new ChangedRanks(plan)
    this.#groups = (saved?.groups ?? []).map((group) => [...group])
    this.#dirty = new Map(saved?.dirty)
    this.#kept = this.#groups.reduce((sum, group) => sum + group.length, 0)
  }

  get isTouched(): boolean {
    return this.#dirty.size > 0
  }

  get size(): number {
    return this.#kept
  }

  get bytes(): number {
    const lists = this.#groups.length * LIST_BYTES + this.#kept * 8
    return this.#keys.bytes + this.#rows.bytes + this.#touched.at.byteLength + lists
  }

  take(batch: Batch, from: number, to: number, at: EventTime): void {
    if (this.#dirty.size === 0 && this.#rows.count > 2 * this.#kept + SPARE_ROWS) this.#clear()
    if (this.#ids.length < batch.count) this.#ids = new Int32Array(batch.count)
    const ids = this.#ids
    const columns = this.#plan.partitionBy.map((key) => batch.columns[key] as Column)
    this.#keys.lookup(this.#writer.write(columns, from, to, undefined), from, to, ids)
    this.#touched.grow(this.#keys.size)
    while (this.#groups.length < this.#keys.size) this.#groups.push([])
    for (let row = from; row < to; row++) {
      const id = ids[row] as number
      if (this.#touched.isOver(id, at)) {
        // Its row in the answer stays until a new one takes its place.
        this.#kept -= (this.#groups[id] as number[]).length
        this.#groups[id] = []
      }
      this.#touched.at[id] = at
      this.#offer(batch, row, id)
    }
  }

  settle(): Settled {
    const settled = this.#changed.of(this.#rows.batch(), this.#dirty, this.#groups)
    this.#dirty = new Map()
    return settled
  }

  forget(at: EventTime): void {
    const over = this.#touched.look(this.#keys.size, at)
    if (over === undefined || over.reduce((sum, is) => sum + is, 0) < over.length / 4) return
    this.#groups = this.#groups.map((group, id) => (over[id] === 1 ? [] : group))
    this.#clear(over)
  }

  snapshot(): OperatorState {
    const state: Saved = {
      keys: this.#keys.snapshot(),
      rows: this.#rows.snapshot(),
      groups: this.#groups.map((group) => [...group]),
      touched: this.#touched.snapshot(this.#keys.size),
      dirty: [...this.#dirty].map(([id, rows]) => [id, [...rows]]),
    }
    return state
  }

  #offer(batch: Batch, row: number, id: number): void {
    const group = this.#groups[id] as number[]
    const store = this.#rows
    const most = this.#isLast ? 0 : -1
    const isBefore = (at: number) => this.#compare(batch.columns, row, store.columns, group[at] as number) <= most
    const limit = this.#plan.to
    if (group.length === limit && !isBefore(limit - 1)) return
    if (!this.#dirty.has(id)) this.#dirty.set(id, [...group])
    if (group.length === limit) {
      group.pop()
      this.#kept--
    }
    putInOrder(group, isBefore, () => store.append(batch, Int32Array.of(row), 1))
    this.#kept++
  }

  /** Removes rows that are no longer among the first, and the keys that are over. */
  #clear(over?: Uint8Array): void {
    const rows: number[] = []
    const groups: number[][] = []
    const renamed = over && this.#keys.retain(over.map((is) => 1 - is))
    if (renamed !== undefined) this.#touched.rename(renamed)
    this.#groups.forEach((group, id) => {
      const to = renamed === undefined ? id : (renamed[id] as number)
      if (to >= 0) groups[to] = group.map((row) => rows.push(row) - 1)
    })
    this.#rows.retain(this.#rows, Int32Array.from(rows))
    this.#groups = groups
    this.#kept = rows.length
  }
}
