/**
 * The aggregate operator. A state for each partition of the input takes its rows; when the lowest watermark closes a
 * window, what the partitions have of it is merged in the order of the partitions and emitted.
 *
 * In parts: `take` hands over what the rows so far came to, `adopt` takes such a part over, in the order of the calls, and
 * `end` emits. So a local aggregate on each range of a file and a final one give the same rows however many threads there are.
 */
import { assert } from '../../base/assert.ts'
import type { Batch } from '../../record/column.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import { Accumulator } from './accumulate.ts'
import { type Demand, Emitter } from './emit.ts'
import { type AggregatePartial, GroupState, type GroupStateSaved } from './group-state.ts'
import { Keys, type KeysState } from './keys.ts'
import { Renaming } from './renaming.ts'
import type { AggregateSpec } from './spec.ts'

type Due = (end: number) => boolean

export type AggregateOptions = {
  readonly spec: AggregateSpec
  readonly streaming: boolean
  readonly partitions: number
  readonly demand: Demand
  readonly saved: OperatorState | undefined
  /** What is to adopt the parts of this one, if it is in the same thread: keys then get ids only once. */
  readonly adopter: Aggregate | undefined
}

export class Aggregate implements Operator, Holder {
  readonly #spec: AggregateSpec
  readonly #next: Operator
  readonly #accumulator: Accumulator
  readonly #emitter: Emitter
  readonly #keys: Keys
  readonly #ownsKeys: boolean
  readonly #states: readonly GroupState[]
  /** What the partitions have closed; with one partition its own state. */
  readonly #merged: GroupState
  readonly #renamings = new Map<number, Renaming>()
  readonly #watermarks: Watermarks
  #closed: number
  /** End of the last window emitted. */
  #emitted: number

  constructor(
    { spec, streaming, partitions, demand, saved, adopter }: AggregateOptions,
    next: Operator,
    reject: Reject,
  ) {
    this.#spec = spec
    this.#next = next
    this.#accumulator = new Accumulator(spec, reject)
    this.#emitter = new Emitter(spec, demand, next)
    this.#ownsKeys = adopter === undefined
    this.#keys =
      adopter === undefined ? new Keys(spec.distinctTables, saved?.keys as KeysState | undefined) : adopter.#keys
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
  }

  push(batch: Batch): void {
    this.#accumulator.push(batch, this.#states[batch.partition] as GroupState)
  }

  advance(partition: number, watermark: number): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    const windows = this.#spec.reading?.windows
    if (this.#spec.reading !== undefined) this.#close((end) => lowest >= (windows?.closing(end) ?? end - 1))
    this.#next.advance(0, lowest)
  }

  end(): void {
    const { main } = this.#merged
    if (this.#spec.reading === undefined && this.#spec.keys.length === 0) {
      main.open(Infinity, 0, -Infinity).slotOf(main.dictionary.idOf(new Uint8Array(0), 0, 0)) // One group, also of no rows.
    }
    this.#close(() => true)
    this.#next.end()
  }

  /** The watermark that closes the last window emitted. */
  get closed(): number {
    const { reading } = this.#spec
    return reading === undefined ? -Infinity : (reading.windows?.closing(this.#emitted) ?? this.#emitted - 1)
  }

  /** The watermark that closes the first window not emitted yet: of a slice, the first of those that still count it. */
  get due(): number {
    const { reading } = this.#spec
    if (reading === undefined) return Infinity
    const { windows } = reading
    const sliced = reading.sliced ? windows : undefined
    const next = (end: number, start: number): number => {
      if (sliced === undefined || end > this.#emitted) return end
      const after = this.#emitted + sliced.unit
      return after <= sliced.lastEnd(start) ? after : Infinity
    }
    let first = this.#merged.main.least(next)
    for (const { main } of this.#states) first = Math.min(first, main.least(next))
    return windows?.closing(first) ?? first - 1
  }

  get bytes(): number {
    return this.#all.reduce((sum, state) => sum + state.bytes, this.#keys.bytes)
  }

  get groups(): number {
    return this.#all.reduce((sum, { main }) => sum + main.entries, 0)
  }

  addWindows(ends: Set<number>): void {
    for (const { main } of this.#all) main.addWindows(ends)
  }

  /** Hands over what came of a range; the aggregate is then as new, but for its keys, and ready for another. */
  take(): AggregatePartial {
    const { main, distinct } = this.#merged.take()
    return { main, distinct, keys: this.#ownsKeys ? this.#keys.tell() : undefined }
  }

  /** `from`: which aggregate it is of, as each tells its keys once. Its parts come in the order in which it took them. */
  adopt(partial: AggregatePartial, from: number): void {
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

  #close(due: Due): void {
    for (const state of this.#states) {
      if (!state.main.some(due)) continue
      state.seal(due)
      if (state !== this.#merged) this.#merged.import(state, due)
    }
    const merged = this.#merged
    merged.seal(due)
    if (merged.main.segments.count === 0) return
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
