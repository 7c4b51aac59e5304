/**
 * Aggregates over windows of rows, in batch mode: all rows are kept, and at the end put in order: by the columns of PARTITION
 * BY, then of ORDER BY, then by partition and place, so that the rows of a frame do not depend on how they were read. They are
 * put out in this order.
 */
import { type Batch, type BigintColumn, batchOfRows, type Column, type IntColumn } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { Gather, widened } from '../../record/gather.ts'
import type { RowFrame } from '../../sql/plan/plan.ts'
import { appendEntries, clearEntries, type Entries, makeEntries } from '../aggregate/entries.ts'
import type { Holder } from '../held.ts'
import { KeyWriter } from '../key/key.ts'
import type { Operator, OperatorState } from '../operator.ts'
import { type CompareRows, compareBy } from '../sort/compare.ts'
import { RowSort } from '../sort/row-sort.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { Frames } from './frames.ts'
import { type OverPlan, type OverSpec, overSpec, resultsOf } from './spec.ts'

const BATCH_ROWS = 1 << 12

/** An OVER of bounded input. Its rows are one partition. */
export class BoundedOver implements Operator, Holder {
  readonly #spec: OverSpec
  readonly #next: Operator
  readonly #rows: RowStore
  /** Of each row, its partition. */
  #partitions: Int32Array
  readonly #sort: RowSort
  readonly #compare: CompareRows
  readonly #gather: Gather
  readonly #frames: Frames
  readonly #out: Entries

  constructor(plan: OverPlan, next: Operator, saved: OperatorState | undefined) {
    const { fields } = plan.input
    this.#spec = overSpec(plan)
    this.#next = next
    this.#rows = new RowStore(fields, saved?.rows as RowsState | undefined)
    this.#partitions = (saved?.partitions as Int32Array | undefined)?.slice() ?? new Int32Array(0)
    this.#sort = new RowSort(plan.order)
    this.#compare = compareBy(plan.order)
    this.#gather = new Gather(fields)
    this.#frames = new Frames(this.#spec, undefined)
    this.#out = makeEntries(this.#spec.layout, 0)
  }

  push(batch: Batch): void {
    const at = this.#rows.append(batch, undefined, batch.count)
    const { count } = this.#rows
    if (count > this.#partitions.length) this.#partitions = widened(this.#partitions, count)
    this.#partitions.fill(batch.partition, at, count)
  }

  advance(partition: number, watermark: number): void {
    this.#next.advance(partition, watermark)
  }

  end(): void {
    const { rows, bounds } = this.#byOwner()
    const owners = bounds.length - 1
    for (let owner = 0; owner < owners; owner++) this.#inOrder(rows.subarray(bounds[owner], bounds[owner + 1]))
    for (let first = 0; first < owners; ) {
      let last = first + 1
      while (last < owners && (bounds[last] as number) - (bounds[first] as number) < BATCH_ROWS) last++
      this.#put(rows, bounds.subarray(first, last + 1))
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
    return { rows: this.#rows.snapshot(), partitions: this.#partitions.slice(0, this.#rows.count) }
  }

  /** The rows of each owner as they came, from its bound to the next; the owners in order of their keys. */
  #byOwner(): { readonly rows: Int32Array; readonly bounds: Int32Array } {
    const { count, columns } = this.#rows
    const keys = new Dictionary()
    const ids = new Int32Array(count)
    const by = this.#spec.plan.partitionBy.map((column) => columns[column] as Column)
    keys.lookup(new KeyWriter().write(by, 0, count, undefined), 0, count, ids)
    const lengths = new Int32Array(keys.size)
    for (const id of ids) lengths[id] = (lengths[id] as number) + 1
    const order = Int32Array.from(lengths.keys()).sort((a, b) => keys.compare(a, b))
    const bounds = new Int32Array(keys.size + 1)
    const at = new Int32Array(keys.size)
    order.forEach((id, owner) => {
      at[id] = bounds[owner] as number
      bounds[owner + 1] = (bounds[owner] as number) + (lengths[id] as number)
    })
    const rows = new Int32Array(count)
    for (let row = 0; row < count; row++) {
      const id = ids[row] as number
      rows[at[id] as number] = row
      at[id] = (at[id] as number) + 1
    }
    return { rows, bounds }
  }

  /** Sorts the rows of an owner; those that are equal by partition and place. */
  #inOrder(rows: Int32Array): void {
    const { columns } = this.#rows
    const place = (a: number, b: number) => (this.#partitions[a] as number) - (this.#partitions[b] as number) || a - b
    this.#sort.sort(columns, rows)
    for (let from = 0; from < rows.length; ) {
      const to = this.#endOfPeers(rows, from)
      rows.subarray(from, to).sort(place)
      from = to
    }
  }

  #endOfPeers(rows: Int32Array, from: number): number {
    const { columns } = this.#rows
    let to = from + 1
    while (to < rows.length && this.#compare(columns, rows[from] as number, columns, rows[to] as number) === 0) to++
    return to
  }

  /** Puts out the rows of some owners, each from its bound to the next and in order. */
  #put(all: Int32Array, bounds: Int32Array): void {
    const begin = bounds[0] as number
    const end = bounds[bounds.length - 1] as number
    const { layout } = this.#spec
    const frames = this.#frames
    const out = this.#out
    frames.clear(bounds.length - 1)
    for (let from = begin; from < end; from += BATCH_ROWS)
      frames.add(this.#take(all.subarray(from, Math.min(end, from + BATCH_ROWS))))
    for (let owner = 0; owner + 1 < bounds.length; owner++) {
      const first = bounds[owner] as number
      const rows = all.subarray(first, bounds[owner + 1])
      let [pushed, popped, moved] = [0, 0, true]
      this.#forBounds(rows, (row, from, to) => {
        for (; pushed < to; pushed++, moved = true) frames.push(owner, first - begin + pushed, 0)
        for (; popped < Math.min(from, to); popped++, moved = true) frames.pop(owner)
        if (moved || out.count === 0) frames.result(owner, out)
        else appendEntries(out, layout, out, out.count - 1, 1)
        moved = false
        if (out.count === BATCH_ROWS) this.#flush(all, first + row + 1)
      })
    }
    this.#flush(all, end)
  }

