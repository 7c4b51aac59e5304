/**
 * Delivers the records of a topic to a sink: one consumer group, at its own pace, so that a slow or dead store holds back
 * nobody else (rules of delivery, 6). All sinks are delivered to by this one loop.
 *
 *   cursor ─▶ gathering (batches) ─▶ decoder ─▶ attempts ─▶ sink.write ─▶ place
 *                                                  └ refused rows ─▶ dead letters
 *
 * Law: a place says that every record before it was taken by the sink, or refused by it and is a durable dead letter. So it
 * moves over the batches of a partition in their order, in whatever order they were written; and it moves only with a
 * flush, while no write is under way.
 */
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Random } from '../../base/random.ts'
import type { Cursor } from '../../bus/cursor.ts'
import type { BatchLimits, Sink, SinkState } from '../sink.ts'
import { type Attempts, openAttempts } from './attempts.ts'
import { aborted, openChanges, withPatience } from './changes.ts'
import { type Gathering, openGathering, type RecordBatch } from './gathering.ts'
import { type Lane, openLane } from './lane.ts'
import { openWriting, type Writing, type WritingContext } from './writing.ts'

/** What works is waited for so long when the pipeline stops; the rest is left for the next run. */
const GRACE_MS = 8000
/** A checkpoint waits so long for the writes under way; then it goes without what they deliver. */
const PATIENCE_MS = 1000

export type DeliveryLoop = {
  /** Delivers until all is delivered and the topic ended, `halt`, or given up. A checkpoint asked for before is durable by now. */
  run(): Promise<void>
  /**
   * Makes what was delivered durable: the offsets to go on from, and the sink's state that belongs to them. While the
   * sink fails or is slow, these are the ones of the last time: nobody waits for a dead store.
   */
  checkpoint(): Promise<DeliveryPlace>
  /** Rows delivered in this run. */
  rows(): number
  /** Why not everything was delivered though the topic had ended, if that is so. */
  failure(): Failure | undefined
  [Symbol.asyncDispose](): Promise<void>
}

export type DeliveryPlace = {
  readonly offsets: { readonly [partition: string]: number }
  readonly state: SinkState
  /** By partition, offsets at or behind the place whose rows were refused: their dead letters are there already. */
  readonly refused?: { readonly [partition: string]: readonly number[] }
}

export type DeliveryContext = WritingContext & {
  /** What the last checkpoint said. */
  readonly before: DeliveryPlace
  readonly cursor: Cursor
  open(): Promise<Sink>
  readonly limits: BatchLimits
  /** Whether batches of one partition may be under way side by side. */
  readonly anyOrder: boolean
  readonly clock: Clock
  readonly random: Random
  /** Aborted when nothing more will be appended to the topic. */
  readonly ended: AbortSignal
  /** Aborted when the loop is to stop where it is, between two deliveries. */
  readonly halt: AbortSignal
  /** Aborted when a failing sink is not to be waited for any longer, and one that works for a short time only. */
  readonly giveUp: AbortSignal
}

/** Opens the sink; where that fails for a passing reason, the loop goes on trying. */
export async function openDelivery(context: DeliveryContext): Promise<DeliveryLoop> {
  try {
    return new Loop(context, await context.open())
  } catch (error) {
    if (!(error instanceof Failure && error.retryable)) throw error
    return new Loop(context, undefined, error)
  }
}

class Loop implements DeliveryLoop {
  readonly #context: DeliveryContext
  readonly #gathering: Gathering
  readonly #attempts: Attempts
  readonly #lanes: readonly Lane[]
  readonly #writing: Writing
  readonly #changes = openChanges()
  readonly #late = new AbortController()
  #sink: Sink | undefined
  readonly #unopened: Failure | undefined
  #place: DeliveryPlace
  #underWay = 0
  /** How often one was asked for. */
  #checkpoints = 0
  /** The partition that is looked at first, so that all get their turn. */
  #turn = 0
  #flushing: Promise<void> | undefined
  #flushFailed = false
  /** Something was left undelivered: what the sink has is not at one place any more. */
  #left = false
  #finished = false
  #broken: unknown

