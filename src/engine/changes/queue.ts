/**
 * Rows of several partitions that wait until every partition has come to the end of their step. They are taken step by step, within
 * one partition by partition: so a step has the same rows in the same order however partitions interleave.
 */
import type { EventTime } from '../../base/quantity.ts'
import { type Batch, batchOfRows } from '../../record/column.ts'
import { widened } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'

export type QueueState = { readonly rows: RowsState; readonly at: Float64Array }

/** Rows of one step in one partition: those of the batch from `from` to `to`. */
export type StepRows = { readonly batch: Batch; readonly from: number; readonly to: number; readonly at: EventTime }

/** The rows of one partition that wait, each with the watermark before it, which never goes back. */
export class Queue {
  readonly #fields: readonly Field[]
  #rows: RowStore
  #at: Float64Array
  /** The first row that waits. */
  #first = 0

  constructor(fields: readonly Field[], saved: QueueState | undefined) {
    this.#fields = fields
    this.#rows = new RowStore(fields, saved?.rows)
    this.#at = saved?.at.slice() ?? new Float64Array(0)
  }

  /** The watermark before the first row that waits; undefined: none waits. */
  get first(): EventTime | undefined {
    return this.#first < this.#rows.count ? (this.#at[this.#first] as number) : undefined
  }

  get size(): number {
    return this.#rows.count - this.#first
  }

  get bytes(): number {
    return this.#rows.bytes + this.#at.byteLength
  }

  push(batch: Batch): void {
    const at = this.#rows.append(batch, undefined, batch.count)
    if (this.#rows.count > this.#at.length) this.#at = widened(this.#at, this.#rows.count)
    for (let row = 0; row < batch.count; row++) this.#at[at + row] = batch.watermark?.[row] ?? -Infinity
  }

  /** Takes the rows whose watermark is below `end`, or all; valid until the next call of `push` or `tidy`. */
  take(end: EventTime): StepRows | undefined {
    const from = this.#first
    const { count } = this.#rows
    let to = from
    while (to < count && ((this.#at[to] as number) < end || end === Infinity)) to++
    if (to === from) return undefined
    this.#first = to
    return { batch: batchOfRows(count, this.#rows.columns), from, to, at: this.#at[from] as number }
  }

  /** Removes the rows that were taken, if they are many. */
  tidy(): void {
    if (this.size > 0 && this.#first < this.#rows.count / 2) return
    this.#cut()
  }

  snapshot(): QueueState {
    this.#cut()
    return { rows: this.#rows.snapshot(), at: this.#at.slice(0, this.#rows.count) }
  }

  #cut(): void {
    if (this.#first === 0) return
    const kept = Int32Array.from({ length: this.size }, (_, index) => this.#first + index)
    const rows = new RowStore(this.#fields)
    rows.append({ count: this.#rows.count, columns: this.#rows.columns }, kept, kept.length)
    this.#at = Float64Array.from(kept, (row) => this.#at[row] as number)
    this.#rows = rows
    this.#first = 0
  }
}
