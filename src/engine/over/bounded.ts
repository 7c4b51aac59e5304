/**
 * Windows of rows in batch mode: all rows are kept, and at the end put in order: by the columns of PARTITION BY, then of ORDER BY,
 * then by partition and place, so that the rows of a frame do not depend on how they were read. They are put out in this order.
 *
 * They are computed in sections of whole owners (the combinations of PARTITION BY): columns of results, and nothing for a row.
 */
import { assert } from '../../base/assert.ts'
import { type Batch, batchOfRows, type Column } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { Gather, widened } from '../../record/gather.ts'
import type { Holder } from '../held.ts'
import { KeyWriter } from '../key/key.ts'
import type { Operator, OperatorState } from '../operator.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { arranged } from './in-order.ts'
import { openPlaced, type PlacedColumn } from './placed.ts'
import { framesOf, peersOf, type RowPeers, type Section } from './section.ts'
import { SectionAggregate } from './section-aggregate.ts'
import { slicedColumn } from './slice.ts'
import type { OverPlan } from './spec.ts'

/** Rows from which on a section ends with its owner: enough to be fast, and few enough to stay in the processor's caches. */
const SECTION_ROWS = 1 << 13
const BATCH_ROWS = 1 << 12

/** An OVER of bounded input. Its rows are one partition. */
export class BoundedOver implements Operator, Holder {
  readonly #plan: OverPlan
  readonly #next: Operator
  readonly #rows: RowStore
  /** Of each row, its partition; empty as long as all are of the first. */
  #partitions: Int32Array
  /** The owners, if there are several, and of each row which it has. */
  readonly #keys: Dictionary | undefined
  #ids: Int32Array = new Int32Array(0)
  readonly #writer = new KeyWriter()
  readonly #gather: Gather
  readonly #aggregates: readonly SectionAggregate[]
  readonly #placed: readonly PlacedColumn[]

  constructor(plan: OverPlan, next: Operator, saved: OperatorState | undefined) {
    const { fields } = plan.input
    this.#plan = plan
    this.#next = next
    this.#rows = new RowStore(fields, saved?.rows as RowsState | undefined)
    this.#partitions = (saved?.partitions as Int32Array | undefined)?.slice() ?? new Int32Array(0)
    this.#keys = plan.partitionBy.length === 0 ? undefined : new Dictionary()
    this.#gather = new Gather(fields)
    this.#aggregates = plan.calls.map((call) => new SectionAggregate(plan, call))
    this.#placed = plan.functions.map((called) => openPlaced(called, fields))
    if (this.#rows.count > 0) this.#identify(this.#rows.batch(), 0)
  }

  push(batch: Batch): void {
    const at = this.#rows.append(batch, undefined, batch.count)
    this.#identify(batch, at)
    this.#remember(batch.partition, at, batch.count)
  }

  advance(partition: number, watermark: number): void {
    this.#next.advance(partition, watermark)
  }

  end(): void {
    this.#byPartition()
    const { columns, count } = this.#rows
    const { rows, bounds } = arranged({ columns, count, ids: this.#ids, keys: this.#keys }, this.#plan.order)
    const owners = bounds.length - 1
    for (let first = 0; first < owners; ) {
      const begin = bounds[first] as number
      let last = first + 1
      while (last < owners && (bounds[last] as number) - begin < SECTION_ROWS) last++
      const own = bounds.slice(first, last + 1).map((bound) => bound - begin)
      this.#put({ columns, rows: rows.subarray(begin, bounds[last]), bounds: own })
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
    return this.#rows.bytes + this.#partitions.byteLength + this.#ids.byteLength + (this.#keys?.bytes ?? 0)
  }

  get groups(): number {
    return this.#rows.count
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    const { count } = this.#rows
    const partitions = new Int32Array(count)
    partitions.set(this.#partitions.subarray(0, count))
    return { rows: this.#rows.snapshot(), partitions }
  }

  /** Finds the owners of the rows of a batch, which are at `at` of all. */
  #identify({ columns, count }: Batch, at: number): void {
    if (this.#keys === undefined) return
    if (at + count > this.#ids.length) this.#ids = widened(this.#ids, at + count)
    const by = this.#plan.partitionBy.map((column) => columns[column] as Column)
    this.#keys.lookup(this.#writer.write(by, 0, count, undefined), 0, count, this.#ids.subarray(at, at + count))
  }

  #remember(partition: number, at: number, count: number): void {
    if (partition === 0 && this.#partitions.length === 0) return
    if (at + count > this.#partitions.length) this.#partitions = widened(this.#partitions, at + count)
    this.#partitions.fill(partition, at, at + count)
  }

  /** Puts the rows in order of their partitions, those of each as they came. */
  #byPartition(): void {
    const { count } = this.#rows
    const of = this.#partitions
    assert(of.length === 0 || of.length >= count, 'each row has its partition, or all are of the first')
    if (
      of.length === 0 ||
      of.subarray(0, count).every((partition, row) => row === 0 || (of[row - 1] as number) <= partition)
    )
      return
    const order = Int32Array.from({ length: count }, (_, row) => row)
    order.sort((a, b) => (of[a] as number) - (of[b] as number) || a - b)
    const ids = this.#ids
    this.#ids = order.map((row) => ids[row] as number)
    this.#partitions = order.map((row) => of[row] as number)
    this.#rows.retain(this.#rows, order)
  }

  #put(section: Section): void {
    const { frame, order } = this.#plan
    const peers = once((): RowPeers => peersOf(section, order))
    const frames = once(() => framesOf(section, frame, order, peers))
    const results = [
      ...this.#aggregates.map((aggregate) => aggregate.run(section, frames)),
      ...this.#placed.map((placed) => placed(section, peers)),
    ]
    const { length } = section.rows
    for (let from = 0; from < length; ) {
      const to = length <= 2 * SECTION_ROWS ? length : Math.min(length, from + BATCH_ROWS)
      const batch = this.#gather.take(this.#rows.batch(), section.rows.subarray(from, to), to - from)
      const own = from === 0 && to === length ? results : results.map((column) => slicedColumn(column, from, to))
      this.#next.push(batchOfRows(batch.count, [...batch.columns, ...own]))
      from = to
    }
  }
}

/** The value of `make`, which is called when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
