/**
 * Delivers the records of a topic to a sink: one consumer group, at its own pace, so that a slow or dead store holds back
 * nobody else (rules of delivery, 6). All sinks are delivered to by this one loop.
 *
 * A write that failed for a passing reason is tried again, with the same records, after a pause that doubles up to a
 * limit and has a random part, so that many senders do not come back at once. It is told once when that begins, and once
 * when it goes on.
 */
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Random } from '../base/random.ts'
import type { Fetched } from '../bus/bus.ts'
import type { Cursor } from '../bus/cursor.ts'
import type { Decoder } from '../format/format.ts'
import type { Delivery, Sink, SinkState } from './sink.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000

export type DeliveryLoop = {
  /** Delivers until the topic has ended and everything is delivered, or `giveUp` is aborted while the sink fails. */
  run(): Promise<void>
  /**
   * Makes what was delivered durable: the offsets to go on from, and the sink's state that belongs to them. While the
   * sink fails, these are the ones of the last time: nobody waits for a dead store.
   */
  checkpoint(): Promise<DeliveryPlace>
  /** Rows delivered in this run. */
  rows(): number
}

export type DeliveryPlace = { readonly offsets: { readonly [partition: string]: number }; readonly state: SinkState }

export type DeliveryContext = {
  /** What the last checkpoint said. */
  readonly before: DeliveryPlace
  readonly cursor: Cursor
  readonly decode: Decoder
  readonly sink: Sink
  readonly clock: Clock
  readonly random: Random
  /** Aborted when nothing more will be appended to the topic. */
  readonly ended: AbortSignal
  /** Aborted when a failing sink is not to be waited for any longer. */
  readonly giveUp: AbortSignal
  warn(message: string): void
  /** Told what the format could not decode. */
  undecodable(
    partition: number,
    fetched: Fetched,
    rejects: readonly { record: number; byte: number; reason: string }[],
  ): void
}

export function openDelivery(context: DeliveryContext): DeliveryLoop {
  const { cursor, sink } = context
  const delivered = Array.from({ length: cursor.partitions }, (_, partition) => cursor.offset(partition))
  const exclusive = openLock()
  let place = context.before
  let failing = false
  let rows = 0

  const write = async (delivery: Delivery): Promise<boolean> => {
    const done = await writeWithRetry(delivery, context, () => {
      failing = true
    })
    failing = !done
    return done
  }
  /** Delivers the next records of a partition; false where the sink was given up. */
  const deliverNext = async (partition: number): Promise<boolean> => {
    await cursor.load(partition)
    const fetched = cursor.take(partition)
    if (fetched === undefined) return true
    const rejects: { record: number; byte: number; reason: string }[] = []
    const batch = context.decode(fetched.values, {
      add: (record, byte, reason) => rejects.push({ record, byte, reason }),
    })
    context.undecodable(partition, fetched, rejects)
    batch.partition = partition
    const delivery = { partition, baseOffset: fetched.baseOffset, records: fetched.values, rows: batch }
    return exclusive(async () => {
      if (!(await write(delivery))) return false
      fetched.values.lease?.release()
      delivered[partition] = fetched.baseOffset + fetched.values.count
      rows += batch.count
      return true
    })
  }

  return {
    async run() {
      for (;;) {
        let idle = true
        for (let partition = 0; partition < cursor.partitions; partition++) {
          if (!cursor.hasMore(partition)) continue
          idle = false
          if (!(await deliverNext(partition))) return
        }
        if (!idle) continue
        if (context.ended.aborted) return
        await cursor.waitForMore(context.ended)
      }
    },
    async checkpoint() {
      if (failing) return place
      return exclusive(async () => {
        try {
          place = { offsets: Object.fromEntries(delivered.entries()), state: await sink.flush() }
        } catch (error) {
          // The place of the last time is as true as before; the next checkpoint tries again.
          if (!(error instanceof Failure && error.retryable)) throw error
          context.warn(`${error.message}; what was written is kept by a later checkpoint`)
        }
        return place
      })
    },
    rows: () => rows,
  }
}

/** True once the sink took the delivery, false where it was given up; rejects where trying again would not help. */
async function writeWithRetry(delivery: Delivery, context: DeliveryContext, onFailure: () => void): Promise<boolean> {
  const { sink, clock, random, giveUp } = context
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      await sink.write(delivery)
      if (pause > FIRST_PAUSE_MS) context.warn('it goes on')
      return true
    } catch (error) {
      if (!(error instanceof Failure && error.retryable)) throw error
      onFailure()
      if (giveUp.aborted) return false
      if (pause === FIRST_PAUSE_MS) context.warn(`${error.message}; trying again until it works`)
      const stopped = await clock.sleep(pause / 2 + random.next() * (pause / 2), giveUp).then(
        () => false,
        () => true,
      )
      if (stopped) return false
    }
  }
}

/** One at a time, in the order asked. */
function openLock(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
