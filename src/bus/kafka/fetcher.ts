/**
 * Fetches the records of a topic ahead of its cursors: one request at a time to each broker that leads partitions, on a
 * connection of its own, while queries work on what came before. A broker answers when it has a record, so a cursor hears of
 * another program's records at once.
 *
 * What this process appends itself is handed over in memory. As long as that goes on, and nobody else appends in between, the
 * partition is not fetched; a gap between two appends shows that somebody has.
 */
import { type Clock, slept } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import { brokerFailure, OFFSET_OUT_OF_RANGE } from '../../client/kafka/broker-error.ts'
import type { Cluster } from '../../client/kafka/cluster.ts'
import { type FetchedSet, fetchRecords, type ToFetch } from '../../client/kafka/fetch.ts'
import type { Leaders } from '../../client/kafka/leaders.ts'
import type { Compressor } from '../batch/compression/compressor.ts'
import type { FetchPool } from '../batch/fetch-room.ts'
import { RecordSetReader } from '../batch/fetched-batches.ts'
import type { Fetched } from '../bus.ts'
import type { Listener } from '../cursor.ts'
import type { KnownBounds } from './known-bounds.ts'

/** The most bytes that are asked for at a time: of a partition, and of all of a broker's. */
const PARTITION_BYTES = 1 << 20
const REQUEST_BYTES = 8 << 20
/** How long a broker waits for a record. */
const WAIT_MS: Duration = 500
/** The same where some partitions were left out, because readers had enough of them or were handed records in memory. */
const SHORT_WAIT_MS: Duration = 50
/** A partition is not fetched for this time after an append of this process. */
const HANDED_OVER_MS: Duration = 100

export type FetcherOptions = {
  readonly cluster: Cluster
  readonly leaders: Leaders
  readonly bounds: KnownBounds
  readonly compressor: Compressor
  readonly pool: FetchPool
  readonly clock: Clock
  /** Learns the bounds of a partition where a cursor is out of them. */
  outOfRange(partition: number): Promise<void>
}

/** Stands for the broker of partitions that no broker leads. */
const NO_BROKER = -1

/** What a broker is asked for, and whether some of its partitions are left out. */
type Wanted = { readonly partitions: readonly ToFetch[]; readonly leftOut: boolean }

