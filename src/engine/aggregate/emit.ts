/**
 * Turns what was aggregated into result rows: window by window in order of end, groups in order of key.
 *
 * Small windows are gathered into one batch; a batch always ends with a window. Where the operator behind does not mind
 * the order of rows within a window (`ordered` false), groups stay in order of their first row and nothing is sorted.
 */
import type { Batch, Column } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import { readKeys } from '../key/read.ts'
import type { Operator } from '../operator.ts'
import { type DueWindow, PlainWindows, SlicedWindows, slicedEnds } from './due-windows.ts'
import { appendEntries, clearEntries, type Entries, makeEntries, pickEntries } from './entries.ts'
import type { GroupState } from './group-state.ts'
import { GroupTable } from './group-table.ts'
import { keyOrder } from './key-order.ts'
import { readOwner } from './keys.ts'
import type { SliceStore } from './slice-store.ts'
import type { AggregateSpec, BoundAggregate } from './spec.ts'

/** What the operators behind want of the rows. */
export type Demand = {
  /** Whether groups of a window come in order of key. */
  readonly ordered: boolean
  /** Whether the watermark that closes a window is passed on right after its rows, before those of the next. */
  readonly stepwise: boolean
}

const BATCH_ROWS = 1 << 12
const OWNER_BYTES = 4

export class Emitter {
  readonly #spec: AggregateSpec
  readonly #ordered: boolean
  readonly #stepwise: boolean
  readonly #next: Operator
  readonly #out: Entries
  #ends = new Float64Array(BATCH_ROWS)
  #starts = new Float64Array(BATCH_ROWS)
  readonly #merged: GroupTable
  readonly #values: readonly GroupTable[]
  #slots = new Int32Array(0)

  constructor(spec: AggregateSpec, { ordered, stepwise }: Demand, next: Operator) {
    this.#spec = spec
    this.#ordered = ordered
    this.#stepwise = stepwise
    this.#next = next
    this.#out = makeEntries(spec.layout, BATCH_ROWS)
    this.#merged = new GroupTable(spec.layout)
    this.#values = Array.from({ length: spec.distinctTables }, () => new GroupTable({ initial: [], extras: 0 }))
  }

  /** Emits the windows that are due and end after `after`. Returns the end of the last, or `after` if there was none. */
  emit(state: GroupState, after: number, due: (end: number) => boolean): number {
    const { reading } = this.#spec
    const last =
      reading?.sliced === true && reading.windows !== undefined
        ? this.#emitSliced(state, slicedEnds(state.main.segments, reading.windows, after, due))
        : this.#emitPlain(state, due)
    this.#flush(state.main.dictionary)
    return last ?? after
  }

  #emitPlain(state: GroupState, due: (end: number) => boolean): number | undefined {
    const { segments } = state.main
    const cursors = [state.main, ...state.distinct].map((store) => new PlainWindows(store.segments))
    const cursor = cursors[0] as PlainWindows
    const window: DueWindow = { end: 0, start: 0, from: 0, to: 0 }
    let last: number | undefined
    while (window.to < cursor.order.length) {
      const segment = cursor.order[window.to] as number
      window.end = segments.ends[segment] as number
      window.start = segments.starts[segment] as number
      if (!due(window.end)) break
      cursor.seek(window)
      last = window.end
      if (window.to - window.from === 1 && this.#spec.distinctTables === 0)
        this.#appendSegment(state.main, cursor, window)
      else this.#appendMerged(state, cursors, window, false)
    }
    return last
  }

