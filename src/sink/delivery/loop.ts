/**
 * The loop that delivers: starts the batches that are due, flushes when a checkpoint asks for it, and ends with its topic.
 * Writes and flushes exclude each other; everything it waits for is a change, a signal, or a batch that becomes due.
 */
import { addAbortListener } from 'node:events'
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import type { HistogramCounts } from '../../base/meter/histogram.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Sink } from '../sink.ts'
import { type Attempts, openAttempts, type SinkTrouble } from './attempts.ts'
import { openChanges, withPatience } from './changes.ts'
import type { DeliveryContext, DeliveryPlace } from './delivery.ts'
import { Flushing } from './flushing.ts'
import { type Gathering, openGathering } from './gathering.ts'
import { Lanes } from './lanes.ts'
import { openWriting, type Writing } from './writing.ts'

/** How long writes that work may go on when the pipeline stops; the rest is left for the next run. */
const GRACE_MS = 8000
/** How long a checkpoint waits for the writes under way; then it goes without their rows. */
const PATIENCE_MS = 1000

/** A sink at work, for people: counts are of this run. */
export type DeliveryStatus = {
  readonly isOpen: boolean
  readonly rows: number
  readonly refused: number
  /** By partition, the offset that every record before is known to be delivered. */
  readonly offsets: readonly Offset[]
  readonly trouble: SinkTrouble | undefined
}

/** Opens the sink; where that fails for a passing reason, the loop goes on trying. Rejects with any other Failure. */
export async function openDelivery(context: DeliveryContext): Promise<DeliveryLoop> {
  try {
    return new DeliveryLoop(context, { kind: 'open', sink: await context.open() })
  } catch (error) {
    if (!(error instanceof Failure && error.retryable)) throw error
    return new DeliveryLoop(context, { kind: 'unopened', failure: error })
  }
}

type Stage =
  | { readonly kind: 'unopened'; readonly failure: Failure }
  /** The run flushes the sink, to learn whether it has a state: no checkpoint may meanwhile. */
  | { readonly kind: 'starting'; readonly sink: Sink }
  | { readonly kind: 'open'; readonly sink: Sink }
  /** Everything is delivered, and the sink puts out what it still holds: no checkpoint may meanwhile. */
  | { readonly kind: 'ending'; readonly sink: Sink }
  /** The run has ended, and every batch that was begun is delivered. */
  | { readonly kind: 'finished'; readonly sink: Sink }
  /**
   * A batch was begun and is left undelivered: the rows in the sink end at no single place, so it is not flushed. `bug`: what
   * was thrown, if that was why.
   */
  | { readonly kind: 'left'; readonly sink: Sink | undefined; readonly bug: { readonly error: unknown } | undefined }

/** Delivers to one sink. */
export class DeliveryLoop {
  readonly #context: DeliveryContext
  readonly #gathering: Gathering
  readonly #attempts: Attempts
  readonly #lanes: Lanes
  readonly #writing: Writing
  readonly #flushing: Flushing
  readonly #changes = openChanges()
  /** Aborted when not even writes that work are waited for. */
  readonly #late = new AbortController()
  /** How many checkpoints were asked for. */
  #checkpoints = 0
  #stage: Stage

  constructor(context: DeliveryContext, stage: Stage) {
    const { cursor, before } = context
    const starts = Array.from({ length: cursor.partitions }, (_, partition) => cursor.offset(partition))
    this.#context = context
    this.#stage = stage
    this.#gathering = openGathering(context)
    this.#attempts = openAttempts(context, this.#late.signal)
    this.#lanes = new Lanes(starts, before.refused)
    this.#writing = openWriting(context, this.#attempts, this.#lanes)
    this.#flushing = new Flushing(before, this.#changes, (message) => context.warn(message))
  }

