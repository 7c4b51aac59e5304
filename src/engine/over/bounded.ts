/**
 * Windows of rows in batch mode: all rows are kept, and at the end put in order: by the columns of PARTITION BY, then of ORDER BY,
 * then by partition and place, so that the rows of a frame do not depend on how they were read. They are put out in this order.
 *
 * They are computed in sections of whole owners (the combinations of PARTITION BY): columns of results, and nothing for a row.
 */
import { type Batch, batchOfRows } from '../../record/column.ts'
import { widened } from '../../record/gather.ts'
import type { Holder } from '../held.ts'
import type { Operator, OperatorState } from '../operator.ts'
import { arranged, numbersOf } from './in-order.ts'
import { KeptRows, type KeptState } from './kept-rows.ts'
import { openPlaced, type PlacedColumn } from './placed.ts'
import { framesOf, peersOf, type Section } from './section.ts'
import { SectionAggregate } from './section-aggregate.ts'
import { slicedColumn } from './slice.ts'
import type { OverPlan } from './spec.ts'

/** Rows from which on a section ends with its owner: enough to be fast, and few enough to stay in the processor's caches. */
const SECTION_ROWS = 1 << 13
const BATCH_ROWS = 1 << 12

/** What is wanted of the rows that are put out. */
export type OverDemand = {
  /** Whether they are to come in order of their owners. */
  readonly ordered: boolean
  /** The columns that are used. */
  readonly needed: ReadonlySet<number>
}

/** An OVER of bounded input. Its rows are one partition. */
export class BoundedOver implements Operator, Holder {
  readonly #plan: OverPlan
  readonly #ordered: boolean
  readonly #next: Operator
  readonly #rows: KeptRows
  /** Of each row, its partition; empty as long as all are of the first. */
  #partitions: Int32Array
  readonly #aggregates: readonly SectionAggregate[]
  readonly #placed: readonly PlacedColumn[]

  constructor(plan: OverPlan, { ordered, needed }: OverDemand, next: Operator, saved: OperatorState | undefined) {
    const { fields } = plan.input
    this.#plan = plan
    this.#ordered = ordered
    this.#next = next
    this.#rows = new KeptRows(plan, needed, saved?.kept as KeptState | undefined)
    this.#partitions = (saved?.partitions as Int32Array | undefined)?.slice() ?? new Int32Array(0)
    this.#aggregates = plan.calls.map((call) => new SectionAggregate(plan, call))
    this.#placed = plan.functions.map((called) => openPlaced(called, fields))
  }

  push(batch: Batch): void {
    const at = this.#rows.append(batch)
    const { partition, count } = batch
    if (partition === 0 && this.#partitions.length === 0) return
    if (at + count > this.#partitions.length) this.#partitions = widened(this.#partitions, at + count)
    this.#partitions.fill(partition, at, at + count)
  }

  advance(partition: number, watermark: number): void {
    this.#next.advance(partition, watermark)
  }

  end(): void {
    this.#byPartition()
    const { columns, count, ids, keys } = this.#rows
    // Rows of several partitions may have come in any order: which owner was seen first says nothing.
    const byKey = this.#ordered || this.#partitions.length > 0
    const { rows, bounds, owners } = arranged({ columns, count, ids, keys, byKey }, this.#plan.order)
    for (let first = 0; first + 1 < bounds.length; ) {
      const begin = bounds[first] as number
      let last = first + 1
      while (last + 1 < bounds.length && (bounds[last] as number) - begin < SECTION_ROWS) last++
      const own = bounds.slice(first, last + 1).map((bound) => bound - begin)
      this.#put({ columns, rows: rows.subarray(begin, bounds[last]), bounds: own }, owners.subarray(first, last))
      first = last
    }
    this.#next.end()
  }

  /** Nothing waits for a watermark. */
  get closed(): number {
    return -Infinity
  }

  get due(): number {
    return Infinity
  }

  get bytes(): number {
    return this.#rows.bytes + this.#partitions.byteLength
  }

  get groups(): number {
    return this.#rows.count
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    const { count } = this.#rows
    const partitions = new Int32Array(this.#partitions.length === 0 ? 0 : count)
    partitions.set(this.#partitions.subarray(0, partitions.length))
    return { kept: this.#rows.snapshot(), partitions }
  }

  /** Puts the rows in order of their partitions, those of each as they came. */
  #byPartition(): void {
    const { count } = this.#rows
    const of = this.#partitions
    let isInOrder = true
    for (let row = 1; row < Math.min(of.length, count); row++)
      isInOrder &&= (of[row - 1] as number) <= (of[row] as number)
    if (isInOrder) return
    const order = Int32Array.from({ length: count }, (_, row) => row)
    order.sort((a, b) => (of[a] as number) - (of[b] as number) || a - b)
    this.#partitions = order.map((row) => of[row] as number)
    this.#rows.reorder(order)
  }

  #put(section: Section, owners: Int32Array): void {
    const { frame, order } = this.#plan
    const numbers = once(() => numbersOf(order, section.columns, section.rows))
    const peers = once(() => peersOf(section, order, numbers()))
    const frames = once(() => framesOf(section, frame, { order, peers, numbers }))
    const results = [
      ...this.#aggregates.map((aggregate) => aggregate.run(section, frames)),
      ...this.#placed.map((placed) => placed(section, peers)),
    ]
    const { length } = section.rows
    const ownerOf = spread(owners, section.bounds)
    for (let from = 0; from < length; ) {
      const to = length <= 2 * SECTION_ROWS ? length : Math.min(length, from + BATCH_ROWS)
      const columns = this.#rows.take(section.rows.subarray(from, to), ownerOf.subarray(from, to))
      const own = from === 0 && to === length ? results : results.map((column) => slicedColumn(column, from, to))
      this.#next.push(batchOfRows(to - from, [...columns, ...own]))
      from = to
    }
  }
}

/** Of each place of a section, its owner. */
function spread(owners: Int32Array, bounds: Int32Array): Int32Array {
  const of = new Int32Array(bounds[bounds.length - 1] as number)
  for (let index = 0; index < owners.length; index++) {
    of.fill(owners[index] as number, bounds[index], bounds[index + 1])
  }
  return of
}

/** The value of `make`, which is called when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
