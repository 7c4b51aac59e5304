/**
 * Turns the groups of closed windows into result rows: window by window in order of end, groups in order of key.
 *
 * Small windows are gathered into one batch, and a large one comes as several: what is made of a batch, such as its text, never
 * takes as much as a whole window would; a Top-N, which puts out few of the rows, gets whole windows. Where the operators
 * behind do not need an order of rows within a window (`ordered` false), groups stay in order of their first row and nothing
 * is sorted.
 */
import { batchOfRows, type Column } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import { widened } from '../../record/gather.ts'
import { readKeys } from '../key/read.ts'
import type { Operator } from '../operator.ts'
import { closingOf, type WindowReading } from '../window/row-windows.ts'
import type { WallTime } from '../window/time.ts'
import { type DueWindow, PlainWindows, SlicedWindows, slicedEnds } from './due-windows.ts'
import { appendEntries, clearEntries, type Entries, type Layout, makeEntries, pickEntries } from './entries.ts'
import type { GroupState } from './group-state.ts'
import type { GroupStore } from './group-store.ts'
import { GroupTable } from './group-table.ts'
import { KeyOrder, WIDE } from './key-order.ts'
import { type Keys, readOwner } from './keys.ts'
import type { AggregateSpec, BoundAggregate } from './spec.ts'
import type { WholeGroups } from './whole/whole-groups.ts'

/** Needs of the operators behind. */
export type Demand = {
  /** Groups of a window come in order of key. */
  readonly ordered: boolean
  /** The watermark that closes a window follows its rows at once, before the rows of the next window. */
  readonly stepwise: boolean
  /** No batch ends within a window. */
  readonly whole: boolean
}

/** Entries [first, first + count). */
type Run = { readonly from: Entries; readonly first: number; readonly count: number }

const BATCH_ROWS = 1 << 12
const OWNER_BYTES = 4
const NO_LANES: Layout = { initial: [], extras: 0 }

/** Emits the windows of one aggregate to the next operator. */
export class Emitter {
  readonly #spec: AggregateSpec
  readonly #keys: Keys
  readonly #keyOrder: KeyOrder
  readonly #demand: Demand
  readonly #next: Operator
  readonly #out: Entries
  /** Window of each entry of `#out`. */
  #ends = new Float64Array(BATCH_ROWS)
  #starts = new Float64Array(BATCH_ROWS)
  #merged: GroupTable
  #values: readonly GroupTable[]
  #entryOf = new Int32Array(0)

  constructor(spec: AggregateSpec, keys: Keys, demand: Demand, next: Operator) {
    this.#spec = spec
    this.#keys = keys
    this.#keyOrder = new KeyOrder(keys.main)
    this.#demand = demand
    this.#next = next
    this.#out = makeEntries(spec.layout, BATCH_ROWS)
    this.#merged = new GroupTable(spec.layout)
    this.#values = Array.from({ length: spec.distinctTables }, () => new GroupTable(NO_LANES))
  }

  /** Emits the windows that are due and end after `after`. Returns the end of the last, or `after` if there was none. */
  emit(state: GroupState, after: WallTime, due: (end: WallTime) => boolean): WallTime {
    const { reading } = this.#spec
    const last =
      reading?.sliced === true && reading.windows !== undefined
        ? this.#emitSliced(state, slicedEnds(state.main.blocks, reading.windows, after, due))
        : this.#emitPlain(state, due)
    this.#flush()
    this.#forgetWide()
    return last ?? after
  }

  /** Emits groups by id, which are then no longer whole. */
  emitWhole(groups: WholeGroups): void {
    groups.reserve()
    const { entries } = groups
    const { count } = entries
    numberAll(entries.ids, count)
    for (const aggregate of this.#spec.aggregates) this.#countValues(aggregate, entries)
    const order = this.#demand.ordered ? this.#keyOrder.of(entries.ids, 0, count) : groups.firstSight()
    this.#appendBy(order, { from: entries, first: 0, count }, { end: Infinity, start: 0, from: 0, to: 0 })
    this.#flush()
    this.#forgetWide()
  }

  /** Runs a DISTINCT aggregate over all values of its dictionary. */
  #countValues({ accumulator, call, distinct }: BoundAggregate, entries: Entries): void {
    if (distinct === undefined) return
    const dictionary = this.#keys.distinct[distinct.table] as Dictionary
    const { arena, offsets, size: count } = dictionary
    const owners = new Int32Array(count)
    for (let id = 0; id < count; id++) owners[id] = readOwner(arena, offsets[id] as number)
    // Values that are only counted need not be read.
    let column: Column | undefined
    if (call.function !== 'COUNT') {
      const ids = new Int32Array(count)
      numberAll(ids, count)
      column = readKeys({ dictionary, ids, count }, [distinct.type], OWNER_BYTES)[0]
    }
    accumulator.accumulate(entries, owners, column, 0, count)
  }