  /**
   * Delivers until all is delivered and the topic has ended, or until `halt`, or until it is given up. A checkpoint that was
   * asked for before is durable by now. Rejects with any error but a Failure: a bug.
   */
  async run(): Promise<void> {
    const { ended, halt, giveUp, clock } = this.#context
    const done = new AbortController()
    for (const signal of [ended, halt, giveUp, this.#late.signal]) {
      signal.addEventListener('abort', () => this.#changes.happen(), { signal: done.signal })
    }
    using _ = addAbortListener(giveUp, () => {
      const grace = clock.sleep(GRACE_MS, done.signal)
      grace.then(() => this.#late.abort()).catch(() => undefined)
    })
    try {
      const sink = await this.#openedSink()
      if (sink === undefined) this.#leave()
      else await this.#deliverAll(sink)
    } finally {
      done.abort()
      if (this.#stage.kind === 'open') this.#stage = { kind: 'finished', sink: this.#stage.sink }
    }
    if (this.#stage.kind === 'left' && this.#stage.bug !== undefined) throw this.#stage.bug.error
  }

  /**
   * Makes the delivered rows durable, and gives the place to go on from. While the sink fails or is slow, that is the place
   * of the last time: nobody waits for a dead store.
   */
  async checkpoint(): Promise<DeliveryPlace> {
    this.#checkpoints++
    this.#changes.happen()
    const stage = this.#stage
    if ((stage.kind === 'open' || stage.kind === 'finished') && !this.#attempts.isFailing()) {
      const flushed = this.#flushing.flush(() => this.#flush(stage.sink))
      // Nothing is under way any more that could be slow, but the flush itself.
      if (stage.kind === 'finished') await flushed
      else {
        // Also where the checkpoint goes on without it, a bug ends the run.
        flushed.catch((error: unknown) => this.#leave({ error }))
        await withPatience(flushed, PATIENCE_MS, this.#context.clock)
      }
    }
    await this.#lanes.settled()
    const { offsets, state } = this.#flushing.place
    const refused = this.#lanes.refusedFrom(offsets)
    return refused === undefined ? { offsets, state } : { offsets, state, refused }
  }

  /** Rows delivered in this run. */
  rows(): number {
    return this.#writing.rows()
  }

  /** How long the sink took for each batch that it answered, in seconds. */
  times(): HistogramCounts {
    return this.#writing.times()
  }

  /** How far the loop has come at this moment. */
  status(): DeliveryStatus {
    const delivered = this.#lanes.progress()
    return {
      isOpen: this.#stage.kind !== 'unopened',
      rows: this.#writing.rows(),
      refused: this.#writing.refused(),
      offsets: delivered.map((offset, partition) =>
        this.#lanes.isFree(partition) ? (this.#gathering.passed(partition) ?? offset) : offset,
      ),
      trouble: this.#attempts.trouble(),
    }
  }

  /** Why not everything was delivered though the topic had ended, if that is so. */
  failure(): Failure | undefined {
    return this.#attempts.failure()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await sinkOf(this.#stage)?.[Symbol.asyncDispose]()
    } catch (error) {
      // The checkpoint has what counts: the next run goes on from there, whatever was left open.
      if (!(error instanceof Failure)) throw error
      this.#context.warn(`it could not be closed: ${error.message}`)
    }
  }

  /** The sink, open and with its first state kept; undefined: it was given up before. */
  async #openedSink(): Promise<Sink | undefined> {
    if (this.#stage.kind === 'unopened') {
      const opened = await this.#attempts.make(() => this.#context.open(), this.#stage.failure)
      if (opened === undefined) return undefined
      this.#stage = { kind: 'open', sink: opened.outcome }
    }
    assert(this.#stage.kind === 'open', 'a delivery runs once')
    const { sink } = this.#stage
    return (await this.#firstStateKept(sink)) ? sink : undefined
  }

  /**
   * Where a sink has a state, as the length of a file, that is durable before anything is written: else a crash leaves rows
   * that nobody cuts off. A sink that had no place at the first checkpoint waits for it: the next checkpoint has it, and is
   * done when another one begins.
   */
  async #firstStateKept(sink: Sink): Promise<boolean> {
    const { giveUp, halt } = this.#context
    const hasPlace = () => Object.keys(this.#flushing.place.offsets).length > 0
    if (hasPlace()) return true
    while (this.#flushing.isUnderWay) await this.#change()
    this.#stage = { kind: 'starting', sink }
    const flushed = await this.#attempts.make(() => sink.flush())
    if (flushed === undefined) return false
    this.#stage = { kind: 'open', sink }
    if (Object.keys(flushed.outcome).length === 0) return true
    const isStopped = () => giveUp.aborted || halt.aborted
    while (!hasPlace() && !isStopped()) await this.#change()
    const before = this.#checkpoints
    while (this.#checkpoints === before && !isStopped()) await this.#change()
    return this.#checkpoints > before
  }

  async #deliverAll(sink: Sink): Promise<void> {
    const { ended, halt } = this.#context
    const { signal: late } = this.#late
    while (!halt.aborted && !late.aborted && !this.#isLeft()) {
      const count = this.#changes.count()
      const partition = this.#canStart() ? await this.#gathering.due(this.#isFree) : undefined
      // A flush may have begun while records came from the log.
      if (partition !== undefined && this.#canStart()) {
        this.#start(partition, sink)
        continue
      }
      const isIdle = this.#lanes.underWay === 0 && !this.#flushing.isUnderWay
      if (isIdle && ended.aborted && this.#gathering.isEmpty()) return this.#finish(sink)
      await this.#changeOrDue(count)
    }
    // A delivery that is halted waits for the writes under way, as long as they work.
    while (this.#lanes.underWay > 0 && !late.aborted) await this.#change()
    if (this.#lanes.underWay > 0) this.#leave()
  }

  async #finish(sink: Sink): Promise<void> {
    if (sink.finish === undefined) return
    this.#stage = { kind: 'ending', sink }
    const finished = await this.#attempts.make(async () => sink.finish?.())
    if (finished === undefined) this.#leave()
    else this.#stage = { kind: 'open', sink }
  }

  #canStart(): boolean {
    return !this.#flushing.isUnderWay && this.#lanes.underWay < this.#context.limits.inFlight
  }

  readonly #isFree = (partition: number): boolean => this.#context.anyOrder || this.#lanes.isFree(partition)

  #start(partition: number, sink: Sink): void {
    const batch = this.#gathering.take(partition)
    const end = this.#lanes.begin(partition, batch.next)
    this.#writing
      .deliver(batch, sink)
      .then(
        (isDelivered) => {
          if (!isDelivered) this.#leave()
        },
        (error: unknown) => this.#leave({ error }),
      )
      .finally(() => {
        end()
        this.#changes.happen()
      })
  }

  /** Flushes the sink once no write is under way; undefined: something was left. */
  async #flush(sink: Sink): Promise<DeliveryPlace | undefined> {
    while (this.#lanes.underWay > 0 && !this.#isLeft()) await this.#change()
    if (this.#isLeft()) return undefined
    const offsets = this.#lanes.delivered((partition) => this.#gathering.passed(partition))
    return { offsets: this.#own(offsets), state: await sink.flush() }
  }

  /** A place says nothing about partitions that others deliver. */
  #own(offsets: DeliveryPlace['offsets']): DeliveryPlace['offsets'] {
    const { only } = this.#context
    if (only === undefined) return offsets
    return Object.fromEntries(Object.entries(offsets).filter(([partition]) => only.includes(Number(partition))))
  }

  #isLeft(): boolean {
    return this.#stage.kind === 'left'
  }

  /** Leaves the batches under way. The first bug counts. */
  #leave(bug?: { readonly error: unknown }): void {
    const first = this.#stage.kind === 'left' ? (this.#stage.bug ?? bug) : bug
    this.#stage = { kind: 'left', sink: sinkOf(this.#stage), bug: first }
    this.#changes.happen()
  }

  /** Resolves when a write or a flush has ended, a checkpoint was asked for, or a signal was aborted. */
  #change(): Promise<void> {
    return this.#changes.after(this.#changes.count())
  }

  /** Resolves when there were more than `count` changes, or when a batch may be due that can be started now. */
  async #changeOrDue(count: number): Promise<void> {
    if (!this.#canStart()) return this.#changes.after(count)
    const woken = new AbortController()
    await Promise.race([this.#changes.after(count), this.#gathering.mayBeDue(this.#isFree, woken.signal)])
    // With a reason: else each time an error is made, with its stack.
    woken.abort('woken')
  }
}

const sinkOf = (stage: Stage): Sink | undefined => (stage.kind === 'unopened' ? undefined : stage.sink)
