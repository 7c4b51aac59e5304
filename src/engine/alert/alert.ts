/**
 * An alert over the rows of a query. Rows of windows come in order, and are taken as they come. Other rows wait until the
 * watermarks of all partitions have passed them, and are taken by event time, then partition, then place: so an alert says
 * the same however its partitions were read. A row that comes behind the watermark of its partition counts as of then.
 *
 * Rows of windows that are behind those taken already are repairs (`backfill`), and change no alert.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Batch, Column } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import type { AlertRule, Plan } from '../../sql/plan/plan.ts'
import type { Holder } from '../held.ts'
import { KeyWriter } from '../key/key.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import { RowStore, type RowsState } from '../sort/row-store.ts'
import { AlertMachine, type MachineState, type Phase } from './machine.ts'
import { idsOf, rowTexts } from './output.ts'
import type { AlertStanding } from './standing.ts'
import { type AlertTimes, openTimes } from './times.ts'

export type AlertPlan = Extract<Plan, { kind: 'alert' }>

export type AlertOptions = {
  readonly plan: AlertPlan
  readonly partitions: number
  readonly timezone: string
  readonly saved: OperatorState | undefined
}

/** Rows that wait for the watermark, with their time and partition. */
type Waiting = { readonly rows: RowsState; readonly at: Float64Array; readonly partitions: Int32Array }

/** A running alert. Its rows are one partition. */
export class Alert implements Operator, Holder {
  readonly #rule: AlertRule
  readonly #next: Operator
  readonly #reject: Reject
  readonly #row: readonly Field[]
  readonly #machine: AlertMachine
  readonly #times: AlertTimes
  readonly #writer = new KeyWriter()
  readonly #gather: Gather
  readonly #watermarks: Watermarks
  readonly #waiting: RowStore
  #waitingAt: EventTime[]
  #waitingPartitions: number[]
  /** The least time among the rows that wait. */
  #least = Infinity
  /** The lowest watermark so far. */
  #closed: EventTime
  /** The time of the last row taken. */
  #taken: EventTime

  constructor({ plan, partitions, timezone, saved }: AlertOptions, next: Operator, reject: Reject) {
    const { alert, input } = plan
    this.#rule = alert
    this.#next = next
    this.#reject = reject
    this.#row = input.fields.slice(0, alert.width)
    this.#times = openTimes(alert, timezone)
    this.#machine = new AlertMachine(alert, this.#row, this.#times, saved?.machine as MachineState | undefined)
    this.#gather = new Gather(input.fields)
    this.#watermarks = new Watermarks(partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#taken = (saved?.taken as number | undefined) ?? -Infinity
    // Rows of windows never wait; what was kept of none may have had other conditions.
    const waiting = alert.time.kind === 'window' ? undefined : (saved?.waiting as Waiting | undefined)
    this.#waiting = new RowStore(input.fields, waiting?.rows)
    this.#waitingAt = [...(waiting?.at ?? [])]
    this.#waitingPartitions = [...(waiting?.partitions ?? [])]
    this.#least = Math.min(...this.#waitingAt)
    assert(alert.time.kind === 'rowtime' || partitions === 1, 'rows of windows in order are one partition')
  }

  push(batch: Batch): void {
    const at = this.#times.read(batch)
    if (this.#rule.time.kind === 'window') this.#takeAll(batch, at, this.#reject)
    else this.#wait(batch, at)
    this.#flush()
  }

  advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    this.#takeUpTo(lowest)
    this.#machine.runBefore(lowest + 1)
    this.#flush()
    this.#next.advance(0, lowest)
  }

  /** The end says nothing about the time: what is due later stays so. */
  end(): void {
    this.#takeUpTo(Infinity)
    this.#flush()
    this.#next.end()
  }

  /** Rows that come after the end are behind those that waited for their time. */
  get closed(): EventTime {
    return this.#rule.time.kind === 'window' ? -Infinity : this.#taken
  }

