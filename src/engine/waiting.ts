/**
 * Rows that wait until the watermark reaches them, and those first that are first: by `at`, then partition, then place. A row
 * is known by its slot, which keeps the order in which rows came.
 */
import type { EventTime } from '../base/quantity.ts'
import type { Batch } from '../record/column.ts'
import { widened } from '../record/gather.ts'
import type { Field } from '../record/type.ts'
import { RowStore, type RowsState } from './sort/row-store.ts'

/** Rows that no longer wait are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 12
const LEAST_SLOTS = 64

/** The rows that wait, in the order in which they came. */
export type WaitingState = {
  readonly rows: RowsState
  readonly at: Float64Array
  readonly partitions: Int32Array
  readonly ids: Int32Array
}

/** The rows that wait, each with the id of its key. */
export class WaitingRows {
  /** Of each slot: when its row is put out, its partition, and its key; -1: it does not wait any more. */
  at: Float64Array = new Float64Array(LEAST_SLOTS)
  partitions: Int32Array = new Int32Array(LEAST_SLOTS)
  ids: Int32Array = new Int32Array(LEAST_SLOTS)
  /** The number of rows that wait. */
  size = 0
  readonly #store: RowStore
  /** Slots, the first uppermost: each is before the two below it. */
  #heap: Int32Array = new Int32Array(LEAST_SLOTS)
  #heaped = 0
  /** Rows of the batch at hand that get slots when it is through. */
  #picked: Int32Array = new Int32Array(LEAST_SLOTS)
  #count = 0

  constructor(fields: readonly Field[], saved: WaitingState | undefined) {
    this.#store = new RowStore(fields, saved?.rows)
    if (saved === undefined) return
    const { at, partitions, ids } = saved
    this.size = ids.length
    this.at = at.slice()
    this.partitions = partitions.slice()
    this.ids = ids.slice()
    this.#picked = new Int32Array(ids.length)
    this.#refill()
  }

  get bytes(): number {
    const arrays = [this.at, this.partitions, this.ids, this.#heap, this.#picked]
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#store.bytes)
  }

  /** The rows by slot. */
  batch(): Batch {
    return this.#store.batch()
  }

  /** Gives the row of the batch at hand a slot: the next one. It is there once the batch is `appended`. */
  add(row: number, id: number, at: EventTime, partition: number): number {
    const slot = this.#store.count + this.#count
    if (slot === this.at.length) {
      this.at = widened(this.at, LEAST_SLOTS)
      this.partitions = widened(this.partitions, LEAST_SLOTS)
      this.ids = widened(this.ids, LEAST_SLOTS)
    }
    if (this.#count === this.#picked.length) this.#picked = widened(this.#picked, LEAST_SLOTS)
    this.#picked[this.#count++] = row
    this.at[slot] = at
    this.partitions[slot] = partition
    this.ids[slot] = id
    this.size++
    this.#push(slot)
    return slot
  }

  /** Copies the rows that were added. */
  append(batch: Batch): void {
    if (this.#count > 0) this.#store.append(batch, this.#picked, this.#count)
    this.#count = 0
  }

  /** A row that can no longer be first. */
  remove(slot: number): void {
    this.ids[slot] = -1
    this.size--
  }

  /** Whether row `a` is before row `b`. */
  isBefore(a: number, b: number): boolean {
    const at = this.at[a] as number
    const partition = this.partitions[a] as number
    const isSame = at === this.at[b] && partition === this.partitions[b]
    return isSame ? a < b : this.precedes(at, partition, b)
  }

  /** Whether a row that comes now is before one that waits. */
  precedes(at: EventTime, partition: number, slot: number): boolean {
    const other = this.at[slot] as number
    return at === other ? partition < (this.partitions[slot] as number) : at < other
  }

  /** When the first row is put out; Infinity where none waits. */
  get first(): EventTime {
    for (; this.#heaped > 0; this.#pop()) {
      const slot = this.#heap[0] as number
      if ((this.ids[slot] as number) >= 0) return this.at[slot] as number
    }
    return Infinity
  }

  /** Takes the first row that waits for a time up to `until`, which the caller removes; -1: there is none. */
  take(until: EventTime): number {
    if (this.first > until || this.#heaped === 0) return -1
    const slot = this.#heap[0] as number
    this.#pop()
    return slot
  }

  /** The slots of the rows that wait, in the order in which they came. */
  *all(): Iterable<number> {
    const { count } = this.#store
    for (let slot = 0; slot < count; slot++) if ((this.ids[slot] as number) >= 0) yield slot
  }

  /** Gives the keys other ids. */
  rename(renamed: Int32Array): void {
    for (const slot of this.all()) this.ids[slot] = renamed[this.ids[slot] as number] as number
  }

  /** Removes the rows that no longer wait, if they are many. Returns the slots before of those that do; undefined: slots are as they were. */
  tidy(): Int32Array | undefined {
    return this.#store.count <= 2 * this.size + SPARE_ROWS ? undefined : this.compact()
  }

  /** Removes the rows that no longer wait. The others keep their order and get new slots. Returns the slots that they had. */
  compact(): Int32Array {
    const kept = Int32Array.from(this.all())
    this.#store.retain(this.#store, kept)
    this.at = Float64Array.from(kept, (slot) => this.at[slot] as number)
    this.partitions = kept.map((slot) => this.partitions[slot] as number)
    this.ids = kept.map((slot) => this.ids[slot] as number)
    this.#refill()
    return kept
  }

  /** The rows that wait, after `compact`. */
  snapshot(): WaitingState {
    const { size } = this
    return {
      rows: this.#store.snapshot(),
      at: this.at.slice(0, size),
      partitions: this.partitions.slice(0, size),
      ids: this.ids.slice(0, size),
    }
  }

  #refill(): void {
    this.#heap = new Int32Array(Math.max(LEAST_SLOTS, this.size))
    this.#heaped = 0
    for (let slot = 0; slot < this.size; slot++) this.#push(slot)
  }

  #push(slot: number): void {
    if (this.#heaped === this.#heap.length) this.#heap = widened(this.#heap)
    const heap = this.#heap
    let place = this.#heaped++
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = heap[above] as number
      if (!this.isBefore(slot, other)) break
      heap[place] = other
      place = above
    }
    heap[place] = slot
  }

  #pop(): void {
    const heap = this.#heap
    const slot = heap[--this.#heaped] as number
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      if (below >= this.#heaped) break
      if (below + 1 < this.#heaped && this.isBefore(heap[below + 1] as number, heap[below] as number)) below++
      const other = heap[below] as number
      if (!this.isBefore(other, slot)) break
      heap[place] = other
      place = below
    }
    heap[place] = slot
  }
}
