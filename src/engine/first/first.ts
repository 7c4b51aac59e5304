/**
 * The first row of each key, by event time. A row waits until every partition's watermark has reached its time; then it is put
 * out, and later rows of its key are repetitions, which are dropped: for ever, or for `ttl` after the row's time.
 *
 * Rows are put out by time, then key. Of rows of one time the first that came is first, of two partitions that of the lower
 * number. But a row whose partition had reached its time before comes after those that had not (half a millisecond, in `at`):
 * the others may be out already. So which rows are first follows from times and partitions alone, never from how partitions
 * interleave or how rows are cut into batches. Docs: docs/decisions/056-first-rows.md.
 */
import { assert } from '../../base/assert.ts'
import type { Duration, EventTime } from '../../base/quantity.ts'
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import type { Batch, DoubleColumn } from '../../record/column.ts'
import { Gather, widened } from '../../record/gather.ts'
import type { Mode, Plan } from '../../sql/plan/plan.ts'
import type { Lateness } from '../graph.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, type Reject, Watermarks, type Writable } from '../operator.ts'
import { WaitingRows, type WaitingState } from '../waiting.ts'
import { KnownKeys, type KnownKeysState } from './known-keys.ts'

export type FirstPlan = Extract<Plan, { kind: 'first' }>

export type FirstOptions = {
  readonly plan: FirstPlan
  readonly partitions: number
  readonly mode: Mode
  /** The zone whose clock says when late rows were. */
  readonly timezone: string
  readonly saved: OperatorState | undefined
}

const NO_TIME = 'the event time is NULL, so the row cannot be the first of its key'
const BATCH_ROWS = 1 << 12
/** No row of a key waits; or several do, of which not all can be known to repeat one. It stays so until rows are moved together. */
const NONE = -1
const SEVERAL = -2

/** A running deduplication. Its rows are one partition. */
export class First implements Operator, Holder {
  readonly #options: FirstOptions
  readonly #ttl: Duration
  /** The zone of instants, where it is not UTC. */
  readonly #zone: ZoneRules | undefined
  readonly #next: Operator
  readonly #reject: Reject
  readonly #gather: Gather
  readonly #watermarks: Watermarks
  readonly #waiting: WaitingRows
  readonly #keys: KnownKeys
  /** Of each key, the slot of the only row that waits; else one of the two below. */
  #slots: Int32Array
  /** The lowest watermark so far. */
  #closed: EventTime
  /** The time of the last row put out. */
  #emitted: EventTime
  #ids = new Int32Array(0)
  /** What is reported of a late row, written over for each. */
  readonly #late: Writable<Lateness> = { watermark: 0, lateMs: 0, windows: 0, from: 0, to: 0, counted: 0 }

  constructor(options: FirstOptions, next: Operator, reject: Reject) {
    const { plan, partitions, timezone, saved } = options
    this.#options = { ...options, saved: undefined }
    this.#ttl = plan.ttl ?? Infinity
    const isInstant = plan.fields[plan.time]?.type.kind === 'TIMESTAMP_LTZ'
    this.#zone = isInstant && timezone !== 'UTC' ? zoneRules(timezone) : undefined
    this.#next = next
    this.#reject = reject
    this.#gather = new Gather(plan.fields)
    this.#watermarks = new Watermarks(partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
    this.#keys = new KnownKeys(plan, partitions, saved?.keys as KnownKeysState | undefined)
    this.#waiting = new WaitingRows(plan.fields, saved?.waiting as WaitingState | undefined)
    this.#slots = this.#slotsOfKeys()
  }

  push(batch: Batch): void {
    const { plan, partitions, mode } = this.#options
    const streaming = mode === 'streaming'
    const { count, partition, watermark } = batch
    assert(partition < partitions, 'a batch is of one of the partitions of its operator')
    if (this.#ids.length < count) this.#ids = new Int32Array(count)
    const ids = this.#ids
    const keys = this.#keys
    keys.lookup(batch, ids)
    const known = this.#slots.length
    if (keys.size > known) this.#slots = widened(this.#slots, keys.size).fill(NONE, known)
    const { values, nulls } = batch.columns[plan.time] as DoubleColumn
    let reported = -1
    for (let row = 0; row < count; row++) {
      const id = ids[row] as number
      const isNull = nulls?.[row] === 1
      if (isNull && streaming) {
        this.#reject(batch, row, NO_TIME)
        continue
      }
      // In batch mode, where no row is late, NULL is before all times, as in ORDER BY.
      const time = isNull ? -Infinity : (values[row] as number)
      const before = watermark === undefined ? -Infinity : (watermark[row] as number)
      if (time >= before) {
        keys.note(partition, id, time)
        this.#offer(row, id, { at: streaming && time === before ? time + 0.5 : time, before, partition })
      } else if (!keys.isRepeated(partition, id, { time, watermark: before })) {
        // A record may have several rows, one for each of its items: it is reported once.
        const record = batch.origin?.[row] ?? row
        if (record !== reported) this.#reject(batch, row, this.#lateness(time, before))
        reported = record
      }
    }
    this.#waiting.append(batch)
    this.#tidy()
  }

  advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    this.#emit(lowest)
    const renamed = this.#keys.forget(lowest, this.#waiting)
    if (renamed !== undefined) {
      this.#waiting.rename(renamed)
      this.#slots = this.#slotsOfKeys()
    }
    // Rows of this very time may follow.
    this.#next.advance(0, lowest - 1)
  }