  get due(): EventTime {
    return Math.min(this.#least, this.#machine.due)
  }

  get bytes(): number {
    return this.#machine.bytes + this.#waiting.bytes + this.#waitingAt.length * 16
  }

  get groups(): number {
    return this.#machine.size
  }

  addWindows(): void {}

  /** The instant up to which all is taken; undefined: no time was seen. */
  get reached(): EventTime | undefined {
    // Nothing moves its watermark while no key is due.
    const reached = Math.max(this.#closed, this.#taken)
    return Number.isFinite(reached) ? this.#times.instantOf(reached) : undefined
  }

  /** How many keys are in this phase. */
  count(phase: Phase): number {
    return this.#machine.count(phase)
  }

  /** The keys that are pending or firing: at most `most`, those that fire first. */
  standing(most: number): readonly AlertStanding[] {
    const { entries, rows } = this.#machine.standing()
    const of = (wanted: Phase) => entries.filter(({ phase }) => phase === wanted)
    const shown = [...of('firing'), ...of('pending')].slice(0, most)
    const own = new RowStore(this.#row)
    own.append(
      rows,
      Int32Array.from(shown, ({ row }) => row),
      shown.length,
    )
    const instant = (when: EventTime) => (Number.isFinite(when) ? this.#times.instantOf(when) : undefined)
    const fired = shown.map((entry) => instant(entry.fired))
    const ids = idsOf(this.#rule, this.#row)(
      own.batch(),
      fired.map((at) => at ?? 0),
    )
    const texts = rowTexts(this.#row, own.batch())
    return shown.map(({ phase, since }, index) => {
      const isFiring = phase === 'firing'
      return {
        state: isFiring ? 'firing' : 'pending',
        id: isFiring ? (ids[index] ?? '') : '',
        since: instant(since) ?? 0,
        fired: fired[index],
        row: texts[index] ?? '{}',
      }
    })
  }

  snapshot(): OperatorState {
    return {
      taken: this.#taken,
      watermarks: this.#watermarks.values.slice(),
      machine: this.#machine.snapshot(),
      waiting: {
        rows: this.#waiting.snapshot(),
        at: Float64Array.from(this.#waitingAt),
        partitions: Int32Array.from(this.#waitingPartitions),
      } satisfies Waiting,
    }
  }

  #wait(batch: Batch, at: Float64Array): void {
    const { count, partition, watermark } = batch
    const rows: number[] = []
    for (let row = 0; row < count; row++) {
      const time = at[row] as number
      if (Number.isNaN(time)) {
        this.#reject(batch, row, 'its event time is NULL')
        continue
      }
      const when = Math.max(time, (watermark?.[row] ?? -Infinity) + 1)
      rows.push(row)
      this.#waitingAt.push(when)
      this.#waitingPartitions.push(partition)
      if (when < this.#least) this.#least = when
    }
    this.#waiting.append(batch, Int32Array.from(rows), rows.length)
  }

  /** Takes the rows that wait and are of a time up to `limit`. */
  #takeUpTo(limit: EventTime): void {
    if (this.#least > limit) return
    const times = this.#waitingAt
    const partitions = this.#waitingPartitions
    const ready: number[] = []
    const rest: number[] = []
    for (const [row, at] of times.entries()) (at <= limit ? ready : rest).push(row)
    ready.sort((a, b) => {
      const [before, after] = [times[a] as number, times[b] as number]
      return before - after || (partitions[a] as number) - (partitions[b] as number) || a - b
    })
    const batch = this.#gather.take(this.#waiting.batch(), Int32Array.from(ready), ready.length)
    // They are no longer beside their records.
    const reject: Reject = (of, row, why) =>
      this.#reject({ ...of, origin: NO_ORIGIN, partition: partitions[ready[row] as number] as number }, 0, why)
    this.#takeAll(
      batch,
      Float64Array.from(ready, (row) => times[row] as number),
      reject,
    )
    this.#waiting.retain(this.#waiting, Int32Array.from(rest))
    this.#waitingAt = rest.map((row) => times[row] as number)
    this.#waitingPartitions = rest.map((row) => partitions[row] as number)
    this.#least = this.#waitingAt.reduce((least, at) => Math.min(least, at), Infinity)
  }

  #takeAll(batch: Batch, at: Float64Array, reject: Reject): void {
    const { columns, count } = batch
    const keys = this.#writer.write(
      this.#rule.key.map((column) => columns[column] as Column),
      0,
      count,
      undefined,
    )
    const bytes = Buffer.from(keys.bytes.buffer, keys.bytes.byteOffset, keys.bytes.byteLength)
    for (let row = 0; row < count; row++) {
      const when = at[row] as number
      if (Number.isNaN(when)) {
        reject(batch, row, 'its event time is NULL')
        continue
      }
      if (when < this.#taken) continue
      if (when > this.#taken) this.#machine.runBefore(when)
      this.#taken = when
      if (this.#machine.passes(batch, row)) continue
      // NULL, which no key of bytes is.
      const isNull = keys.nulls?.[row] === 1
      const key = isNull ? '' : `=${bytes.toString('latin1', keys.start[row], keys.end[row])}`
      if (!this.#machine.take(key, batch, row, when)) reject(batch, row, this.#noRoom())
    }
  }

  #noRoom(): string {
    const { name, limit } = this.#rule
    return `alert ${name} has ${limit.toLocaleString('en')} keys, its limit (limit), and this row is of another`
  }

  #flush(): void {
    const rows = this.#machine.output.take()
    if (rows !== undefined) this.#next.push(rows)
  }
}

const NO_ORIGIN = Int32Array.of(-1)
