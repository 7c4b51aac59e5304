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
import type { Batch, Column, DoubleColumn } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { Gather, widened } from '../../record/gather.ts'
import type { Mode, Plan } from '../../sql/plan/plan.ts'
import type { Lateness } from '../graph.ts'
import type { Holder } from '../held.ts'
import { KeyWriter } from '../key/key.ts'
import { type Operator, type OperatorState, type Reject, Watermarks, type Writable } from '../operator.ts'
import { WaitingRows, type WaitingState } from './waiting.ts'

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
/** Keys that are over are looked for this often within a `ttl`, and removed where they are a quarter. */
const SWEEPS = 8

/** A running deduplication. Its rows are one partition. */
export class First implements Operator, Holder {
  readonly #options: FirstOptions
  readonly #ttl: Duration
  /** The zone of instants, where it is not UTC. */
  readonly #zone: ZoneRules | undefined
  readonly #next: Operator
  readonly #reject: Reject
  readonly #writer = new KeyWriter()
  readonly #gather: Gather
  readonly #watermarks: Watermarks
  readonly #waiting: WaitingRows
  readonly #dictionary: Dictionary
  /** Of each key, the time of the last row put out (NaN: none), and the slot of the first row that waits (-1: none known). */
  #out: Float64Array
  #slots: Int32Array
  /** The lowest watermark so far. */
  #closed: EventTime
  /** The time of the last row put out. */
  #emitted: EventTime
  #sweepAt: EventTime = -Infinity
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
    this.#dictionary = saved === undefined ? new Dictionary() : Dictionary.restore(saved.dictionary as DictionaryState)
    this.#out = (saved?.out as Float64Array | undefined)?.slice() ?? new Float64Array(0)
    this.#waiting = new WaitingRows(plan.fields, saved?.waiting as WaitingState | undefined)
    this.#slots = this.#firstSlots()
  }

  push(batch: Batch): void {
    const { plan, partitions, mode } = this.#options
    const streaming = mode === 'streaming'
    const { count, partition, watermark } = batch
    assert(partition < partitions, 'a batch is of one of the partitions of its operator')
    const ids = this.#idsOf(batch)
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
      if (time > before || !streaming) this.#offer(row, id, { at: time, before, partition })
      else if (time === before) this.#offer(row, id, { at: time + 0.5, before, partition })
      else if (!this.#isRepeated(id, time, before)) {
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
    if (lowest >= this.#sweepAt) this.#sweep(lowest)
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
    return this.#waiting.bytes + this.#dictionary.bytes + this.#out.byteLength + this.#slots.byteLength
  }

  get groups(): number {
    return this.#dictionary.size
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    this.#waiting.compact()
    this.#slots = this.#firstSlots()
    return {
      emitted: this.#emitted,
      watermarks: this.#watermarks.values.slice(),
      dictionary: this.#dictionary.snapshot(),
      out: this.#out.slice(0, this.#dictionary.size),
      waiting: this.#waiting.snapshot(),
    }
  }

  /** The ids of the rows' keys; there is room for all of them. */
  #idsOf(batch: Batch): Int32Array {
    const { partitionBy } = this.#options.plan
    if (this.#ids.length < batch.count) this.#ids = new Int32Array(batch.count)
    const columns = partitionBy.map((key) => batch.columns[key] as Column)
    this.#dictionary.lookup(this.#writer.write(columns, 0, batch.count, undefined), 0, batch.count, this.#ids)
    const known = this.#out.length
    const { size } = this.#dictionary
    if (size > known) {
      this.#out = widened(this.#out, size).fill(Number.NaN, known)
      this.#slots = widened(this.#slots, size).fill(-1, known)
    }
    return this.#ids
  }

  /** Lets a row wait, unless it repeats another one whatever comes. */
  #offer(row: number, id: number, { at, before, partition }: Offered): void {
    const waiting = this.#waiting
    const free = (this.#out[id] as number) + this.#ttl
    if (at < free) return
    const other = this.#slots[id] as number
    const isFirst = other < 0 || waiting.precedes(at, partition, other)
    // The key's next row is of this time or later: all that come within `ttl` of it repeat it, or those before it.
    const earliest = Math.max(this.#lowestNow(before), Number.isNaN(free) ? -Infinity : free)
    const repeatsUntil = this.#ttl === Infinity ? Infinity : earliest + this.#ttl
    if (!isFirst && at < repeatsUntil) return
    const slot = waiting.add(row, id, at, partition)
    if (!isFirst) return
    this.#slots[id] = slot
    if (other >= 0 && (waiting.at[other] as number) < repeatsUntil) waiting.remove(other)
  }

  /** No row that is on time is before this; `before`: the watermark of the row at hand. */
  #lowestNow(before: EventTime): EventTime {
    return this.#options.partitions === 1 ? Math.max(this.#closed, before) : this.#closed
  }

  /** Whether a late row repeats one that was put out or waits: then nothing is lost with it. */
  #isRepeated(id: number, time: EventTime, watermark: EventTime): boolean {
    const repeats = (first: EventTime) => time >= first && time < first + this.#ttl && watermark < first + this.#ttl
    const slot = this.#slots[id] as number
    return repeats(this.#out[id] as number) || (slot >= 0 && repeats(Math.floor(this.#waiting.at[slot] as number)))
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
      if (this.#slots[id] === slot) this.#slots[id] = -1
      if (time < (this.#out[id] as number) + this.#ttl) {
        waiting.remove(slot)
        continue
      }
      this.#out[id] = Math.floor(time)
      ready.push(slot)
    }
    const last = ready.at(-1)
    if (last === undefined) return
    this.#emitted = Math.floor(at[last] as number)
    const ofKeys = (a: number, b: number) => this.#dictionary.compare(ids[a] as number, ids[b] as number)
    ready.sort((a, b) => (at[a] === at[b] ? ofKeys(a, b) : (at[a] as number) - (at[b] as number)))
    for (let from = 0; from < ready.length; from += BATCH_ROWS) {
      const slots = Int32Array.from(ready.slice(from, from + BATCH_ROWS))
      this.#next.push({ ...this.#gather.take(waiting.batch(), slots, slots.length), origin: undefined })
    }
    for (const slot of ready) waiting.remove(slot)
    this.#tidy()
  }

  /** Forgets the keys whose `ttl` is over at this watermark. */
  #sweep(lowest: EventTime): void {
    const { size } = this.#dictionary
    if (this.#ttl === Infinity) return
    this.#sweepAt = lowest + Math.ceil(this.#ttl / SWEEPS)
    const used = Uint8Array.from(this.#out.subarray(0, size), (out) => (out + this.#ttl > lowest ? 1 : 0))
    this.#waiting.mark(used)
    const kept = used.reduce((sum, is) => sum + is, 0)
    if (size - kept < size / 4) return
    const renamed = this.#dictionary.retain(used)
    const out = new Float64Array(kept)
    for (let id = 0; id < size; id++) if (used[id] === 1) out[renamed[id] as number] = this.#out[id] as number
    this.#out = out
    this.#waiting.rename(renamed)
    this.#slots = this.#firstSlots()
  }

  #tidy(): void {
    if (this.#waiting.tidy()) this.#slots = this.#firstSlots()
  }

  /** For each key the first of its rows that wait. */
  #firstSlots(): Int32Array {
    const waiting = this.#waiting
    const slots = new Int32Array(this.#out.length).fill(-1)
    waiting.each((slot, id) => {
      const other = slots[id] as number
      if (other < 0 || waiting.isBefore(slot, other)) slots[id] = slot
    })
    return slots
  }
}

type Offered = { readonly at: number; readonly before: EventTime; readonly partition: number }
