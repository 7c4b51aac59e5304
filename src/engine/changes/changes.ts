/**
 * An answer that changes, put out step by step: when a watermark comes to a multiple of the step, what has come so far counts, and the
 * rows that are not as they were put out last come. A row belongs to the step in which the watermark of its own partition was
 * before it, and a step is over when every partition has left it. So what is put out, and when, follows from the records of
 * each partition, and never from the clock, from how partitions interleave or from how rows are cut into batches.
 *
 * A step may also be a number of rows: always without event time. Then there is one partition.
 *
 * No row is late: one that is behind the watermark counts like any other. Docs: docs/decisions/075-answers-that-change.md.
 */
import { assert } from '../../base/assert.ts'
import type { EventTime } from '../../base/quantity.ts'
import type { Batch } from '../../record/column.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import type { Holder } from '../held.ts'
import { type Operator, type OperatorState, type Reject, Watermarks } from '../operator.ts'
import type { Core, Settled } from './core.ts'
import { RunningGroups } from './groups.ts'
import { Queue, type QueueState } from './queue.ts'
import { RunningRanks } from './ranks.ts'
import { RowChanges } from './row-changes.ts'
import { type ChangesPlan, changingShape } from './shape.ts'
import { openSteps } from './steps.ts'
import { UpdatedRanks } from './updated-ranks.ts'

type Options = {
  readonly plan: ChangesPlan
  readonly partitions: number
  readonly saved: OperatorState | undefined
}

type Saved = {
  readonly watermarks: Float64Array
  readonly core: OperatorState
  readonly ranks: OperatorState | undefined
  readonly queues: readonly QueueState[]
  readonly at: EventTime
  readonly taken: number
}

/** Before every time: a partition that never had a watermark is held up by this. */
const FIRST_TIME = -8.64e15

/** A running answer. Its rows are one partition. */
export class ChangingAnswer implements Operator, Holder {
  readonly #plan: ChangesPlan
  readonly #next: Operator
  readonly #watermarks: Watermarks
  readonly #core: Core
  readonly #ranks: UpdatedRanks | undefined
  /** The rows of the core as those that are ranked, and the rows of the uppermost node as those of the answer. */
  readonly #ofCore: (settled: Settled) => Settled
  readonly #coreRowChanges: RowChanges | undefined
  readonly #ofAll: (settled: Settled) => Settled
  readonly #difference: RowChanges
  /** Of several partitions, the rows that wait; of one there is none. */
  readonly #queues: readonly Queue[]
  /** The watermark before the first row of the step at hand, and the number of rows in it. */
  #at: EventTime
  #taken: number

