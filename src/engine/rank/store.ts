/**
 * Top-N over rows that come in any order: keeps the best rows so far of each group (a key of the PARTITION BY columns).
 * A group is emitted when all partitions have closed its window; without windows, at the end. Groups are emitted in order
 * of window end, then key. Which rows are best does not depend on their order, so one state serves all partitions.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Batch, Column } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { Gather } from '../../record/gather.ts'
import type { Holder } from '../held.ts'
import { KeyWriter } from '../key/key.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import { allKeys, type CompareRows, compareBy } from '../sort/compare.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { closingOf, RowWindows, type WindowReading } from '../window/row-windows.ts'
import type { WallTime } from '../window/time.ts'
import { pushRanked, type RankPlan } from './plan.ts'
import { putInOrder } from './put-in-order.ts'

/** Bytes of a group on the heap: its list of rows, and its window's end. */
const GROUP_BYTES = 200

/** Rows that are no longer among the best are removed when they outnumber both the others and this. */
const SPARE_ROWS = 1 << 12

export type RankStoreOptions = {
  readonly plan: RankPlan
  readonly partitions: number
  /** How the window of a row is read; undefined without windows. */
  readonly reading: WindowReading | undefined
  readonly saved: OperatorState | undefined
}

/** A running Top-N. Its rows are one partition. */
export class RankStore implements Operator, Holder {
  readonly #options: RankStoreOptions
  readonly #next: Operator
  readonly #reject: Reject
  readonly #compare: CompareRows
  readonly #writer = new KeyWriter()
  readonly #gather: Gather
  readonly #watermarks: Watermarks
  readonly #windows: RowWindows
  #dictionary: Dictionary
  #rows: RowStore
  /** For each group the rows kept, best first. */
  #groups: number[][]
  /** For each group the end of its window. */
  #ends: WallTime[]
  #kept = 0
  /** The lowest watermark so far. */
  #closed: EventTime
  /** End of the last window emitted. */
  #emitted: WallTime
  #ids = new Int32Array(0)

  constructor(options: RankStoreOptions, next: Operator, reject: Reject) {
    const { plan, saved } = options
    this.#options = { ...options, saved: undefined }
    this.#next = next
    this.#reject = reject
    this.#compare = compareBy(allKeys(plan.order, plan.input.fields.length, plan.partitionBy))
    this.#gather = new Gather(plan.input.fields)
    this.#watermarks = new Watermarks(options.partitions, saved?.watermarks)
    this.#windows = new RowWindows(options.reading)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
    this.#rows = new RowStore(plan.input.fields, saved?.rows as RowsState | undefined)
    this.#dictionary = saved === undefined ? new Dictionary() : Dictionary.restore(saved.dictionary as DictionaryState)
    this.#groups = ((saved?.groups as number[][] | undefined) ?? []).map((group) => [...group])
    this.#ends = [...((saved?.ends as number[] | undefined) ?? [])]
    this.#kept = this.#groups.reduce((sum, group) => sum + group.length, 0)
  }

  push(batch: Batch): void {
    const { plan, partitions } = this.#options
    assert(batch.partition < partitions, 'a batch is of one of the partitions of its operator')
    if (this.#ids.length < batch.count) this.#ids = new Int32Array(batch.count)
    const ids = this.#ids
    const keys = this.#writer.write(
      plan.partitionBy.map((key) => batch.columns[key] as Column),
      0,
      batch.count,
      undefined,
    )
    this.#dictionary.lookup(keys, 0, batch.count, ids)
    this.#windows.read(batch)
    this.#windows.dropLate(batch, ids, this.#reject)
    for (let row = 0; row < batch.count; row++) {
      if ((ids[row] as number) >= 0) this.#offer(batch, row, ids[row] as number)
    }
    if (this.#rows.count > 2 * this.#kept + SPARE_ROWS) this.#clear()
  }

  advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    const { reading } = this.#options
    if (reading !== undefined) this.#emit((end) => lowest >= closingOf(reading.windows, end))
    this.#next.advance(0, lowest)
  }

