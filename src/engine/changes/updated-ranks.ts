/**
 * The first rows of each partition over rows that change, each known by its key: the N busiest paths of all time. Every row is kept,
 * as each may come to the front, but only the best of a partition are in order: those, and some more, so that rows which fall
 * behind rarely make it look through all others.
 *
 *   a partition:  [ first … to | some more ] in order      others, in no order, none of them before the last of these
 */
import type { Batch, Column } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { widened } from '../../record/gather.ts'
import { KeyWriter } from '../key/key.ts'
import type { OperatorState } from '../operator.ts'
import type { RankPlan } from '../rank/plan.ts'
import { putInOrder } from '../rank/put-in-order.ts'
import { allKeys, type CompareRows, compareBy } from '../sort/compare.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { ChangedRanks } from './changed-ranks.ts'
import type { Settled } from './core.ts'
import type { Changed } from './row-changes.ts'

/** Rows of a partition that are kept in order, besides those that are shown. */
const MORE = 64
/** Rows that were replaced are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 12
const GONE = -1

type Saved = {
  readonly rows: RowsState
  readonly partitions: Int32Array
  readonly keys: DictionaryState
  readonly groups: DictionaryState
  readonly slots: Int32Array
  readonly best: readonly (readonly number[])[]
  readonly others: readonly number[]
}

/** The ranks of an answer that changes, over another one. */
export class UpdatedRanks {
  readonly #plan: RankPlan
  readonly #keyed: readonly number[]
  readonly #most: number
  readonly #compare: CompareRows
  readonly #writer = new KeyWriter()
  readonly #changed: ChangedRanks
  readonly #rows: RowStore
  /** The partition of each row; GONE: it was replaced. */
  #partitions: Int32Array
  readonly #keys: Dictionary
  readonly #groups: Dictionary
  /** Of each key its row; GONE: it has none. */
  #slots: Int32Array
  /** Of each partition the rows in order, and how many others there are. */
  #best: number[][]
  #others: number[]
  #live: number
  #dirty = new Map<number, readonly number[]>()
  #keyIds = new Int32Array(0)
  #groupIds = new Int32Array(0)

  constructor(plan: RankPlan, state: OperatorState | undefined) {
    const saved = state as Saved | undefined
    const { input, order, to, keyed = [] } = plan
    this.#plan = plan
    this.#keyed = keyed
    this.#most = Math.max(2 * to, to + MORE)
    this.#compare = compareBy(allKeys(order, input.fields.length))
    this.#changed = new ChangedRanks(plan)
    this.#rows = new RowStore(input.fields, saved?.rows)
    this.#partitions = saved?.partitions.slice() ?? new Int32Array(0)
    this.#keys = saved === undefined ? new Dictionary() : Dictionary.restore(saved.keys)
    this.#groups = saved === undefined ? new Dictionary() : Dictionary.restore(saved.groups)
    this.#slots = saved?.slots.slice() ?? new Int32Array(0)
    this.#best = (saved?.best ?? []).map((best) => [...best])
    this.#others = [...(saved?.others ?? [])]
    this.#live = this.#rows.count
  }

  get size(): number {
    return this.#live
  }

  get bytes(): number {
    const arrays = this.#partitions.byteLength + this.#slots.byteLength
    const lists = this.#best.reduce((sum, best) => sum + 120 + best.length * 8, 0)
    return this.#rows.bytes + this.#keys.bytes + this.#groups.bytes + arrays + lists
  }

