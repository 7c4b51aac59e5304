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
import { brokerFailure, OFFSET_OUT_OF_RANGE, remedyOf } from '../../client/kafka/broker-error.ts'
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

export type Fetcher = {
  listen(listener: Listener): { stop(): void; moved(): void }
  /** Hands over what this process has appended; the end is known by then. */
  appended(partition: number, pieces: () => readonly Fetched[]): void
}

type Loop = { wake(): void }

/** Stands for the broker of partitions that no broker leads. */
const NO_BROKER = -1

/** A fetcher of a topic; it works as long as somebody listens. */
export function openFetcher(options: FetcherOptions): Fetcher {
  const { leaders, bounds, clock, cluster } = options
  const listeners = new Set<Listener>()
  const loops = new Map<number, Loop>()
  const appendedAt: Duration[] = []
  let turn = 0

  /** What a broker is asked for, and whether some of its partitions are left out. */
  const wantedFrom = (broker: number): { readonly wanted: readonly ToFetch[]; readonly leftOut: boolean } => {
    const wanted: ToFetch[] = []
    let leftOut = false
    turn++
    for (let partition = 0; partition < leaders.partitions; partition++) {
      const leader = leaders.find(partition)
      if (leader?.broker !== broker) continue
      const dues = [...new Set([...listeners].map((listener) => listener.due(partition)))]
      const known = dues.filter((due) => due !== undefined)
      if (known.length < dues.length) leftOut = true
      if (known.length === 0) continue
      const offset = known[turn % known.length] as Offset
      // The cursor moves on by itself where its records are deleted.
      if (offset < bounds.of(partition).start) continue
      const isHandedOver = clock.elapsed() - (appendedAt[partition] ?? Number.NEGATIVE_INFINITY) < HANDED_OVER_MS
      if (isHandedOver && offset === bounds.of(partition).end) {
        leftOut = true
        continue
      }
      wanted.push({ partition, offset, maxBytes: PARTITION_BYTES, epoch: leader.epoch })
    }
    return { wanted, leftOut }
  }

  const hear = (partition: number, fetched: Fetched | undefined, from?: Offset): void => {
    for (const listener of listeners) listener.heard(partition, fetched, from)
  }

  const handOut = (asked: ToFetch, { start, end, aborted, records }: FetchedSet): void => {
    const { partition, offset } = asked
    bounds.learnStart(partition, start)
    const isNews = bounds.learnEnd(partition, end)
    const isDue = (from: Offset): boolean => [...listeners].some((listener) => listener.due(partition) === from)
    if (records.length > 0 && isDue(offset)) {
      const where = `topic ${leaders.topic}, partition ${partition}`
      const set = new RecordSetReader(
        { bytes: records, from: offset, aborted, where },
        options.compressor,
        options.pool,
      )
      try {
        for (let from = offset; isDue(from); from = set.next) {
          const piece = set.take()
          if (piece === undefined) break
          bounds.learnEnd(partition, piece.next)
          hear(partition, piece, from)
          piece.values.lease?.release()
        }
      } catch (error) {
        // The cursor that comes to it reads it again, and then it is a failure of that cursor alone.
        if (!(error instanceof Failure)) throw error
      } finally {
        set.close()
      }
    }
    if (isNews) hear(partition, undefined)
  }

  /** Fails the cursors that were handed records which the log does not have any more. */
  const failBehind = (partition: number): void => {
    const { end } = bounds.of(partition)
    for (const listener of listeners) {
      const due = listener.due(partition)
      if (due === undefined || due <= end) continue
      listeners.delete(listener)
      listener.failed(truncated(leaders.topic, partition, { end, due }))
    }
  }

  /** Hands out what was fetched. Gives the failure after which to wait; throws one that is final. */
  const answered = async (wanted: readonly ToFetch[], sets: readonly FetchedSet[]): Promise<Failure | undefined> => {
    let failure: Failure | undefined
    for (const set of sets) {
      const { partition, errorCode } = set
      const asked = wanted.find((one) => one.partition === partition)
      if (asked === undefined) continue
      if (errorCode === 0) {
        handOut(asked, set)
        continue
      }
      failure = brokerFailure(errorCode, `topic ${leaders.topic}, partition ${partition}`)
      if (errorCode === OFFSET_OUT_OF_RANGE) {
        await options.outOfRange(partition)
        failBehind(partition)
        hear(partition, undefined)
      } else if (remedyOf(errorCode) === 'final') throw failure
    }
    return failure
  }

  const run = async (broker: number, sleep: () => Promise<void>): Promise<void> => {
    const patience = cluster.patience()
    while (listeners.size > 0 && !cluster.closed.aborted) {
      if (!brokersOf(leaders).has(broker)) return
      const { wanted, leftOut } = wantedFrom(broker)
      if (broker !== NO_BROKER && wanted.length === 0) {
        await sleep()
        continue
      }
      let failure: Failure | undefined
      const fetched = await attempt(() => {
        const link = cluster.link(broker, `fetch ${leaders.topic}`)
        const asking = { waitMs: leftOut ? SHORT_WAIT_MS : WAIT_MS, maxBytes: REQUEST_BYTES }
        return fetchRecords(link, leaders.topic, wanted, asking)
      })
      if (fetched instanceof Failure) failure = fetched
      else failure = await answered(wanted, fetched)
      if (failure === undefined) patience.over()
      else if (await patience.pause(failure)) await leaders.refresh().catch(() => {})
      else if (!cluster.closed.aborted) throw failure
      startLoops()
    }
    patience.end()
  }

  const startLoops = (): void => {
    if (listeners.size === 0) return
    try {
      for (const broker of brokersOf(leaders)) if (!loops.has(broker)) startLoop(broker)
    } catch (failure) {
      failAll(failure)
    }
  }
  const failAll = (failure: unknown): void => {
    for (const listener of [...listeners]) listener.failed(failure)
    listeners.clear()
  }
  const startLoop = (broker: number): void => {
    let wake = () => {}
    const sleep = async () => {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      const timer = new AbortController()
      await Promise.race([woken, slept(clock, HANDED_OVER_MS, AbortSignal.any([cluster.closed, timer.signal]))])
      timer.abort()
    }
    loops.set(broker, { wake: () => wake() })
    run(broker, sleep)
      .catch(failAll)
      .finally(() => {
        loops.delete(broker)
        // A listener may have come, or a leader, while the loop ended.
        if (!cluster.closed.aborted) startLoops()
      })
  }
  const wakeLoops = (): void => {
    for (const { wake } of loops.values()) wake()
  }

  return {
    listen(listener) {
      listeners.add(listener)
      startLoops()
      wakeLoops()
      return { stop: () => listeners.delete(listener), moved: wakeLoops }
    },
    appended(partition, pieces) {
      appendedAt[partition] = clock.elapsed()
      if (listeners.size === 0) return
      for (const piece of pieces()) hear(partition, piece)
      hear(partition, undefined)
    },
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
