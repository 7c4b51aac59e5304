/** Turns complete sessions into result rows: in order of their ends, then starts, then keys. */
import { batchOfRows, type Column } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import { widened } from '../../record/gather.ts'
import type { Demand } from '../aggregate/emit.ts'
import { appendEntries, clearEntries, type Entries, makeEntries, pickEntries } from '../aggregate/entries.ts'
import type { AggregateSpec, BoundAggregate } from '../aggregate/spec.ts'
import { readKeys } from '../key/read.ts'
import type { Operator } from '../operator.ts'
import type { WallTime, WindowTime } from '../window/time.ts'
import type { Aggregates } from './aggregates.ts'
import type { FoundSessions } from './found.ts'

const BATCH_ROWS = 1 << 12

export type SessionEmitterOptions = {
  readonly spec: AggregateSpec
  readonly windows: WindowTime
  readonly dictionary: Dictionary
  readonly demand: Demand
}

/** Emits the sessions of one aggregate to the next operator. */
export class SessionEmitter {
  readonly #options: SessionEmitterOptions
  readonly #contents: readonly Aggregates[]
  readonly #next: Operator
  readonly #out: Entries
  #ends = new Float64Array(BATCH_ROWS)
  #starts = new Float64Array(BATCH_ROWS)
  readonly #one: Int32Array = new Int32Array(1)

  constructor(options: SessionEmitterOptions, contents: readonly Aggregates[], next: Operator) {
    this.#options = options
    this.#contents = contents
    this.#next = next
    this.#out = makeEntries(options.spec.layout, BATCH_ROWS)
  }

  /** Emits sessions, of which there is one at least. Returns the end of the last. */
  emit(found: FoundSessions): WallTime {
    const { dictionary, demand, windows } = this.#options
    const order = found.inOrder(demand.ordered ? (a, b) => dictionary.compare(a, b) : () => 0)
    let [start, end] = [Number.NaN, Number.NaN]
    if (this.#contents.length === 1 && !demand.stepwise && !demand.whole) return this.#emitSingle(found, order)
    for (const session of order) {
      const isNew = found.ends[session] !== end || found.starts[session] !== start
      const isFull = this.#out.count >= BATCH_ROWS && (isNew || !demand.whole)
      const isStep = demand.stepwise && isNew && !Number.isNaN(end)
      if (isFull || isStep) this.#flush()
      if (isStep && found.ends[session] !== end) this.#next.advance(0, windows.closing(end))
      start = found.starts[session] as number
      end = found.ends[session] as number
      this.#append(found, session)
    }
    this.#flush()
    if (demand.stepwise) this.#next.advance(0, windows.closing(end))
    return end
  }

  /** Each session is one piece: many are put out at a time. */
  #emitSingle({ ids, starts, ends, slots }: FoundSessions, order: Int32Array): WallTime {
    const out = this.#out
    const { entries } = this.#contents[0] as Aggregates
    const chosen = new Int32Array(Math.min(BATCH_ROWS, order.length))
    for (let from = 0; from < order.length; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, order.length - from)
      for (let at = 0; at < count; at++) {
        const session = order[from + at] as number
        chosen[at] = slots[session] as number
        this.#starts[at] = starts[session] as number
        this.#ends[at] = ends[session] as number
      }
      pickEntries(out, this.#options.spec.layout, entries, chosen, count)
      for (let at = 0; at < count; at++) out.ids[at] = ids[order[from + at] as number] as number
      this.#flush()
    }
    return ends[order[order.length - 1] as number] as number
  }

  #append({ ids, starts, ends, firsts, partitions, slots }: FoundSessions, session: number): void {
    const out = this.#out
    const at = out.count
    const { layout, aggregates } = this.#options.spec
    const to = firsts[session + 1] as number
    for (let piece = firsts[session] as number; piece < to; piece++) {
      const { entries } = this.#contents[partitions[piece] as number] as Aggregates
      const slot = slots[piece] as number
      if (out.count === at) appendEntries(out, layout, entries, slot, 1)
      else {
        this.#one[0] = at
        for (const { accumulator } of aggregates) accumulator.merge(out, this.#one, entries, slot, 1)
      }
    }
    if (at >= this.#ends.length) {
      this.#ends = widened(this.#ends)
      this.#starts = widened(this.#starts)
    }
    out.ids[at] = ids[session] as number
    this.#ends[at] = ends[session] as number
    this.#starts[at] = starts[session] as number
  }

  #flush(): void {
    const { count, ids } = this.#out
    if (count === 0) return
    const { spec, dictionary, windows } = this.#options
    const { output, keyTypes, aggregates, layout } = spec
    const keys = readKeys({ dictionary, ids, count }, keyTypes)
    const columns = output.map((column): Column => {
      if (column.kind === 'key') return keys[column.index] as Column
      if (column.kind === 'aggregate') return (aggregates[column.index] as BoundAggregate).accumulator.result(this.#out)
      if (column.role !== 'time') return doubles(column.role === 'start' ? this.#starts : this.#ends)
      return doubles(this.#ends.subarray(0, count).map((end) => windows.timeOf(end)))
    })
    this.#next.push(batchOfRows(count, columns))
    clearEntries(this.#out, layout)
  }
}

const doubles = (values: Float64Array): Column => ({ kind: 'double', values, nulls: undefined })
