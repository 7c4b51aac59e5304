/**
 * Aggregates over windows of rows, in streaming mode: AVG(x) OVER (PARTITION BY k ORDER BY ts RANGE …). A row waits until every
 * partition's watermark has reached its time; then it is put out, with the aggregates over the rows before it and itself.
 *
 * Rows are put out by time, then partition, then place. A row whose time its own partition's watermark has reached is late (as
 * in Flink), so no row comes behind one that is out, and all follows from times and partitions: never from how partitions
 * interleave or how rows are cut into batches. Rows of one time are peers under RANGE: each has the aggregates of all of them.
 *
 * State: rows that wait; of each owner (a combination of PARTITION BY) either one entry, or the rows of its frame. Rows that
 * the watermark has moved out of a RANGE are removed, also if no row of their owner comes any more. ROW_NUMBER and LAG are the number
 * of rows of an owner and the last of them (`tails.ts`); peers under RANGE have what the last of them has, as in Flink.
 * Docs: docs/decisions/060-over.md, docs/decisions/073-row-functions.md.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import { type Batch, batchOfRows, type Column, type DoubleColumn } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import type { Lateness } from '../graph.ts'
import type { Holder } from '../held.ts'
import { KeyWriter } from '../key/key.ts'
import { type Operator, type OperatorState, type Reject, Watermarks, type Writable } from '../operator.ts'
import { WaitingRows, type WaitingState } from '../waiting.ts'
import { type OwnedRows, Owners, type OwnersState } from './owners.ts'
import { type OverPlan, type OverSpec, overSpec, resultsOf } from './spec.ts'

export type OverOptions = {
  readonly plan: OverPlan
  readonly partitions: number
  /** The zone whose clock says when late rows were. */
  readonly timezone: string
  readonly saved: OperatorState | undefined
}

const NO_TIME = 'the event time is NULL, so the row has no place in the order of OVER'
const BATCH_ROWS = 1 << 12

/** A running OVER. Its rows are one partition. */
export class Over implements Operator, Holder {
  readonly #spec: OverSpec
  readonly #partitions: number
  readonly #time: number
  readonly #next: Operator
  readonly #reject: Reject
  readonly #zone: ZoneRules | undefined
  readonly #gather: Gather
  readonly #watermarks: Watermarks
  readonly #waiting: WaitingRows
  readonly #writer = new KeyWriter()
  readonly #owners: Owners
  /** The lowest watermark so far. */
  #closed: EventTime
  /** The time of the last row put out. */
  #emitted: EventTime
  #ids = new Int32Array(0)
  /** What is reported of a late row, written over for each. */
  readonly #late: Writable<Lateness> = { watermark: 0, lateMs: 0, windows: 0, from: 0, to: 0, counted: 0 }

  constructor({ plan, partitions, timezone, saved }: OverOptions, next: Operator, reject: Reject) {
    const { frame, input, order } = plan
    const [time] = order
    assert(
      time !== undefined && !time.descending && frame.to === 0,
      'a stream is ordered by event time, up to each row',
    )
    this.#spec = overSpec(plan)
    this.#partitions = partitions
    this.#time = time.column
    this.#next = next
    this.#reject = reject
    const isInstant = input.fields[time.column]?.type.kind === 'TIMESTAMP_LTZ'
    this.#zone = isInstant && timezone !== 'UTC' ? zoneRules(timezone) : undefined
    this.#gather = new Gather(input.fields)
    this.#watermarks = new Watermarks(partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
    this.#owners = new Owners(this.#spec, saved?.owners as OwnersState | undefined)
    this.#waiting = new WaitingRows(input.fields, saved?.waiting as WaitingState | undefined)
  }

  push(batch: Batch): void {
    const { count, partition, watermark } = batch
    assert(partition < this.#partitions, 'a batch is of one of the partitions of its operator')
    if (this.#ids.length < count) this.#ids = new Int32Array(count)
    const ids = this.#ids
    const columns = this.#spec.plan.partitionBy.map((column) => batch.columns[column] as Column)
    this.#owners.lookup(this.#writer.write(columns, 0, count, undefined), count, ids)
    const { values, nulls } = batch.columns[this.#time] as DoubleColumn
    let reported = -1
    for (let row = 0; row < count; row++) {
      if (nulls?.[row] === 1) {
        this.#reject(batch, row, NO_TIME)
        continue
      }
      const time = values[row] as number
      const before = watermark === undefined ? -Infinity : (watermark[row] as number)
      if (time > before) {
        this.#waiting.add(row, ids[row] as number, time, partition)
        continue
      }
      // A record may have several rows, one for each of its items: it is reported once.
      const record = batch.origin?.[row] ?? row
      if (record !== reported) this.#reject(batch, row, this.#lateness(time, before))
      reported = record
    }
    this.#waiting.append(batch)
    this.#waiting.tidy()
  }

  advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    this.#emit(lowest)
    this.#owners.expire(lowest)
    this.#owners.forget(lowest, this.#waiting)
    this.#next.advance(0, lowest)
  }

  end(): void {
    this.#emit(Infinity)
    this.#next.end()
  }

  get closed(): EventTime {
    return this.#emitted
  }

  get due(): EventTime {
    return this.#waiting.first
  }

  get bytes(): number {
    return this.#waiting.bytes + this.#owners.bytes
  }

  get groups(): number {
    return this.#owners.size
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    this.#waiting.compact()
    return {
      emitted: this.#emitted,
      watermarks: this.#watermarks.values.slice(),
      owners: this.#owners.snapshot(),
      waiting: this.#waiting.snapshot(),
    }
  }

  /** How late a row was: its time would have to be beyond the watermark. */
  #lateness(time: EventTime, watermark: EventTime): Lateness {
    const late = this.#late
    late.watermark = watermark
    late.lateMs = watermark - time + 1
    late.from = this.#zone?.toWall(time) ?? time
    late.to = late.from + 1
    return late
  }

  /** Puts out the rows up to a time. */
  #emit(until: EventTime): void {
    const waiting = this.#waiting
    const slots: number[] = []
    for (let slot = waiting.take(until); slot >= 0; slot = waiting.take(until)) slots.push(slot)
    if (slots.length === 0) return
    const ready = Int32Array.from(slots)
    const owners = ready.map((slot) => waiting.ids[slot] as number)
    const times = Float64Array.from(ready, (slot) => waiting.at[slot] as number)
    for (let from = 0; from < ready.length; ) {
      let to = Math.min(ready.length, from + BATCH_ROWS)
      while (to < ready.length && times[to] === times[to - 1]) to++
      this.#put(ready.subarray(from, to), { owners: owners.subarray(from, to), times: times.subarray(from, to) })
      from = to
    }
    this.#emitted = times[times.length - 1] as number
    for (const slot of slots) waiting.remove(slot)
    waiting.tidy()
  }

  #put(slots: Int32Array, rows: OwnedRows): void {
    const batch = this.#gather.take(this.#waiting.batch(), slots, slots.length)
    const results = resultsOf(this.#spec, this.#owners.run(batch, rows))
    this.#next.push(batchOfRows(slots.length, [...batch.columns, ...results, ...this.#owners.placed()]))
    this.#owners.tidy()
  }
}
