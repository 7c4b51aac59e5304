/**
 * One side of an interval join: rows that wait until the watermark has reached them, and rows that have been joined with what came
 * before them and are kept for what comes. A kept row is over at `reach` + 1 after its time: then no row that fits it can come.
 */
import type { Duration, EventTime } from '../../base/quantity.ts'
import type { Column, DoubleColumn } from '../../record/column.ts'
import { widened } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import { WaitingRows, type WaitingState } from '../waiting.ts'
import { KeyLists } from './key-lists.ts'
import type { SideRows } from './pairs.ts'

export type IntervalSideState = {
  readonly waiting: WaitingState
  readonly kept: WaitingState
  readonly fitted: Uint8Array
}

export type IntervalSideOptions = {
  readonly fields: readonly Field[]
  readonly keys: readonly number[]
  /** Column of the event time. */
  readonly time: number
  readonly reach: Duration
}

/** The rows of one side. */
export class IntervalSide implements SideRows {
  readonly waiting: WaitingRows
  readonly kept: WaitingRows
  readonly lists: KeyLists = new KeyLists()
  columns: readonly Column[]
  /** Of each slot of those that are kept: whether something fitted it (1), and its time. */
  fitted: Uint8Array
  times: Float64Array
  /** Of the rows that are ready: the slot of the first, behind which are the others, and the turn of each. */
  first = 0
  turns: Float64Array = new Float64Array(0)
  readonly #options: IntervalSideOptions

  constructor(options: IntervalSideOptions, saved: IntervalSideState | undefined) {
    this.#options = options
    this.waiting = new WaitingRows(options.fields, saved?.waiting)
    this.kept = new WaitingRows(options.fields, saved?.kept)
    this.fitted = saved?.fitted.slice() ?? new Uint8Array(0)
    this.columns = this.kept.batch().columns
    this.times = this.#timesOf(this.kept.size)
  }

  get bytes(): number {
    const { waiting, kept, lists } = this
    return waiting.bytes + kept.bytes + lists.bytes + this.fitted.byteLength + this.times.byteLength
  }

  /** Whether a key of the row is NULL, or NaN: they equal nothing. */
  isUnequal(slot: number): boolean {
    for (const key of this.#options.keys) {
      const column = this.columns[key] as Column
      if (column.nulls?.[slot] === 1) return true
      if (column.kind === 'double' && Number.isNaN(column.values[slot])) return true
    }
    return false
  }

  /** Moves the rows that the watermark has reached to those that are kept, in order; returns how many there are. */
  ready(until: EventTime): number {
    const { waiting, kept } = this
    const source = waiting.batch()
    const { values } = source.columns[this.#options.time] as DoubleColumn
    let count = 0
    for (let slot = waiting.take(until); slot >= 0; slot = waiting.take(until)) {
      const turn = waiting.at[slot] as number
      const time = values[slot] as number
      const over = Math.max(time + this.#options.reach + 1, Math.floor(turn) + 1)
      const to = kept.add(slot, waiting.ids[slot] as number, over, 0)
      if (count === 0) this.first = to
      if (count === this.turns.length) this.turns = widened(this.turns, 64)
      this.turns[count++] = turn
      if (to >= this.times.length) this.#widen(to)
      this.times[to] = time
      this.fitted[to] = 0
      waiting.remove(slot)
    }
    if (count === 0) return 0
    kept.append(source)
    this.columns = kept.batch().columns
    waiting.tidy()
    return count
  }

  /** Whether a row that has been joined at this turn may still find more. */
  isKept(slot: number, turn: EventTime): boolean {
    return (this.times[slot] as number) + this.#options.reach + 1 > turn
  }

  /** Removes rows that are over, if they are many; slots change then. */
  tidy(keys: number): void {
    const slots = this.kept.tidy()
    if (slots !== undefined) this.#moved(slots, keys)
  }

  compact(keys: number): void {
    this.#moved(this.kept.compact(), keys)
    this.waiting.compact()
  }

  /** Gives the keys other ids. */
  rename(renamed: Int32Array, keys: number): void {
    this.waiting.rename(renamed)
    this.kept.rename(renamed)
    this.relist(keys)
  }

  /** Makes the lists of keys anew. */
  relist(keys: number): void {
    const { kept, lists, times } = this
    lists.clear(keys)
    const slots = Int32Array.from(kept.all()).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b)
    for (const slot of slots) lists.add(kept.ids[slot] as number, slot, times)
  }

  /** After `compact`. */
  snapshot(): IntervalSideState {
    return {
      waiting: this.waiting.snapshot(),
      kept: this.kept.snapshot(),
      fitted: this.fitted.slice(0, this.kept.size),
    }
  }

  #moved(slots: Int32Array, keys: number): void {
    this.fitted = Uint8Array.from(slots, (slot) => this.fitted[slot] as number)
    this.columns = this.kept.batch().columns
    this.times = this.#timesOf(slots.length)
    this.relist(keys)
  }

  #timesOf(count: number): Float64Array {
    return (this.columns[this.#options.time] as DoubleColumn).values.slice(0, count)
  }

  #widen(slot: number): void {
    this.times = widened(this.times, slot + 64)
    const fitted = new Uint8Array(this.times.length)
    fitted.set(this.fitted)
    this.fitted = fitted
  }
}
