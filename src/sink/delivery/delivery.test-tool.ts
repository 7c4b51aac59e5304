/** A topic in memory, a sink that does what a script says, and the loop between them. Sleeping takes no real time. */
import { setImmediate } from 'node:timers/promises'
import { deliveryOf } from '../../../test/contract/made-deliveries.ts'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { seededRandom } from '../../base/random.ts'
import type { Fetched, TopicReader } from '../../bus/bus.ts'
import { openCursor } from '../../bus/cursor.ts'
import type { Decoder } from '../../format/format.ts'
import { recordsOf, recordText } from '../../record/records.ts'
import type { BatchLimits, Delivery, Refusal, Sink, SinkState } from '../sink.ts'
import { batchLimitsOf } from './batch-limits.ts'
import type { DeliveryContext, DeliveryPlace } from './delivery.ts'
import { type DeliveryLoop, openDelivery } from './loop.ts'

/** A failure that may pass. */
export const passing = (message: string): Failure => new Failure('io', message, { retryable: true })

/** The names of a partition's first records: `PARTITION/OFFSET`. */
export const named = (partition: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${partition}/${i}`)

/** Waits for turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate()
}

/** The texts of a delivery's records. */
export const textsOf = ({ records }: Delivery): string[] =>
  Array.from({ length: records.count }, (_, i) => recordText(records, i))

/** Sleeping takes one turn of the event loop, and moves the time. */
export function fastClock(): Clock & { readonly slept: number[] } {
  let time = 0
  const slept: number[] = []
  return {
    slept,
    now: () => time,
    elapsed: () => time,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted()
      slept.push(milliseconds)
      await setImmediate()
      signal?.throwIfAborted()
      time += milliseconds
    },
  }
}

/** `add` appends records, each with its name as text. */
export type MemoryTopic = Pick<TopicReader, 'bounds' | 'cursor'> & { add(partition: number, count: number): void }

/** A topic without records; a read gives at most five, after `slow` turns of the event loop. */
export function memoryTopic(partitions: number, slow = 0): MemoryTopic {
  const records: string[][] = Array.from({ length: partitions }, () => [])
  const listeners = new Set<(partition: number, fetched: Fetched) => void>()
  const fetch = (partition: number, from: number, to: number): Fetched => {
    const texts = (records[partition] as string[]).slice(from, to)
    return {
      baseOffset: from,
      values: recordsOf(texts),
      nulls: undefined,
      keys: undefined,
      timestamps: new Float64Array(texts.length),
      lastTimestamp: 0,
      next: from + texts.length,
    }
  }
  const reader = {
    name: 't',
    partitions,
    bounds: (partition: number) => ({ start: 0, end: records[partition]?.length ?? 0 }),
    refresh: async () => {},
    async read(partition: number, offset: number) {
      if (slow > 0) await turns(slow)
      return offset < (records[partition]?.length ?? 0) ? fetch(partition, offset, offset + 5) : undefined
    },
  }
  return {
    bounds: reader.bounds,
    cursor: (offsets) =>
      openCursor(reader, offsets, (heard) => {
        listeners.add(heard)
        return () => listeners.delete(heard)
      }),
    add(partition, count) {
      const all = records[partition] as string[]
      const from = all.length
      for (let i = 0; i < count; i++) all.push(`${partition}/${from + i}`)
      for (const listener of listeners) listener(partition, fetch(partition, from, all.length))
    },
  }
}

/** The methods of a made sink; those that are absent do nothing. */
export type Script = {
  open?(state: SinkState | undefined): Promise<void>
  write?(delivery: Delivery, giveUp: AbortSignal | undefined): Promise<Refusal | undefined>
  flush?(): Promise<SinkState>
  close?(): Promise<void>
}

export type Started = {
  readonly loop: DeliveryLoop
  /** The warnings. */
  readonly said: string[]
  /** `PARTITION/OFFSET` of each dead letter. */
  readonly letters: string[]
  readonly ended: AbortController
  readonly halt: AbortController
  readonly giveUp: AbortController
  readonly clock: ReturnType<typeof fastClock>
}

export type Starting = {
  readonly topic: MemoryTopic
  readonly script: Script
  readonly before?: DeliveryPlace
  readonly limits?: Partial<BatchLimits>
  readonly anyOrder?: boolean
  readonly letters?: string[]
  readonly seed?: number
  readonly clock?: ReturnType<typeof fastClock>
}

/** Opens the loop; `run` is called by the test. */
export async function startLoop(starting: Starting): Promise<Started> {
  const { topic, script, before = { offsets: {}, state: {} }, limits = {}, anyOrder = false } = starting
  const { letters = [], seed = 1, clock = fastClock() } = starting
  const said: string[] = []
  const [ended, halt, giveUp] = [new AbortController(), new AbortController(), new AbortController()]
  const context: DeliveryContext = {
    before,
    cursor: topic.cursor(before.offsets),
    decoder,
    async open(): Promise<Sink> {
      await script.open?.(before.state)
      return {
        write: async (delivery, signal) => script.write?.(delivery, signal),
        flush: async () => (await script.flush?.()) ?? {},
        [Symbol.asyncDispose]: async () => script.close?.(),
      }
    },
    limits: { ...batchLimitsOf({}), ...limits },
    anyOrder,
    clock,
    random: seededRandom(seed),
    ended: ended.signal,
    halt: halt.signal,
    giveUp: giveUp.signal,
    warn: (message) => said.push(message),
    undecodable() {},
    async refused(partition, { baseOffset }, rows) {
      await setImmediate()
      for (const { record } of rows) letters.push(`${partition}/${baseOffset + record}`)
    },
  }
  return { loop: await openDelivery(context), said, letters, ended, halt, giveUp, clock }
}

/** Makes new arrays each time, unlike a real one: a test can look at them later. */
const decoder = (): Decoder => (records) =>
  deliveryOf(
    0,
    0,
    Array.from({ length: records.count }, (_, i) => ({
      text: Buffer.from(records.bytes.subarray(records.start[i], records.end[i])).toString(),
      time: 0,
    })),
  ).rows