  end(): void {
    this.#emit(() => true)
    this.#next.end()
  }

  /** The watermark that closes the last window emitted. */
  get closed(): EventTime {
    const { reading } = this.#options
    return reading === undefined ? -Infinity : closingOf(reading.windows, this.#emitted)
  }

  /** The watermark that closes the first window that is open. */
  get due(): EventTime {
    const { reading } = this.#options
    const least = (first: WallTime, end: WallTime, id: number) =>
      this.#groups[id]?.length === 0 ? first : Math.min(first, end)
    return reading === undefined ? Infinity : closingOf(reading.windows, this.#ends.reduce(least, Infinity))
  }

  get bytes(): number {
    return this.#rows.bytes + this.#dictionary.bytes + this.#groups.length * GROUP_BYTES + this.#kept * 8
  }

  get groups(): number {
    return this.#groups.reduce((sum, group) => sum + (group.length > 0 ? 1 : 0), 0)
  }

  addWindows(ends: Set<number>): void {
    this.#groups.forEach((group, id) => {
      if (group.length > 0) ends.add(this.#ends[id] as number)
    })
  }

  snapshot(): OperatorState {
    return {
      emitted: this.#emitted,
      watermarks: this.#watermarks.values.slice(),
      rows: this.#rows.snapshot(),
      dictionary: this.#dictionary.snapshot(),
      groups: this.#groups.map((group) => [...group]),
      ends: [...this.#ends],
    }
  }

  #offer(batch: Batch, row: number, id: number): void {
    while (this.#groups.length <= id) {
      this.#groups.push([])
      this.#ends.push(0)
    }
    const group = this.#groups[id] as number[]
    this.#ends[id] = this.#windows.ends[row] as number
    const limit = this.#options.plan.to
    const store = this.#rows
    const before = (at: number) => this.#compare(batch.columns, row, store.columns, group[at] as number) < 0
    if (group.length === limit) {
      if (!before(limit - 1)) return
      group.pop()
      this.#kept--
    }
    putInOrder(group, before, () => store.append(batch, Int32Array.of(row), 1))
    this.#kept++
  }

  #emit(due: (end: WallTime) => boolean): void {
    const { plan } = this.#options
    const ready: number[] = []
    this.#ends.forEach((end, id) => {
      if ((this.#groups[id] as number[]).length > 0 && due(end)) ready.push(id)
    })
    if (ready.length === 0) return
    ready.sort((a, b) => (this.#ends[a] as number) - (this.#ends[b] as number) || this.#dictionary.compare(a, b))
    this.#emitted = Math.max(this.#emitted, this.#ends[ready.at(-1) as number] as number)
    const rows: number[] = []
    const ranks: number[] = []
    for (const id of ready) {
      ;(this.#groups[id] as number[]).forEach((row, index) => {
        if (index + 1 < plan.from) return
        rows.push(row)
        ranks.push(index + 1)
      })
      this.#groups[id] = []
    }
    const next = { push: (batch: Batch) => this.#next.push({ ...batch, origin: undefined }) }
    pushRanked(plan, next, this.#gather, {
      of: this.#rows.batch(),
      rows: Int32Array.from(rows),
      ranks: Float64Array.from(ranks),
      count: rows.length,
      whole: false,
    })
    this.#clear()
  }

  /** Removes rows that are no longer among the best, and groups that were emitted. */
  #clear(): void {
    const used = Uint8Array.from(this.#groups, (group) => (group.length > 0 ? 1 : 0))
    const renamed = this.#dictionary.retain(used)
    const rows: number[] = []
    const groups: number[][] = []
    const ends: number[] = []
    this.#groups.forEach((group, id) => {
      const to = renamed[id] as number
      if (to < 0) return
      ends[to] = this.#ends[id] as number
      groups[to] = group.map((row) => rows.push(row) - 1)
    })
    this.#rows.retain(this.#rows, Int32Array.from(rows))
    this.#groups = groups
    this.#ends = ends
    this.#kept = rows.length
  }
}
