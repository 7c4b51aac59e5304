/**
 * SESSION as a window table function: the rows of each session, with its window behind their columns. They are put out when the
 * session is complete, as Flink puts them out: sessions in order of end, then start, then key, and the rows of one by
 * partition, then in the order in which they came. A row that is late is in no session.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import { type Batch, batchOfRows, type Column } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import type { Mode } from '../../sql/plan/plan.ts'
import type { SessionPlan } from '../../sql/plan/window-of.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import { RowStore } from '../sort/row-store.ts'
import { windowTime } from '../window/reading.ts'
import type { WallTime, WindowTime } from '../window/time.ts'
import { Chains, type ChainsState } from './chains.ts'
import type { FoundSessions } from './found.ts'
import { SessionIntake } from './intake.ts'
import type { PiecesState } from './piece-table.ts'
import { Sessions } from './sessions.ts'

export type SessionRowsOptions = {
  readonly plan: SessionPlan
  readonly mode: Mode
  readonly timezone: string
  readonly partitions: number
  readonly saved: OperatorState | undefined
}

type SavedPieces = { readonly pieces: PiecesState; readonly rows: ChainsState }

const BATCH_ROWS = 1 << 12

/** A running SESSION. Its rows are one partition. */
export class SessionRows implements Operator, Holder {
  readonly #plan: SessionPlan
  readonly #streaming: boolean
  readonly #windows: WindowTime
  readonly #next: Operator
  readonly #dictionary: Dictionary
  readonly #intake: SessionIntake
  readonly #contents: readonly Chains[]
  readonly #sessions: Sessions
  readonly #watermarks: Watermarks
  #closed: EventTime
  /** End of the last window emitted. */
  #emitted: WallTime

  constructor({ plan, mode, timezone, partitions, saved }: SessionRowsOptions, next: Operator, reject: Reject) {
    const windows = windowTime(plan, timezone)
    this.#plan = plan
    this.#streaming = mode === 'streaming'
    this.#windows = windows
    this.#next = next
    const keys = saved?.keys as DictionaryState | undefined
    this.#dictionary = keys === undefined ? new Dictionary() : Dictionary.restore(keys)
    const { time, partitionBy, input } = plan
    this.#intake = new SessionIntake({ windows, time, keys: partitionBy, dictionary: this.#dictionary }, reject)
    const states = saved?.states as readonly SavedPieces[] | undefined
    assert(states === undefined || states.length === partitions, 'there is a saved state of each partition')
    this.#contents = Array.from({ length: partitions }, (_, index) => new Chains(input.fields, states?.[index]?.rows))
    this.#sessions = new Sessions(windows, this.#contents)
    for (const [partition, { pieces }] of (states ?? []).entries()) {
      this.#sessions.pieces[partition]?.restore(pieces, this.#dictionary.size)
    }
    this.#watermarks = new Watermarks(partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
  }

  push(batch: Batch): void {
    const pieces = this.#sessions.pieces[batch.partition]
    const content = this.#contents[batch.partition]
    assert(pieces !== undefined && content !== undefined, 'a batch is of one of the partitions of its operator')
    content.begin(this.#intake.reserve(batch.count))
    const before = this.#streaming ? this.#watermarks.values[batch.partition] : undefined
    this.#intake.place(batch, pieces, before)
    content.append(batch)
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
    return this.#contents.reduce((sum, { bytes }) => sum + bytes, this.#dictionary.bytes + this.#sessions.bytes)
  }

  get groups(): number {
    return this.#sessions.count
  }

  addWindows(ends: Set<number>): void {
    this.#sessions.addWindows(ends)
  }

  snapshot(): OperatorState {
    const states = this.#sessions.pieces.map(({ table }, partition): SavedPieces => {
      const slots = table.slots()
      return { pieces: table.picked(slots), rows: (this.#contents[partition] as Chains).snapshot(slots) }
    })
    return {
      keys: this.#dictionary.snapshot(),
      states,
      watermarks: this.#watermarks.values.slice(),
      emitted: this.#emitted,
    }
  }

  #emit(found: FoundSessions): void {
    if (found.count === 0) return
    const order = found.inOrder((a, b) => this.#dictionary.compare(a, b))
    const out = new Put(this.#plan, this.#windows, this.#next)
    for (const session of order) this.#put(out, found, session)
    out.flush()
    this.#emitted = found.ends[order[order.length - 1] as number] as number
    this.#sessions.release()
    this.#sessions.pieces.forEach(({ table }, partition) => {
      this.#contents[partition]?.tidy(() => table.slots())
    })
    if (this.#streaming) this.#sessions.forgetKeys(this.#dictionary)
  }

  #put(out: Put, { firsts, partitions, slots, starts, ends }: FoundSessions, session: number): void {
    const to = firsts[session + 1] as number
    const window = { start: starts[session] as number, end: ends[session] as number }
    for (let piece = firsts[session] as number; piece < to; ) {
      const partition = partitions[piece] as number
      const content = this.#contents[partition] as Chains
      const places: number[] = []
      for (; piece < to && partitions[piece] === partition; piece++) content.listTo(places, slots[piece] as number)
      out.add(content.rows(), Int32Array.from(places).sort(), window)
    }
  }
}

/** Rows on their way out, with their windows. */
class Put {
  readonly #windows: WindowTime
  readonly #next: Operator
  readonly #fields: SessionPlan['input']['fields']
  #starts: number[] = []
  #ends: number[] = []
  #store: RowStore

  constructor({ input }: SessionPlan, windows: WindowTime, next: Operator) {
    this.#fields = input.fields
    this.#store = new RowStore(input.fields)
    this.#windows = windows
    this.#next = next
  }

  add(from: Batch, rows: Int32Array, { start, end }: { readonly start: WallTime; readonly end: WallTime }): void {
    this.#store.append(from, rows, rows.length)
    for (let row = 0; row < rows.length; row++) {
      this.#starts.push(start)
      this.#ends.push(end)
    }
    if (this.#store.count >= BATCH_ROWS) this.flush()
  }

  flush(): void {
    const { count, columns } = this.#store
    if (count === 0) return
    const times = this.#ends.map((end) => this.#windows.timeOf(end))
    const window = [this.#starts, this.#ends, times].map(
      (values): Column => ({ kind: 'double', values: Float64Array.from(values), nulls: undefined }),
    )
    this.#next.push(batchOfRows(count, [...columns, ...window]))
    this.#store = new RowStore(this.#fields)
    this.#starts = []
    this.#ends = []
  }
}
