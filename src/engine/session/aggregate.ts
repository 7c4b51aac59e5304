/**
 * Aggregates over sessions, grouped by the window and the very key of the sessions: then a piece of a session needs its
 * aggregates alone, and no rows. All other groups are made of the rows of sessions: see `rows.ts`.
 *
 * A bounded query runs over ranges of its input, as `Aggregate` does: `take` hands over the pieces of a range, `adopt` adds
 * them to those of the ranges before it.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Batch } from '../../record/column.ts'
import type { Demand } from '../aggregate/emit.ts'
import type { Entries } from '../aggregate/entries.ts'
import type { AggregatePartial } from '../aggregate/group-state.ts'
import { Keys, type KeysState } from '../aggregate/keys.ts'
import { Renaming } from '../aggregate/renaming.ts'
import type { AggregateSpec } from '../aggregate/spec.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import type { WallTime, WindowTime } from '../window/time.ts'
import { Aggregates } from './aggregates.ts'
import { SessionEmitter } from './emit.ts'
import type { FoundSessions } from './found.ts'
import { SessionIntake } from './intake.ts'
import type { PiecesState } from './piece-table.ts'
import { type Pieces, settle } from './pieces.ts'
import { Sessions } from './sessions.ts'

export type SessionAggregateOptions = {
  readonly spec: AggregateSpec
  /** The column of event time. */
  readonly time: number
  readonly streaming: boolean
  readonly partitions: number
  readonly demand: Demand
  readonly saved: OperatorState | undefined
  /** As of `Aggregate`. */
  readonly adopter: SessionAggregate | undefined
}

type SavedPieces = { readonly pieces: PiecesState; readonly entries: Entries }

/** A running aggregate over sessions. Its rows are one partition. */
export class SessionAggregate implements Operator, Holder {
  readonly #streaming: boolean
  readonly #windows: WindowTime
  readonly #next: Operator
  readonly #intake: SessionIntake
  readonly #emitter: SessionEmitter
  readonly #keys: Keys
  readonly #ownsKeys: boolean
  readonly #contents: readonly Aggregates[]
  readonly #sessions: Sessions
  readonly #renamings = new Map<number, Renaming>()
  readonly #watermarks: Watermarks
  #closed: EventTime
  /** End of the last window emitted. */
  #emitted: WallTime

  constructor(options: SessionAggregateOptions, next: Operator, reject: Reject) {
    const { spec, time, partitions, demand, saved, adopter } = options
    const windows = spec.reading?.windows
    assert(windows !== undefined, 'sessions have a clock')
    this.#streaming = options.streaming
    this.#windows = windows
    this.#next = next
    this.#ownsKeys = adopter === undefined
    this.#keys = adopter === undefined ? new Keys(0, saved?.keys as KeysState | undefined) : adopter.#keys
    this.#intake = new SessionIntake({ windows, time, keys: spec.keys, dictionary: this.#keys.main }, reject)
    this.#contents = Array.from({ length: partitions }, () => new Aggregates(spec))
    this.#sessions = new Sessions(windows, this.#contents)
    this.#emitter = new SessionEmitter({ spec, windows, dictionary: this.#keys.main, demand }, this.#contents, next)
    this.#watermarks = new Watermarks(partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
    const states = saved?.states as readonly SavedPieces[] | undefined
    assert(states === undefined || states.length === partitions, 'there is a saved state of each partition')
    for (const [partition, { pieces, entries }] of (states ?? []).entries()) {
      this.#sessions.pieces[partition]?.restore(pieces, this.#keys.main.size)
      this.#contents[partition]?.restore(entries)
    }
  }

  push(batch: Batch): void {
    const pieces = this.#sessions.pieces[batch.partition]
    const content = this.#contents[batch.partition]
    assert(pieces !== undefined && content !== undefined, 'a batch is of one of the partitions of its operator')
    content.begin(batch, this.#intake.reserve(batch.count))
    const before = this.#streaming ? this.#watermarks.values[batch.partition] : undefined
    this.#intake.place(batch, pieces, before)
    content.addTo(batch.count)
  }

  advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    this.#emit(this.#sessions.complete(this.#sessions.leastOpen(lowest)))
    this.#next.advance(0, lowest)
  }

  end(): void {
    this.#emit(this.#streaming ? this.#sessions.complete(Infinity) : this.#sessions.all())
    this.#next.end()
  }

  get closed(): EventTime {
    return this.#windows.closing(this.#emitted)
  }

  get due(): EventTime {
    return this.#windows.closing(this.#sessions.least())
  }

  get bytes(): number {
    return this.#contents.reduce((sum, { bytes }) => sum + bytes, this.#keys.bytes + this.#sessions.bytes)
  }

  get groups(): number {
    return this.#sessions.count
  }

  addWindows(ends: Set<number>): void {
    this.#sessions.addWindows(ends)
  }

  /** Hands over the pieces of a range. The aggregate keeps its keys and nothing else, ready for another range. */
  take(): AggregatePartial {
    const [pieces, content] = this.#only
    settle(pieces.table)
    const slots = pieces.table.slots()
    const { ids, starts, ends } = pieces.table.picked(slots)
    const entries = content.taken(slots)
    entries.ids = ids
    pieces.table.clear()
    const none = new Int32Array(0)
    const main = { ends, starts, chunk: none, offset: none, length: none, chunks: [entries] }
    return { main, distinct: [], keys: this.#ownsKeys ? this.#keys.publish() : undefined }
  }

  /** Adds the pieces of a range, in the order of the ranges; `from` as of `Aggregate`. */
  adopt({ keys, main }: AggregatePartial, from: number): void {
    if (keys !== undefined) {
      const renaming = this.#renamings.get(from) ?? new Renaming(this.#keys)
      this.#renamings.set(from, renaming)
      renaming.rename(keys, main, [])
    }
    const [pieces, content] = this.#only
    const [entries] = main.chunks
    if (entries === undefined) return
    pieces.table.reserveKeys(this.#keys.main.size)
    const slots = new Int32Array(entries.count)
    for (let piece = 0; piece < entries.count; piece++) {
      slots[piece] = pieces.take(entries.ids[piece] as number, main.starts[piece] as number, main.ends[piece] as number)
    }
    content.adopt(entries, slots)
  }

  snapshot(): OperatorState {
    return {
      keys: this.#keys.snapshot(),
      states: this.#sessions.pieces.map(({ table }, partition): SavedPieces => {
        const slots = table.slots()
        return { pieces: table.picked(slots), entries: (this.#contents[partition] as Aggregates).picked(slots) }
      }),
      watermarks: this.#watermarks.values.slice(),
      emitted: this.#emitted,
    }
  }

  #emit(found: FoundSessions): void {
    if (found.count === 0) return
    this.#emitted = this.#emitter.emit(found)
    this.#sessions.release()
    if (this.#ownsKeys) this.#sessions.forgetKeys(this.#keys.main)
  }

  get #only(): readonly [Pieces, Aggregates] {
    const [pieces, content] = [this.#sessions.pieces[0], this.#contents[0]]
    assert(pieces !== undefined && content !== undefined, 'a range has one partition')
    return [pieces, content]
  }
}
