/**
 * The aggregate operator. Each partition of the input has a state, which takes its rows; when the lowest watermark closes
 * a window, the partitions' groups of that window are merged in order of partition and emitted.
 *
 *   rows ──Intake──▶ GroupState, one for each partition
 *                    ├─ main: GroupStore
 *                    │    hot: GroupTable, 16 at most         sealed: Blocks
 *                    │    ┌ window 12:05 ───────────┐         ┌ page ──────────────────┐
 *                    │    │ key ─Keys─▶ id ─▶ entry │  seal   │ block 12:00 │ 12:01    │
 *                    │    │ Entries: ids            │ ──────▶ ├ page ──────────────────┤
 *                    │    │          lanes, extras  │         │ block 12:00 │ 12:02 │  │
 *                    │    └─────────────────────────┘         └────────────────────────┘
 *                    └─ distinct: GroupStore, one for each DISTINCT aggregate; its keys are (owner, value)
 *
 *   the closed windows of all GroupStates ──import──▶ GroupState `merged` ──Emitter──▶ result rows
 *
 * | Word | Meaning |
 * | --- | --- |
 * | key, id | the bytes of a group's key columns; the small integer that `Keys` gives them, the same in all states |
 * | entry | the index of a group in `Entries`: its id is `ids[entry]` |
 * | lane, extra | an array with a double for each entry; an array of values that no double holds |
 * | accumulator | an aggregate of the query at work: it owns some of the lanes and extras |
 * | hot, sealed | a window to which rows are being added; one put aside, as it closed or no row came for a while |
 * | block, page | the entries of a window from one sealing (a window may have several); arrays that hold blocks |
 * | slice | what overlapping windows (HOP, CUMULATE) are made of: all rows of a slice are in the same windows |
 * | owner | the id of the group that a distinct value belongs to |
 *
 * A bounded query runs over ranges of its input: `take` hands over the partial result of a range, `adopt` adds it to
 * another aggregate, in the order of the calls, and `end` emits. The rows are the same for any number of threads. Groups
 * without windows whose results do not depend on any order are kept until a thread has run all its ranges (`whole/`).
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Batch } from '../../record/column.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import { closingOf } from '../window/row-windows.ts'
import type { WallTime } from '../window/time.ts'
import { type Demand, Emitter } from './emit.ts'
import { type AggregatePartial, GroupState, type GroupStateSaved } from './group-state.ts'
import { Intake } from './intake.ts'
import { Keys, type KeysState } from './keys.ts'
import { Renaming } from './renaming.ts'
import type { AggregateSpec } from './spec.ts'
import { type HeldElsewhere, staysWhole, WholeGroups, type WholeRest } from './whole/whole-groups.ts'

type Due = (end: WallTime) => boolean

export type AggregateOptions = {
  readonly spec: AggregateSpec
  readonly streaming: boolean
  readonly partitions: number
  readonly demand: Demand
  readonly saved: OperatorState | undefined
  /** The aggregate that adopts the partial results of this one, if it is in the same thread: both then use its keys. */
  readonly adopter: Aggregate | undefined
  /** Whether it may keep the groups of all ranges that it runs, and hand them over at the end (`rest`). */
  readonly keeps: boolean
}

/** A running aggregate. Its rows are one partition. */
export class Aggregate implements Operator, Holder {
  readonly #spec: AggregateSpec
  readonly #next: Operator
  readonly #intake: Intake
  readonly #emitter: Emitter
  readonly #keys: Keys
  readonly #ownsKeys: boolean
  readonly #states: readonly GroupState[]
  /** The groups of windows that every partition has closed; with one partition, the state of that partition. */
  readonly #merged: GroupState
  readonly #renamings = new Map<number, Renaming>()
  readonly #watermarks: Watermarks
  /** The groups by id, in place of the states: of an aggregate that keeps its groups, or adopts those of one. */
  #whole: WholeGroups | undefined
  #closed: EventTime
  /** End of the last window emitted. */
  #emitted: WallTime

