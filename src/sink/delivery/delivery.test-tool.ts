/** A topic in memory, a sink that does what a script says, and the loop between them. Sleeping takes no real time. */
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { deliveryOf } from '../../../test/contract/made-deliveries.ts'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { type Random, seededRandom } from '../../base/random.ts'
import type { Fetched, TopicReader } from '../../bus/bus.ts'
import { type Listener, openCursor } from '../../bus/cursor.ts'
import type { TopicDecoder } from '../../format/format.ts'
import { recordsOf, recordText } from '../../record/records.ts'
import type { BatchLimits, Delivery, Refusal, Sink, SinkState, Writes } from '../sink.ts'
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
  const listeners = new Set<Listener>()
  const fetch = (partition: number, from: number, to: number): Fetched => {
    const texts = (records[partition] as string[]).slice(from, to)
    return {
      baseOffset: from,
      values: recordsOf(texts),
      nulls: undefined,
      keys: undefined,
      timestamps: Float64Array.from(texts.keys(), (i) => from + i),
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
      openCursor(reader, offsets, (listener) => {
        listeners.add(listener)
        return { stop: () => listeners.delete(listener) }
      }),
    add(partition, count) {
      const all = records[partition] as string[]
      const from = all.length
      for (let i = 0; i < count; i++) all.push(`${partition}/${from + i}`)
      for (const { heard } of listeners) heard(partition, fetch(partition, from, all.length))
    },
  }
}

/** The methods of a made sink; those that are absent do nothing. */
export type Script = {
  open?(state: SinkState | undefined): Promise<void>
  write?(delivery: Delivery, giveUp: AbortSignal | undefined): Promise<Refusal | undefined>
  flush?(): Promise<SinkState>
  finish?(): Promise<void>
  close?(): Promise<void>
}

export type Started = {
  readonly loop: DeliveryLoop
  readonly topic: MemoryTopic
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
  readonly script: Script
  /** One of a single partition unless another is given. */
  readonly topic?: MemoryTopic
  /** Records that are added to its partition 0. */
  readonly records?: number
  readonly before?: DeliveryPlace
  readonly limits?: Partial<BatchLimits>
  readonly anyOrder?: boolean
  /** Whether the sink gets what the topic keeps; record n of it arrives at n. */
  readonly givesKept?: boolean
  readonly seed?: number
}

/** Opens the loop; `run` is called by the test. */
export async function startLoop(starting: Starting): Promise<Started> {
  const { script, topic = memoryTopic(1), records = 0, limits = {}, anyOrder = false, seed = 1 } = starting
  const { before = { offsets: {}, state: {} } } = starting
  if (records > 0) topic.add(0, records)
  const said: string[] = []
  const letters: string[] = []
  const clock = fastClock()
  const [ended, halt, giveUp] = [new AbortController(), new AbortController(), new AbortController()]
  const context: DeliveryContext = {
    before,
    cursor: topic.cursor(before.offsets),
    decoder,
    hasMetadata: false,
    givesKept: starting.givesKept === true,
    async open(): Promise<Sink> {
      await script.open?.(before.state)
      return {
        write: async (delivery, signal) => script.write?.(delivery, signal),
        flush: async () => (await script.flush?.()) ?? {},
        finish: async () => script.finish?.(),
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
  return { loop: await openDelivery(context), topic, said, letters, ended, halt, giveUp, clock }
}

/** Makes new arrays each time, unlike a real one: a test can look at them later. */
const decoder =
  (): TopicDecoder =>
  ({ values }) => {
    const texts = Array.from({ length: values.count }, (_, i) => recordText(values, i))
    const made = texts.map((text) => ({ text, time: 0 }))
    return deliveryOf(0, 0, made).rows
  }

/** A run of the loop that is killed: records that are added to partitions, and checkpoints with turns before each. */
export type Life = {
  readonly adds: readonly (readonly [partition: number, count: number])[]
  readonly pause: number
  readonly checkpoints: number
}

/** Lives of a topic with this many partitions. */
export const livesOf = (partitions: number, maxLength: number): fc.Arbitrary<Life[]> =>
  fc.array(
    fc.record({
      adds: fc.array(fc.tuple(fc.nat(partitions - 1), fc.integer({ min: 1, max: 9 })), { maxLength: 6 }),
      pause: fc.nat(30),
      checkpoints: fc.nat(3),
    }),
    { minLength: 1, maxLength },
  )

type Lived = Pick<Starting, 'limits' | 'anyOrder'> & {
  readonly topic: MemoryTopic
  readonly seed: number
  readonly writes: Writes
  /** Opens the sink at the state of the last checkpoint. */
  open(state: SinkState | undefined): Promise<Sink>
}

/**
 * Runs the loop through lives that are killed, and to the end of its topic in a last one; the sink fails by chance. Gives the
 * dead letters.
 */
export async function liveThrough(lives: readonly Life[], lived: Lived): Promise<readonly string[]> {
  const { topic, seed } = lived
  const random = seededRandom(seed)
  const last: Life = { adds: [], pause: 0, checkpoints: 0 }
  const allLetters: string[] = []
  let place: DeliveryPlace = { offsets: {}, state: {} }
  for (const [i, { adds, pause, checkpoints }] of [...lives, last].entries()) {
    let isAlive = true
    const { script, underWay } = troubled(lived, random, () => isAlive)
    const { loop, letters, ended, halt, giveUp } = await startLoop({ ...lived, script, before: place })
    const keep = async () => {
      place = JSON.parse(JSON.stringify(await loop.checkpoint())) as DeliveryPlace
    }
    await keep()
    let isRunning = true
    const running = loop.run().finally(() => {
      isRunning = false
    })
    for (const [partition, count] of adds) topic.add(partition, count)
    for (let n = 0; n < checkpoints; n++) await turns(pause).then(keep)
    if (i < lives.length) {
      await turns(pause)
      isAlive = false
      allLetters.push(...letters)
      halt.abort()
      giveUp.abort()
      await underWay()
      continue
    }
    ended.abort()
    while (isRunning) await turns(1).then(keep)
    await running
    await keep()
    await loop[Symbol.asyncDispose]()
    allLetters.push(...letters)
  }
  return allLetters
}

/** The sink, called by a process that fails by chance and, once it is dead, calls nothing more. */
function troubled({ writes, open }: Lived, random: Random, isAlive: () => boolean) {
  let sink: Sink | undefined
  /** A kill comes before or after a call, never within it: the store of a test finishes what it has begun. */
  let underWay: Promise<unknown> = Promise.resolve()
  const call = <T>(work: Promise<T>): Promise<T> => {
    underWay = Promise.allSettled([underWay, work])
    return work
  }
  const step = async () => {
    if (!isAlive()) await new Promise(() => {})
    if (random.next() < 0.2) throw passing('by chance')
  }
  const script: Script = {
    async open(state) {
      await step()
      sink = await call(open(state !== undefined && Object.keys(state).length > 0 ? state : undefined))
    },
    async write(delivery, giveUp) {
      await turns(random.below(4))
      await step()
      const refusal = await call(sink?.write(delivery, giveUp) ?? Promise.resolve(undefined))
      // An answer that is lost: the same rows come again, which a store that is cut back to a length may not be given.
      if (writes !== 'transactional') await step()
      return refusal
    },
    async flush() {
      await step()
      return call(sink?.flush() ?? Promise.resolve({}))
    },
    async finish() {
      await step()
      await call(sink?.finish?.() ?? Promise.resolve())
      await step()
    },
    async close() {
      await sink?.[Symbol.asyncDispose]()
    },
  }
  return { script, underWay: () => underWay }
}