  /** Takes rows in the place of those with the same key; deleted ones leave. */
  take({ rows: batch, deleted }: Changed): void {
    if (batch.count === 0) return
    this.#find(batch)
    const added: number[] = []
    for (let row = 0; row < batch.count; row++) if (deleted[row] === 0) added.push(row)
    const first = this.#rows.append(batch, Int32Array.from(added), added.length)
    if (this.#rows.count > this.#partitions.length) this.#partitions = widened(this.#partitions, this.#rows.count)
    let slot = first
    for (let row = 0; row < batch.count; row++) {
      const key = this.#keyIds[row] as number
      const old = this.#slots[key] as number
      if (old !== GONE) this.#remove(old)
      this.#slots[key] = GONE
      if (deleted[row] === 1) continue
      this.#slots[key] = slot
      this.#insert(slot++, this.#groupIds[row] as number)
    }
  }

  /** The rows of the partitions that were touched, as they were and are; valid until the next `take`. */
  settle(): Settled {
    for (const id of this.#dirty.keys()) if ((this.#best[id] as number[]).length < this.#plan.to) this.#lookThrough(id)
    const settled = this.#changed.of(this.#rows.batch(), this.#dirty, this.#best)
    this.#dirty = new Map()
    return settled
  }

  /** The state between two steps. */
  snapshot(): OperatorState {
    this.#clear()
    const state: Saved = {
      rows: this.#rows.snapshot(),
      partitions: this.#partitions.slice(0, this.#rows.count),
      keys: this.#keys.snapshot(),
      groups: this.#groups.snapshot(),
      slots: this.#slots.slice(0, this.#keys.size),
      best: this.#best.map((best) => [...best]),
      others: [...this.#others],
    }
    return state
  }

  #find(batch: Batch): void {
    if (this.#dirty.size === 0 && this.#rows.count > 2 * this.#live + SPARE_ROWS) this.#clear()
    const { count } = batch
    if (this.#keyIds.length < count) {
      this.#keyIds = new Int32Array(count)
      this.#groupIds = new Int32Array(count)
    }
    const find = (dictionary: Dictionary, columns: readonly number[], ids: Int32Array) => {
      const found = columns.map((column) => batch.columns[column] as Column)
      if (found.length === 0) ids.fill(dictionary.idOf(new Uint8Array(0), 0, 0), 0, count)
      else dictionary.lookup(this.#writer.write(found, 0, count, undefined), 0, count, ids)
    }
    find(this.#keys, this.#keyed, this.#keyIds)
    find(this.#groups, this.#plan.partitionBy, this.#groupIds)
    const known = this.#slots.length
    if (this.#keys.size > known) this.#slots = widened(this.#slots, this.#keys.size).fill(GONE, known)
    while (this.#best.length < this.#groups.size) {
      this.#best.push([])
      this.#others.push(0)
    }
  }

  #touch(group: number): number[] {
    const best = this.#best[group] as number[]
    if (!this.#dirty.has(group)) this.#dirty.set(group, best.slice(0, this.#plan.to))
    return best
  }

  #remove(slot: number): void {
    const group = this.#partitions[slot] as number
    const best = this.#touch(group)
    const at = best.indexOf(slot)
    if (at >= 0) best.splice(at, 1)
    else this.#others[group] = (this.#others[group] as number) - 1
    this.#partitions[slot] = GONE
    this.#live--
  }

  #insert(slot: number, group: number): void {
    const best = this.#touch(group)
    this.#partitions[slot] = group
    this.#live++
    const last = best.at(-1)
    const isAll = this.#others[group] === 0
    if (!isAll && (last === undefined || !this.#precedes(slot, last))) {
      this.#others[group] = (this.#others[group] as number) + 1
      return
    }
    this.#place(slot, best)
    if (best.length <= this.#most) return
    best.pop()
    this.#others[group] = (this.#others[group] as number) + 1
  }

  #precedes(a: number, b: number): boolean {
    const { columns } = this.#rows
    return this.#compare(columns, a, columns, b) < 0
  }

  #place(slot: number, best: number[]): void {
    putInOrder(
      best,
      (index) => this.#precedes(slot, best[index] as number),
      () => slot,
    )
  }

  /** Finds the best rows of a partition among all. */
  #lookThrough(group: number): void {
    if (this.#others[group] === 0) return
    const best: number[] = []
    let all = 0
    for (let slot = 0; slot < this.#rows.count; slot++) {
      if (this.#partitions[slot] !== group) continue
      all++
      if (best.length === this.#most) {
        if (!this.#precedes(slot, best.at(-1) as number)) continue
        best.pop()
      }
      this.#place(slot, best)
    }
    this.#best[group] = best
    this.#others[group] = all - best.length
  }

  /** Removes the rows that were replaced, and the keys and partitions that have none. */
  #clear(): void {
    const kept: number[] = []
    const moved = new Int32Array(this.#rows.count).fill(GONE)
    for (let slot = 0; slot < this.#rows.count; slot++) {
      if (this.#partitions[slot] !== GONE) moved[slot] = kept.push(slot) - 1
    }
    const hasRows = Uint8Array.from(this.#best, (best, id) => (best.length + (this.#others[id] as number) > 0 ? 1 : 0))
    const groups = this.#groups.retain(hasRows)
    const slots = this.#slots.subarray(0, this.#keys.size)
    const keys = this.#keys.retain(Uint8Array.from(slots, (slot) => (slot === GONE ? 0 : 1)))
    const newSlots = new Int32Array(this.#keys.size)
    slots.forEach((slot, key) => {
      if (slot !== GONE) newSlots[keys[key] as number] = moved[slot] as number
    })
    const best: number[][] = []
    const others: number[] = []
    this.#best.forEach((list, id) => {
      const to = groups[id] as number
      if (to < 0) return
      best[to] = list.map((slot) => moved[slot] as number)
      others[to] = this.#others[id] as number
    })
    this.#partitions = Int32Array.from(kept, (slot) => groups[this.#partitions[slot] as number] as number)
    this.#rows.retain(this.#rows, Int32Array.from(kept))
    this.#slots = newSlots
    this.#best = best
    this.#others = others
  }
}