  constructor(
    { spec, streaming, partitions, demand, saved, adopter, keeps }: AggregateOptions,
    next: Operator,
    reject: Reject,
  ) {
    this.#spec = spec
    this.#next = next
    this.#intake = new Intake(spec, reject)
    this.#ownsKeys = adopter === undefined
    this.#keys =
      adopter === undefined ? new Keys(spec.distinctTables, saved?.keys as KeysState | undefined) : adopter.#keys
    this.#emitter = new Emitter(spec, this.#keys, demand, next)
    const open = (state: GroupStateSaved | undefined) =>
      new GroupState(spec, { streaming, keys: this.#keys, saved: state })
    const states = saved?.states as readonly GroupStateSaved[] | undefined
    assert(states === undefined || states.length === partitions, 'there is a saved state of each partition')
    this.#states = Array.from({ length: partitions }, (_, index) => open(states?.[index]))
    const only = partitions === 1 ? this.#states[0] : undefined
    this.#merged = only ?? open(saved?.merged as GroupStateSaved | undefined)
    this.#watermarks = new Watermarks(partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
    if (keeps && staysWhole(spec)) this.#whole = new WholeGroups(spec, this.#keys)
  }

  push(batch: Batch): void {
    if (this.#whole !== undefined) {
      this.#intake.pushWhole(batch, this.#whole)
      return
    }
    const state = this.#states[batch.partition]
    assert(state !== undefined, 'a batch is of one of the partitions of its operator')
    this.#intake.push(batch, state)
  }

  advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    const { reading } = this.#spec
    if (reading !== undefined) this.#close((end) => lowest >= closingOf(reading.windows, end))
    this.#next.advance(0, lowest)
  }

  end(): void {
    const { main } = this.#merged
    const one = this.#spec.reading === undefined && this.#spec.keys.length === 0
    const id = one ? this.#keys.main.idOf(new Uint8Array(0), 0, 0) : undefined // One group, also of no rows.
    if (this.#whole !== undefined) this.#emitter.emitWhole(this.#whole)
    else {
      if (id !== undefined) main.open(Infinity, 0, -Infinity).entryOf(id)
      this.#close(() => true)
    }
    this.#next.end()
  }

  /** The watermark that closes the last window emitted. */
  get closed(): EventTime {
    const { reading } = this.#spec
    return reading === undefined ? -Infinity : closingOf(reading.windows, this.#emitted)
  }

  /** The watermark that closes the first window not yet emitted; for a slice, the first such window that counts it. */
  get due(): EventTime {
    const { reading } = this.#spec
    if (reading === undefined) return Infinity
    const { windows } = reading
    const sliced = reading.sliced ? windows : undefined
    const next = (end: WallTime, start: WallTime): WallTime => {
      if (sliced === undefined || end > this.#emitted) return end
      const after = this.#emitted + sliced.unit
      return after <= sliced.lastEnd(start) ? after : Infinity
    }
    let first = this.#merged.main.least(next)
    for (const { main } of this.#states) first = Math.min(first, main.least(next))
    return closingOf(windows, first)
  }

  get bytes(): number {
    return this.#all.reduce((sum, state) => sum + state.bytes, this.#keys.bytes + (this.#whole?.bytes ?? 0))
  }

  get groups(): number {
    return this.#all.reduce((sum, { main }) => sum + main.entries, this.#whole?.groups ?? 0)
  }

  addWindows(ends: Set<number>): void {
    for (const { main } of this.#all) main.addWindows(ends)
  }

  /**
   * Ends a range. An aggregate that keeps its groups says what it holds, and hands them over by `rest` once it has run all its
   * ranges; another hands over the partial result of the range, keeps its keys and nothing else, and is ready for the next.
   */
  take(): AggregatePartial | HeldElsewhere {
    if (this.#whole !== undefined) {
      this.#whole.endRange()
      const { bytes, groups } = this.#whole
      return { bytes: bytes + (this.#ownsKeys ? this.#keys.bytes : 0), groups }
    }
    const { main, distinct } = this.#merged.take()
    return { main, distinct, keys: this.#ownsKeys ? this.#keys.publish() : undefined }
  }

  /** Hands over the groups of all ranges, if the aggregate keeps them: it must not be used afterwards. */
  rest(): WholeRest | undefined {
    return this.#whole?.take(this.#ownsKeys)
  }

  /** Adds what `rest` of another aggregate has given. */
  adoptRest(rest: WholeRest, from: number): void {
    this.#wholeGroups().adopt(rest, from)
  }

  /**
   * Adds a partial result. `from` tells aggregates apart, as each publishes a key only once; partial results of one
   * aggregate come in the order in which it took them.
   */
  adopt(partial: AggregatePartial | HeldElsewhere, from: number): void {
    if (!('main' in partial)) {
      this.#wholeGroups().ranBy(from, partial)
      return
    }
    if (partial.keys !== undefined) {
      const renaming = this.#renamings.get(from) ?? new Renaming(this.#keys)
      this.#renamings.set(from, renaming)
      renaming.rename(partial.keys, partial.main, partial.distinct)
    }
    this.#merged.adopt(partial)
  }

  snapshot(): OperatorState {
    return {
      keys: this.#keys.snapshot(),
      states: this.#states.map((state) => state.snapshot()),
      merged: this.#states.includes(this.#merged) ? undefined : this.#merged.snapshot(),
      watermarks: this.#watermarks.values.slice(),
      emitted: this.#emitted,
    }
  }

  #wholeGroups(): WholeGroups {
    this.#whole ??= new WholeGroups(this.#spec, this.#keys)
    return this.#whole
  }

  #close(due: Due): void {
    for (const state of this.#states) {
      if (!state.main.some(due)) continue
      state.seal(due)
      if (state !== this.#merged) this.#merged.import(state, due)
    }
    const merged = this.#merged
    merged.seal(due)
    if (merged.main.blocks.count === 0) return
    this.#emitted = this.#emitter.emit(merged, this.#emitted, due)
    const { reading } = this.#spec
    const windows = reading?.sliced === true ? reading.windows : undefined
    merged.drop(windows === undefined ? due : (_end, start) => due(windows.lastEnd(start)))
    if (this.#ownsKeys) this.#keys.collect(this.#all)
  }

  get #all(): readonly GroupState[] {
    return this.#states.includes(this.#merged) ? this.#states : [...this.#states, this.#merged]
  }
}