  /** Puts out the rows that have results, the last of which is before `end`. */
  #flush(all: Int32Array, end: number): void {
    const out = this.#out
    if (out.count === 0) return
    const batch = this.#take(all.subarray(end - out.count, end))
    this.#next.push(batchOfRows(batch.count, [...batch.columns, ...resultsOf(this.#spec, out)]))
    clearEntries(out, this.#spec.layout)
  }

  #take(rows: Int32Array): Batch {
    return this.#gather.take(this.#rows.batch(), rows, rows.length)
  }

  /** Calls `visit` for each row with its frame, [from, to): neither bound ever moves back. */
  #forBounds(rows: Int32Array, visit: (row: number, from: number, to: number) => void): void {
    const { frame, order } = this.#spec.plan
    const { length } = rows
    const within = (row: number) => Math.max(0, Math.min(length, row))
    if (frame.unit === 'rows') {
      for (let row = 0; row < length; row++) visit(row, within(row + frame.from), within(row + frame.to + 1))
      return
    }
    const [key] = order
    const hasDistance = [frame.from, frame.to].some((distance) => distance !== 0 && Number.isFinite(distance))
    const values =
      hasDistance && key !== undefined
        ? distances(this.#rows.columns[key.column] as Column, rows, key.descending)
        : undefined
    let [from, to] = [0, 0]
    for (let row = 0; row < length; ) {
      const end = this.#endOfPeers(rows, row)
      const bounds = boundsOf(frame, { row, end, length, from, to, values })
      from = bounds.from
      to = bounds.to
      for (; row < end; row++) visit(row, from, to)
    }
  }
}

type Peers = {
  /** The peers: rows [row, end) of `length`. */
  readonly row: number
  readonly end: number
  readonly length: number
  /** The bounds of the peers before. */
  readonly from: number
  readonly to: number
  /** The values by which the rows are in order, growing; NaN for NULL. */
  readonly values: Float64Array | undefined
}

function boundsOf(
  frame: RowFrame,
  { row, end, length, from, to, values }: Peers,
): { readonly from: number; readonly to: number } {
  const value = values?.[row]
  // NULLs are peers of each other and at no distance from other rows.
  const isNull = value === undefined || Number.isNaN(value)
  const first = (distance: number, at: number): number => {
    if (distance === -Infinity) return 0
    if (distance === 0 || isNull) return row
    let found = at
    while (found < length && !((values?.[found] as number) >= value + distance)) found++
    return found
  }
  const last = (distance: number, at: number): number => {
    if (distance === Infinity) return length
    if (distance === 0 || isNull) return end
    let found = at
    while (
      found < length &&
      !((values?.[found] as number) > value + distance) &&
      !(found > row && Number.isNaN(values?.[found]))
    )
      found++
    return found
  }
  return { from: first(frame.from, from), to: last(frame.to, to) }
}

/** The values of a column at the rows as numbers that grow along them; NaN for NULL. */
function distances(column: Column, rows: Int32Array, descending: boolean): Float64Array {
  const { values, nulls } = column as
    | IntColumn
    | Exclude<Column, { kind: 'string' | 'list' | 'map' | 'row' | 'decimal' }>
  const { exact } = column as BigintColumn
  const sign = descending ? -1 : 1
  return Float64Array.from(rows, (row) => {
    if (nulls?.[row] === 1) return Number.NaN
    return sign * Number(exact?.[row] ?? values[row])
  })
}