  constructor(context: DeliveryContext, sink: Sink | undefined, unopened?: Failure) {
    const { cursor, limits, clock, before } = context
    this.#context = context
    this.#sink = sink
    this.#unopened = unopened
    this.#place = before
    this.#gathering = openGathering(cursor, limits, clock)
    this.#attempts = openAttempts({ ...context, late: this.#late.signal })
    this.#lanes = Array.from({ length: cursor.partitions }, (_, partition) =>
      openLane(cursor.offset(partition), before.refused?.[partition]),
    )
    this.#writing = openWriting(context, this.#attempts, this.#lanes, this.#late.signal)
  }

  async run(): Promise<void> {
    const { ended, halt, giveUp, clock } = this.#context
    const done = new AbortController()
    for (const signal of [ended, halt, giveUp, this.#late.signal]) {
      signal.addEventListener('abort', () => this.#changes.happen(), { signal: done.signal })
    }
    aborted(giveUp, done.signal)
      .then(() => clock.sleep(GRACE_MS, done.signal))
      .then(
        () => this.#late.abort(),
        () => undefined,
      )
    try {
      if (await this.#opened()) await this.#deliverAll()
    } finally {
      done.abort()
      this.#finished = true
    }
    if (this.#broken !== undefined) throw this.#broken
  }

  async checkpoint(): Promise<DeliveryPlace> {
    this.#checkpoints++
    this.#changes.happen()
    if (!this.#left && this.#sink !== undefined && !this.#attempts.isFailing()) {
      this.#flushing ??= this.#flush(this.#sink).finally(() => {
        this.#flushing = undefined
        this.#changes.happen()
      })
      if (this.#finished) await this.#flushing
      else await withPatience(this.#flushing, PATIENCE_MS, this.#context.clock)
    }
    await Promise.all(this.#lanes.map((lane) => lane.settled()))
    const { offsets, state } = this.#place
    const refused = this.#lanes.map((lane, partition) => [partition, lane.refused(offsets[partition] ?? 0)] as const)
    const some = refused.filter(([, letters]) => letters.length > 0)
    return some.length === 0 ? { offsets, state } : { offsets, state, refused: Object.fromEntries(some) }
  }

  rows(): number {
    return this.#writing.rows()
  }

  failure(): Failure | undefined {
    return this.#attempts.failure()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#sink?.[Symbol.asyncDispose]()
    } catch (error) {
      // What counts is in the checkpoint: the next run goes on from there, whatever was left open.
      if (!(error instanceof Failure)) throw error
      this.#context.warn(`it could not be closed: ${error.message}`)
    }
  }

  async #opened(): Promise<boolean> {
    const { open } = this.#context
    this.#sink ??= (await this.#attempts.make(() => open(), this.#unopened))?.outcome
    const isReady = this.#sink !== undefined && (await this.#firstStateKept(this.#sink))
    this.#left = !isReady
    return isReady
  }

  /**
   * Where a sink has a state, as the length of a file, that is durable before anything is written: else a crash leaves rows
   * that nobody cuts off. A sink that had no place at the first checkpoint waits for it: the next checkpoint has it, and is
   * done when another one begins.
   */
  async #firstStateKept(sink: Sink): Promise<boolean> {
    const { giveUp, halt } = this.#context
    if (Object.keys(this.#place.offsets).length > 0) return true
    const flushed = await this.#attempts.make(() => sink.flush())
    if (flushed === undefined || Object.keys(flushed.outcome).length === 0) return flushed !== undefined
    let keptBy = Number.POSITIVE_INFINITY
    while (this.#checkpoints < keptBy && !giveUp.aborted && !halt.aborted) {
      await this.#changes.after(this.#changes.count())
      if (Object.keys(this.#place.offsets).length > 0) keptBy = Math.min(keptBy, this.#checkpoints + 1)
    }
    return this.#checkpoints >= keptBy
  }

  async #deliverAll(): Promise<void> {
    const { cursor, ended, halt } = this.#context
    const { signal: late } = this.#late
    while (!halt.aborted && !late.aborted && !this.#left) {
      const count = this.#changes.count()
      const batch = this.#canStart() ? await this.#next() : undefined
      if (batch !== undefined) {
        this.#start(batch)
        continue
      }
      const isIdle = this.#underWay === 0 && this.#flushing === undefined
      if (isIdle && ended.aborted && !hasMore(cursor) && this.#gathering.isEmpty()) break
      await this.#somethingNew(count)
    }
    // What is under way when it is halted is waited for, as long as it works.
    while (this.#underWay > 0 && !late.aborted) await this.#changes.after(this.#changes.count())
    if (this.#underWay > 0) this.#left = true
  }

  #canStart(): boolean {
    return this.#flushing === undefined && this.#underWay < this.#context.limits.inFlight
  }

  #isFree(partition: number): boolean {
    return this.#context.anyOrder || (this.#lanes[partition] as Lane).isFree()
  }

  /** The next batch that is due, if its partition is free. */
  async #next(): Promise<RecordBatch | undefined> {
    const { cursor, ended } = this.#context
    for (let i = 0; i < cursor.partitions; i++) {
      const partition = (this.#turn + i) % cursor.partitions
      if (!this.#isFree(partition)) continue
      await this.#gathering.gather(partition)
      if (!this.#gathering.isDue(partition, ended.aborted && !cursor.hasMore(partition))) continue
      this.#turn = partition + 1
      return this.#gathering.take(partition)
    }
    return undefined
  }

  #start(batch: RecordBatch): void {
    const lane = this.#lanes[batch.partition] as Lane
    const done = lane.begin(batch.baseOffset + batch.records.count)
    this.#underWay++
    this.#writing
      .deliver(batch, this.#sink as Sink)
      .then(
        (isDelivered) => {
          if (isDelivered) done()
          else this.#left = true
        },
        (error: unknown) => {
          this.#broken ??= error
          this.#left = true
        },
      )
      .finally(() => {
        this.#underWay--
        this.#changes.happen()
      })
  }

  async #flush(sink: Sink): Promise<void> {
    while (this.#underWay > 0 && !this.#left) await this.#changes.after(this.#changes.count())
    if (this.#left) return
    const { warn } = this.#context
    try {
      const offsets = Object.fromEntries(this.#lanes.map((lane, partition) => [partition, lane.delivered()]))
      this.#place = { offsets, state: await sink.flush() }
      if (this.#flushFailed) warn('what was written is kept again')
      this.#flushFailed = false
    } catch (error) {
      // The place of the last time is as true as before; the next checkpoint tries again.
      if (!(error instanceof Failure)) throw error
      if (!this.#flushFailed) warn(`${error.message}; what was written is kept by a later checkpoint`)
      this.#flushFailed = true
    }
  }

  /** Resolves when a write or a flush has ended, a signal was aborted, or when more has come or is due that may be started now. */
  async #somethingNew(count: number): Promise<void> {
    const { cursor, clock } = this.#context
    if (!this.#canStart()) return this.#changes.after(count)
    const free = this.#lanes.flatMap((_, partition) => (this.#isFree(partition) ? [partition] : []))
    const dueIn = Math.min(...free.map((partition) => this.#gathering.dueIn(partition)))
    if (dueIn <= 0 || free.some((partition) => cursor.hasMore(partition))) return
    const idle = new AbortController()
    const waits = [this.#changes.after(count)]
    // What waits in a partition that is not free is no news.
    if (!hasMore(cursor)) waits.push(cursor.waitForMore(idle.signal))
    if (Number.isFinite(dueIn)) waits.push(clock.sleep(dueIn, idle.signal).catch(() => undefined))
    await Promise.race(waits)
    // With a reason: else each time an error is made, with its stack.
    idle.abort('woken')
  }
}

function hasMore(cursor: Cursor): boolean {
  for (let partition = 0; partition < cursor.partitions; partition++) if (cursor.hasMore(partition)) return true
  return false
}