  /** Arrays that a large window has widened are not kept for the next one: nobody counts them. */
  #forgetWide(): void {
    this.#keyOrder.forgetWide()
    if (this.#merged.isWide) this.#merged = new GroupTable(this.#spec.layout)
    if (this.#values.some((table) => table.isWide)) this.#values = this.#values.map(() => new GroupTable(NO_LANES))
    if (this.#entryOf.length > WIDE) this.#entryOf = new Int32Array(0)
  }

  #emitPlain(state: GroupState, due: (end: WallTime) => boolean): WallTime | undefined {
    const { blocks } = state.main
    const windows = [state.main, ...state.distinct].map((store) => new PlainWindows(store.blocks))
    const main = windows[0] as PlainWindows
    const window: DueWindow = { end: 0, start: 0, from: 0, to: 0 }
    let last: WallTime | undefined
    while (window.to < main.order.length) {
      const block = main.order[window.to] as number
      window.end = blocks.ends[block] as number
      window.start = blocks.starts[block] as number
      if (!due(window.end)) break
      main.seek(window)
      last = window.end
      if (window.to - window.from === 1 && this.#spec.distinctTables === 0)
        this.#append(blocks.pageOf(block), blocks.first[block] as number, blocks.length[block] as number, window)
      else this.#appendMerged(state, windows, window, false)
    }
    return last
  }

  #emitSliced(state: GroupState, ends: Float64Array): WallTime | undefined {
    const { windows: time } = this.#spec.reading as WindowReading
    const windows = [state.main, ...state.distinct].map((store) => new SlicedWindows(store.blocks))
    const window: DueWindow = { end: 0, start: Number.NaN, from: 0, to: 0 }
    for (const end of ends) {
      const start = time?.startOf(end) ?? 0
      // A window with the same start as the one before adds slices to it, so the merged groups stay.
      const grows = start === window.start
      window.end = end
      window.start = start
      windows[0]?.seek(window, grows)
      this.#appendMerged(state, windows, window, grows)
    }
    return ends.at(-1)
  }

  #appendMerged(
    state: GroupState,
    windows: readonly (PlainWindows | SlicedWindows)[],
    window: DueWindow,
    grows: boolean,
  ): void {
    const { aggregates } = this.#spec
    const merged = this.#merged
    if (!grows) merged.reset(window.end, window.start)
    this.#forBlocks(state.main, windows[0] as PlainWindows | SlicedWindows, window, (page, first, count) => {
      merged.findEntries(page.ids, first, first + count, this.#entryOf, 0)
      for (const { accumulator, distinct } of aggregates) {
        if (distinct === undefined) accumulator.merge(merged.entries, this.#entryOf, page, first, count)
      }
    })
    aggregates.forEach((aggregate) => {
      if (aggregate.distinct === undefined) return
      const { table } = aggregate.distinct
      const values = this.#values[table] as GroupTable
      const windowsOfValues = windows[table + 1] as PlainWindows | SlicedWindows
      const found: DueWindow = { ...window }
      if (!grows) values.reset(window.end, window.start)
      windowsOfValues.seek(found, grows)
      this.#forBlocks(state.distinct[table] as GroupStore, windowsOfValues, found, (page, first, count) => {
        values.findEntries(page.ids, first, first + count, this.#entryOf, 0)
      })
      this.#aggregateValues(aggregate, values.entries)
    })
    this.#append(merged.entries, 0, merged.entries.count, window)
  }

  #forBlocks(
    { blocks }: GroupStore,
    { order }: PlainWindows | SlicedWindows,
    window: DueWindow,
    visit: (page: Entries, first: number, count: number) => void,
  ): void {
    for (let at = window.from; at < window.to; at++) {
      const block = order[at] as number
      const count = blocks.length[block] as number
      if (this.#entryOf.length < count) this.#entryOf = new Int32Array(count)
      visit(blocks.pageOf(block), blocks.first[block] as number, count)
    }
  }

  /** Runs a DISTINCT aggregate over the distinct values of the merged window. */
  #aggregateValues({ accumulator, lane, extra, distinct }: BoundAggregate, values: Entries): void {
    if (distinct === undefined) return
    const dictionary = this.#keys.distinct[distinct.table] as Dictionary
    const { entries } = this.#merged
    // Where windows grow, all values are counted again, so the result of the window before must go.
    accumulator.initial.forEach((initial, index) => {
      entries.lanes[lane + index]?.fill(initial, 0, entries.count)
    })
    for (let index = 0; index < accumulator.extras; index++) (entries.extras[extra + index] as unknown[]).length = 0
    if (this.#entryOf.length < values.count) this.#entryOf = new Int32Array(values.count)
    for (let i = 0; i < values.count; i++) {
      const owner = readOwner(dictionary.arena, dictionary.offsets[values.ids[i] as number] as number)
      this.#entryOf[i] = this.#merged.entryOf(owner)
    }
    const [column] = readKeys({ dictionary, ids: values.ids, count: values.count }, [distinct.type], OWNER_BYTES)
    accumulator.accumulate(entries, this.#entryOf, column, 0, values.count)
  }

  /** Appends entries [first, first + count) of a window to the batch; a batch that is full is put out. */
  #append(from: Entries, first: number, count: number, window: DueWindow): void {
    const isSorted = this.#demand.ordered && count > 1
    const order = isSorted ? this.#keyOrder.of(from.ids, first, count) : undefined
    this.#appendBy(order, { from, first, count }, window)
  }

  /** The same in an order of their indexes, or as they are. */
  #appendBy(order: Int32Array | undefined, { from, first, count }: Run, window: DueWindow): void {
    const most = this.#demand.whole ? count : BATCH_ROWS
    for (let at = 0; at < count; at += most) {
      const rows = Math.min(most, count - at)
      if (order === undefined) appendEntries(this.#out, this.#spec.layout, from, first + at, rows)
      else pickEntries(this.#out, this.#spec.layout, from, at === 0 ? order : order.subarray(at), rows)
      this.#appendTimes(window, rows)
      if (this.#out.count >= BATCH_ROWS) this.#flush()
    }
    if (!this.#demand.stepwise) return
    this.#flush()
    this.#next.advance(0, closingOf(this.#spec.reading?.windows, window.end))
  }

  /** Notes the window of the last rows of the batch. */
  #appendTimes({ end, start }: DueWindow, rows: number): void {
    const { count } = this.#out
    if (count > this.#ends.length) {
      this.#ends = widened(this.#ends, count)
      this.#starts = widened(this.#starts, count)
    }
    this.#ends.fill(end, count - rows, count)
    this.#starts.fill(start, count - rows, count)
  }

  #flush(): void {
    const { count, ids } = this.#out
    if (count === 0) return
    const { output, keyTypes, aggregates, reading } = this.#spec
    const keys = readKeys({ dictionary: this.#keys.main, ids, count }, keyTypes)
    const columns = output.map((column): Column => {
      if (column.kind === 'key') return keys[column.index] as Column
      if (column.kind === 'aggregate') return (aggregates[column.index] as BoundAggregate).accumulator.result(this.#out)
      if (column.role !== 'time') return doubles(column.role === 'start' ? this.#starts : this.#ends)
      return doubles(this.#ends.subarray(0, count).map((end) => reading?.windows?.timeOf(end) ?? end - 1))
    })
    this.#next.push(batchOfRows(count, columns))
    clearEntries(this.#out, this.#spec.layout)
  }
}

function numberAll(ids: Int32Array, count: number): void {
  for (let id = 0; id < count; id++) ids[id] = id
}

const doubles = (values: Float64Array): Column => ({ kind: 'double', values, nulls: undefined })