/** The fetcher of a topic; it works as long as somebody listens. */
export class Fetcher {
  readonly #options: FetcherOptions
  readonly #listeners = new Set<Listener>()
  /** How to wake the loop of each broker. */
  readonly #loops = new Map<number, () => void>()
  readonly #appendedAt: Duration[] = []
  /** Where records are damaged: the cursor that comes to them reads them again, and fails. */
  readonly #damagedAt: Offset[] = []
  #turn = 0

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  listen(listener: Listener): { stop(): void; moved(): void } {
    this.#listeners.add(listener)
    this.#startLoops()
    this.#wake()
    return { stop: () => this.#listeners.delete(listener), moved: () => this.#wake() }
  }

  /** Hands over what this process has appended; the end is known by then. */
  appended(partition: number, pieces: () => readonly Fetched[]): void {
    this.#appendedAt[partition] = this.#options.clock.elapsed()
    if (this.#listeners.size === 0) return
    for (const piece of pieces()) this.#hear(partition, piece)
    this.#hear(partition, undefined)
  }

  #wake(): void {
    for (const wake of this.#loops.values()) wake()
  }

  #hear(partition: number, fetched: Fetched | undefined, from?: Offset): void {
    for (const listener of this.#listeners) listener.heard(partition, fetched, from)
  }

  #startLoops(): void {
    if (this.#listeners.size === 0) return
    try {
      for (const broker of brokersOf(this.#options.leaders)) if (!this.#loops.has(broker)) this.#startLoop(broker)
    } catch (failure) {
      this.#failAll(failure)
    }
  }

  #startLoop(broker: number): void {
    const { clock, cluster } = this.#options
    let wake = () => {}
    this.#loops.set(broker, () => wake())
    const sleep = async () => {
      const woken = new AbortController()
      wake = () => woken.abort()
      await slept(clock, HANDED_OVER_MS, woken.signal)
    }
    this.#run(broker, sleep)
      .catch((failure) => this.#failAll(failure))
      .finally(() => {
        this.#loops.delete(broker)
        // A listener may have come, or a leader, while the loop ended.
        if (!cluster.closed.aborted) this.#startLoops()
      })
  }

  #failAll(failure: unknown): void {
    for (const listener of [...this.#listeners]) listener.failed(failure)
    this.#listeners.clear()
  }

  async #run(broker: number, sleep: () => Promise<void>): Promise<void> {
    const { cluster, leaders } = this.#options
    const patience = cluster.patience()
    try {
      while (this.#listeners.size > 0 && !cluster.closed.aborted && brokersOf(leaders).has(broker)) {
        const wanted = this.#wantedFrom(broker)
        if (broker !== NO_BROKER && wanted.partitions.length === 0) {
          // Nothing is wanted of the broker, so its trouble is nobody's.
          patience.end()
          await sleep()
          continue
        }
        const failure = await this.#fetch(broker, wanted)
        if (failure === undefined) patience.over()
        else if (await patience.pause(failure)) await leaders.refresh().catch(() => {})
        else if (!cluster.closed.aborted) throw failure
        this.#startLoops()
      }
    } finally {
      patience.end()
    }
  }

  #wantedFrom(broker: number): Wanted {
    const { leaders, bounds, clock } = this.#options
    const partitions: ToFetch[] = []
    let leftOut = false
    this.#turn++
    for (let partition = 0; partition < leaders.partitions; partition++) {
      const leader = leaders.find(partition)
      if (leader?.broker !== broker) continue
      const dues = [...new Set([...this.#listeners].map((listener) => listener.due(partition)))]
      const known = dues.filter((due) => due !== undefined)
      if (known.length < dues.length) leftOut = true
      const offset = known[this.#turn % known.length]
      const { start, end } = bounds.of(partition)
      // The cursor moves on by itself where its records are deleted.
      if (offset === undefined || offset < start || offset === this.#damagedAt[partition]) continue
      const appendedAt = this.#appendedAt[partition] ?? Number.NEGATIVE_INFINITY
      if (offset === end && clock.elapsed() - appendedAt < HANDED_OVER_MS) leftOut = true
      else partitions.push({ partition, offset, maxBytes: PARTITION_BYTES, epoch: leader.epoch })
    }
    return { partitions, leftOut }
  }

  /** Fetches and hands out. Gives the failure after which to wait; throws one that is final. */
  async #fetch(broker: number, { partitions, leftOut }: Wanted): Promise<Failure | undefined> {
    const { cluster, leaders } = this.#options
    const fetched = await attempt(() => {
      const link = cluster.link(broker, `fetch ${leaders.topic}`)
      const asking = { waitMs: leftOut ? SHORT_WAIT_MS : WAIT_MS, maxBytes: REQUEST_BYTES }
      return fetchRecords(link, leaders.topic, partitions, asking)
    })
    if (fetched instanceof Failure) return fetched
    let failure: Failure | undefined
    for (const set of fetched) {
      const { partition, errorCode } = set
      const asked = partitions.find((one) => one.partition === partition)
      if (asked === undefined) continue
      if (errorCode === 0) {
        this.#handOut(asked, set)
        continue
      }
      failure = brokerFailure(errorCode, `topic ${leaders.topic}, partition ${partition}`)
      if (errorCode === OFFSET_OUT_OF_RANGE) {
        await this.#options.outOfRange(partition)
        this.#failBehind(partition)
        this.#hear(partition, undefined)
      } else if (!failure.retryable) throw failure
    }
    return failure
  }

  #handOut({ partition, offset }: ToFetch, { start, end, aborted, records: bytes }: FetchedSet): void {
    const { bounds, leaders, compressor, pool } = this.#options
    bounds.learnStart(partition, start)
    const isNews = bounds.learnEnd(partition, end)
    const isDue = (from: Offset): boolean => [...this.#listeners].some((listener) => listener.due(partition) === from)
    if (bytes.length > 0 && isDue(offset)) {
      const where = `topic ${leaders.topic}, partition ${partition}`
      const set = new RecordSetReader({ bytes, from: offset, aborted, where }, compressor, pool)
      try {
        for (let from = offset; isDue(from); from = set.next) {
          const piece = set.take()
          if (piece === undefined) break
          bounds.learnEnd(partition, piece.next)
          this.#hear(partition, piece, from)
          piece.values.lease?.release()
        }
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        this.#damagedAt[partition] = set.next
      } finally {
        set.close()
      }
    }
    if (isNews) this.#hear(partition, undefined)
  }

  /** Fails the cursors that were handed records which the log does not have any more. */
  #failBehind(partition: number): void {
    const { leaders, bounds } = this.#options
    const { end } = bounds.of(partition)
    for (const listener of [...this.#listeners]) {
      const due = listener.due(partition)
      if (due === undefined || due <= end) continue
      this.#listeners.delete(listener)
      listener.failed(truncated(leaders.topic, partition, { end, due }))
    }
  }
}

/** The brokers that lead partitions, and `NO_BROKER` where some have no leader. Throws a Failure where the topic is gone. */
const brokersOf = (leaders: Leaders): ReadonlySet<number> =>
  new Set(Array.from({ length: leaders.partitions }, (_, partition) => leaders.find(partition)?.broker ?? NO_BROKER))

/** What a request gives, or its Failure: whatever is wrong with a connection may pass. */
async function attempt<Answer>(request: () => Promise<Answer>): Promise<Answer | Failure> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

type Places = { readonly end: Offset; readonly due: Offset }

const truncated = (topic: string, partition: number, { end, due }: Places): Failure =>
  new Failure(
    'corrupt',
    `topic ${topic}, partition ${partition}: the log on Kafka ends at offset ${end}, but records up to ${due} were read`,
    {
      hint: 'Kafka has lost records that it had acknowledged, or the topic was made anew. `run --reset` starts queries again.',
    },
  )