  #emitSliced(state: GroupState, ends: Float64Array): number | undefined {
    const windows = this.#spec.reading?.windows
    const cursors = [state.main, ...state.distinct].map((store) => new SlicedWindows(store.segments))
    const window: DueWindow = { end: 0, start: Number.NaN, from: 0, to: 0 }
    for (const end of ends) {
      const start = windows?.startOf(end) ?? 0
      // Windows that begin together grow: what is merged already stays.
      const grows = start === window.start
      window.end = end
      window.start = start
      cursors[0]?.seek(window, grows)
      this.#appendMerged(state, cursors, window, grows)
    }
    return ends.at(-1)
  }

  #appendSegment(store: SliceStore, { order }: PlainWindows, window: DueWindow): void {
    const { segments } = store
    const segment = order[window.from] as number
    const chunk = segments.chunks[segments.chunk[segment] as number] as Entries
    const from = segments.offset[segment] as number
    this.#append(store.dictionary, chunk, from, segments.length[segment] as number, window)
  }

  #appendMerged(
    state: GroupState,
    cursors: readonly (PlainWindows | SlicedWindows)[],
    window: DueWindow,
    grows: boolean,
  ): void {
    const main = cursors[0] as PlainWindows | SlicedWindows
    const { aggregates } = this.#spec
    const merged = this.#merged
    if (!grows) merged.reset(window.end, window.start)
    this.#forSegments(state.main, main, window, (chunk, from, count) => {
      merged.slotsOf(chunk.ids, from, from + count, this.#slots, 0)
      for (const { kernel, distinct } of aggregates) {
        if (distinct === undefined) kernel.merge(merged.entries, this.#slots, chunk, from, count)
      }
    })
    aggregates.forEach((aggregate) => {
      if (aggregate.distinct === undefined) return
      const { table } = aggregate.distinct
      const values = this.#values[table] as GroupTable
      const cursor = cursors[table + 1] as PlainWindows | SlicedWindows
      const found: DueWindow = { ...window }
      if (!grows) values.reset(window.end, window.start)
      cursor.seek(found, grows)
      this.#forSegments(state.distinct[table] as SliceStore, cursor, found, (chunk, from, count) => {
        values.slotsOf(chunk.ids, from, from + count, this.#slots, 0)
      })
      this.#aggregateValues(aggregate, values.entries, (state.distinct[table] as SliceStore).dictionary)
    })
    this.#append(state.main.dictionary, merged.entries, 0, merged.entries.count, window)
  }

  #forSegments(
    { segments }: SliceStore,
    { order }: PlainWindows | SlicedWindows,
    window: DueWindow,
    visit: (chunk: Entries, from: number, count: number) => void,
  ): void {
    for (let at = window.from; at < window.to; at++) {
      const segment = order[at] as number
      const count = segments.length[segment] as number
      if (this.#slots.length < count) this.#slots = new Int32Array(count)
      visit(segments.chunks[segments.chunk[segment] as number] as Entries, segments.offset[segment] as number, count)
    }
  }

  /** Runs a DISTINCT aggregate over the distinct values of the merged window. */
  #aggregateValues({ kernel, lane, extra, distinct }: BoundAggregate, values: Entries, dictionary: Dictionary): void {
    if (distinct === undefined) return
    const { entries } = this.#merged
    // What it says of a window before, where windows grow, is not added to.
    kernel.initial.forEach((initial, index) => {
      entries.lanes[lane + index]?.fill(initial, 0, entries.count)
    })
    for (let index = 0; index < kernel.extras; index++) (entries.extras[extra + index] as unknown[]).length = 0
    if (this.#slots.length < values.count) this.#slots = new Int32Array(values.count)
    for (let i = 0; i < values.count; i++) {
      const owner = readOwner(dictionary.arena, dictionary.offsets[values.ids[i] as number] as number)
      this.#slots[i] = this.#merged.slotOf(owner)
    }
    const [column] = readKeys(dictionary, values.ids, values.count, [distinct.type], OWNER_BYTES)
    kernel.accumulate(entries, this.#slots, column, 0, values.count)
  }

  #append(dictionary: Dictionary, from: Entries, start: number, count: number, window: DueWindow): void {
    const out = this.#out
    const at = out.count
    if (this.#ordered && count > 1)
      pickEntries(out, this.#spec.layout, from, keyOrder(dictionary, from.ids, start, count), count)
    else appendEntries(out, this.#spec.layout, from, start, count)
    if (out.count > this.#ends.length) {
      this.#ends = widened(this.#ends, out.count)
      this.#starts = widened(this.#starts, out.count)
    }
    this.#ends.fill(window.end, at, out.count)
    this.#starts.fill(window.start, at, out.count)
    if (out.count >= BATCH_ROWS || this.#stepwise) this.#flush(dictionary)
    if (this.#stepwise) this.#next.advance(0, this.#spec.reading?.windows?.closing(window.end) ?? window.end - 1)
  }

  #flush(dictionary: Dictionary): void {
    const { count, ids } = this.#out
    if (count === 0) return
    const { output, keyTypes, aggregates, reading } = this.#spec
    const keys = readKeys(dictionary, ids, count, keyTypes)
    const columns = output.map((part): Column => {
      if (part.kind === 'key') return keys[part.index] as Column
      if (part.kind === 'aggregate') return (aggregates[part.index] as BoundAggregate).kernel.result(this.#out)
      if (part.role !== 'time') return doubles(part.role === 'start' ? this.#starts : this.#ends)
      return doubles(this.#ends.subarray(0, count).map((end) => reading?.windows?.timeOf(end) ?? end - 1))
    })
    const batch: Batch = { count, columns, partition: 0, origin: undefined, watermark: undefined }
    this.#next.push(batch)
    clearEntries(this.#out, this.#spec.layout)
  }
}

const doubles = (values: Float64Array): Column => ({ kind: 'double', values, nulls: undefined })

function widened(from: Float64Array, least: number): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(Math.max(least, from.length * 2))
  wider.set(from)
  return wider
}