  end(): void {
    this.#emit(Infinity)
    this.#next.end()
  }

  get closed(): EventTime {
    return this.#emitted
  }

  get due(): EventTime {
    return Math.ceil(this.#waiting.first)
  }

  get bytes(): number {
    return this.#waiting.bytes + this.#keys.bytes + this.#slots.byteLength
  }

  get groups(): number {
    return this.#keys.size
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    this.#waiting.compact()
    this.#slots = this.#slotsOfKeys()
    return {
      emitted: this.#emitted,
      watermarks: this.#watermarks.values.slice(),
      keys: this.#keys.snapshot(),
      waiting: this.#waiting.snapshot(),
    }
  }

  /** Lets a row wait, unless it is certain to repeat another one. */
  #offer(row: number, id: number, { at, before, partition }: Offered): void {
    const waiting = this.#waiting
    const free = (this.#keys.out[id] as number) + this.#ttl
    if (at < free) return
    const other = this.#slots[id] as number
    if (other < 0) {
      const slot = waiting.add(row, id, at, partition)
      this.#slots[id] = other === NONE ? slot : SEVERAL
      return
    }
    const otherAt = waiting.at[other] as number
    // The key's next row is this one, the other, or one that is still to come. What is within `ttl` of it repeats it.
    const toCome = Math.max(this.#lowestNow(before), Number.isNaN(free) ? -Infinity : free)
    const next = Math.floor(Math.min(at, otherAt, toCome))
    const repeatsUntil = this.#ttl === Infinity ? Infinity : next + this.#ttl
    if (waiting.precedes(at, partition, other)) {
      if (otherAt < repeatsUntil) waiting.remove(other)
      const slot = waiting.add(row, id, at, partition)
      this.#slots[id] = otherAt < repeatsUntil ? slot : SEVERAL
    } else if (at >= repeatsUntil) {
      waiting.add(row, id, at, partition)
      this.#slots[id] = SEVERAL
    }
  }

  /** No row that is on time is before this; `before`: the watermark of the row at hand. */
  #lowestNow(before: EventTime): EventTime {
    return this.#options.partitions === 1 ? Math.max(this.#closed, before) : this.#closed
  }

  #lateness(time: EventTime, watermark: EventTime): Lateness {
    const late = this.#late
    late.watermark = watermark
    late.lateMs = watermark - time
    late.from = this.#zone?.toWall(time) ?? time
    late.to = late.from + 1
    return late
  }

  /** Puts out the rows up to a time that are first of their keys. */
  #emit(until: EventTime): void {
    const waiting = this.#waiting
    const { at, ids } = waiting
    const ready: number[] = []
    for (let slot = waiting.take(until); slot >= 0; slot = waiting.take(until)) {
      const id = ids[slot] as number
      const time = at[slot] as number
      if (this.#slots[id] === slot) this.#slots[id] = NONE
      if (time < (this.#keys.out[id] as number) + this.#ttl) {
        waiting.remove(slot)
        continue
      }
      this.#keys.out[id] = Math.floor(time)
      ready.push(slot)
    }
    const last = ready.at(-1)
    if (last === undefined) return
    this.#emitted = Math.floor(at[last] as number)
    const ofKeys = (a: number, b: number) => this.#keys.compare(ids[a] as number, ids[b] as number)
    ready.sort((a, b) => (at[a] === at[b] ? ofKeys(a, b) : (at[a] as number) - (at[b] as number)))
    for (let from = 0; from < ready.length; from += BATCH_ROWS) {
      const slots = Int32Array.from(ready.slice(from, from + BATCH_ROWS))
      this.#next.push({ ...this.#gather.take(waiting.batch(), slots, slots.length), origin: undefined })
    }
    for (const slot of ready) waiting.remove(slot)
    this.#tidy()
  }

  #tidy(): void {
    if (this.#waiting.tidy() !== undefined) this.#slots = this.#slotsOfKeys()
  }

  /** For each key its row that waits, unless that is certain to repeat the one put out. */
  #slotsOfKeys(): Int32Array {
    const { at, ids } = this.#waiting
    const slots = new Int32Array(this.#keys.size).fill(NONE)
    for (const slot of this.#waiting.all()) {
      const id = ids[slot] as number
      if ((at[slot] as number) < (this.#keys.out[id] as number) + this.#ttl) continue
      slots[id] = slots[id] === NONE ? slot : SEVERAL
    }
    return slots
  }
}

type Offered = { readonly at: number; readonly before: EventTime; readonly partition: number }