  constructor({ plan, partitions, saved: state }: Options, next: Operator, reject: Reject) {
    const saved = state as Saved | undefined
    const { core, rank } = changingShape(plan)
    const { ttl } = plan
    this.#plan = plan
    this.#next = next
    this.#watermarks = new Watermarks(partitions, saved?.watermarks)
    this.#core =
      core.kind === 'aggregate'
        ? new RunningGroups({ plan: core, ttl, leaves: rank !== undefined, saved: saved?.core })
        : new RunningRanks(core, ttl, saved?.core)
    this.#ranks = rank && new UpdatedRanks(rank, saved?.ranks)
    this.#ofCore = openRaising(rank?.input ?? core, core, reject)
    this.#coreRowChanges = rank && new RowChanges(rank.input.fields, rank.keyed ?? [])
    this.#ofAll = openRaising(plan.input, rank ?? core, reject)
    this.#difference = new RowChanges(plan.fields, plan.key)
    const { fields } = core.input
    this.#queues = Array.from(
      { length: partitions === 1 ? 0 : partitions },
      (_, index) => new Queue(fields, saved?.queues[index]),
    )
    this.#at = saved?.at ?? -Infinity
    this.#taken = saved?.taken ?? 0
  }

  push(batch: Batch): void {
    const queue = this.#queues[batch.partition]
    if (queue !== undefined) queue.push(batch)
    else if (this.#plan.every.kind === 'records') this.#takeByNumber(batch, this.#plan.every.count)
    else this.#takeByTime(batch)
  }

  advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    // Records are counted, whatever their time.
    if (this.#plan.every.kind === 'records') return
    if (this.#queues.length > 0) this.#takeWaiting(lowest)
    else if (this.#taken > 0 && lowest >= this.#endOf(this.#at)) this.#close()
  }

  end(): void {
    this.#takeWaiting(Infinity)
    this.#close()
    this.#next.end()
  }

  /** Nothing is closed for good. */
  get closed(): EventTime {
    return -Infinity
  }

  get due(): EventTime {
    if (this.#plan.every.kind === 'records') return Infinity
    const firsts = this.#queues.map(({ first }) => first ?? Infinity)
    const first = Math.min(this.#taken > 0 ? this.#at : Infinity, ...firsts)
    return first === Infinity ? Infinity : this.#endOf(first)
  }

  get bytes(): number {
    const waiting = this.#queues.reduce((sum, { bytes }) => sum + bytes, 0)
    return waiting + this.#core.bytes + (this.#ranks?.bytes ?? 0)
  }

  get groups(): number {
    return this.#core.size
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    const state: Saved = {
      watermarks: this.#watermarks.values.slice(),
      core: this.#core.snapshot(),
      ranks: this.#ranks?.snapshot(),
      queues: this.#queues.map((queue) => queue.snapshot()),
      at: this.#at,
      taken: this.#taken,
    }
    return state
  }

  /** The watermark at which the step of another one is over. */
  #endOf(watermark: EventTime): EventTime {
    const { every } = this.#plan
    assert(every.kind === 'time', 'a step of records has no time')
    return watermark === -Infinity ? FIRST_TIME : (Math.floor(watermark / every.ms) + 1) * every.ms
  }

  #takeByTime(batch: Batch): void {
    const { count, watermark } = batch
    for (let from = 0; from < count; ) {
      const at = watermark?.[from] ?? -Infinity
      const end = this.#endOf(at)
      if (this.#taken > 0 && at >= this.#endOf(this.#at)) this.#close()
      let to = from + 1
      while (to < count && (watermark?.[to] ?? -Infinity) < end) to++
      this.#take(batch, from, to, at)
      from = to
    }
  }

  #takeByNumber(batch: Batch, most: number): void {
    for (let from = 0; from < batch.count; ) {
      const to = Math.min(batch.count, from + most - this.#taken)
      this.#take(batch, from, to, -Infinity)
      if (this.#taken === most) this.#close()
      from = to
    }
  }

  /** Takes the rows of all steps that are over at the lowest watermark, and puts out each step. */
  #takeWaiting(lowest: EventTime): void {
    for (;;) {
      const first = this.#queues.reduce((least, queue) => Math.min(least, queue.first ?? Infinity), Infinity)
      if (first === Infinity) break
      const isTimed = this.#plan.every.kind === 'time'
      const end = isTimed ? this.#endOf(first) : Infinity
      if (isTimed ? lowest < end : lowest < Infinity) break
      for (const queue of this.#queues) {
        const waiting = queue.take(end)
        if (waiting !== undefined) this.#take(waiting.batch, waiting.from, waiting.to, first)
      }
      this.#close()
    }
    for (const queue of this.#queues) queue.tidy()
  }

  #take(batch: Batch, from: number, to: number, at: EventTime): void {
    if (this.#taken === 0) {
      // All rows of a step count as of one time: the multiple that it began at.
      const { every } = this.#plan
      this.#at = every.kind === 'time' ? Math.floor(at / every.ms) * every.ms : at
      this.#core.forget(this.#at)
    }
    this.#taken += to - from
    this.#core.take(batch, from, to, this.#at)
  }

  #close(): void {
    this.#taken = 0
    if (!this.#core.isTouched) return
    let settled = this.#core.settle()
    if (this.#ranks !== undefined && this.#coreRowChanges !== undefined) {
      this.#ranks.take(this.#coreRowChanges.of(this.#ofCore(settled)))
      settled = this.#ranks.settle()
    }
    const { rows, deleted } = this.#difference.of(this.#ofAll(settled))
    if (rows.count > 0) this.#next.push({ ...rows, deleted })
  }
}

/** How the rows of a node become those of one above it, as they were before a step and as they are; only the latter can fail. */
function openRaising(from: Plan, to: Plan, reject: Reject): (settled: Settled) => Settled {
  const before = openSteps(from, to, () => undefined)
  const now = openSteps(from, to, reject)
  return (settled) => ({ before: before(settled.before), now: now(settled.now) })
}
