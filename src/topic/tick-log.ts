/**
 * The ticks of a topic, kept in topic `NAME.ticks`. A tick says up to which watermark the clock of a quiet partition was
 * moved, and between which two of its records. It is one record, in the partition of the same number, as a JSON object:
 *
 *   { partition, offset, watermark }    before the record at `offset`, the partition's watermark is at least `watermark`
 *
 * A tick is durable before a reader acts on it, and every reader, now or in a replay, acts on it at that offset and nowhere
 * else: so ticks are a part of the topic's history, as records are (rules of time, 4). Between `write` and its end no
 * reader takes a record of the partition from that offset on. Of several ticks at one offset the greatest counts.
 *
 * Where retention has deleted records, the ticks among them go too, except for the last one: it says how far the clock was
 * when the first record kept came.
 */
import type { Clock } from '../base/clock.ts'
import { openGate } from '../base/gate.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import { firstIndex } from '../base/ranges.ts'
import type { Topic, TopicReader } from '../bus/bus.ts'
import { recordsOf } from '../record/records.ts'
import { readTexts } from './read-texts.ts'

export type Tick = { readonly partition: number; readonly offset: Offset; readonly watermark: EventTime }

/** Ticks as the readers of their topic see them. */
export type Ticks = {
  /** Resolves when every tick written is durable; rejects with the first failure of an append. */
  settled(): Promise<void>
  /** Whether a tick is written that is not durable yet. */
  isPending(): boolean
  /** The watermark of the durable tick at the offset; -Infinity where there is none. */
  at(partition: number, offset: Offset): EventTime
  /** The offset of the first durable tick in (after, before) of the partition; undefined where there is none. */
  next(partition: number, after: Offset, before: Offset): Offset | undefined
  /** Arrival of the tick at the offset, ms since 1970; undefined where there is none. */
  writtenAt(partition: number, offset: Offset): number | undefined
  /** Whether a tick at or before the offset has exactly this watermark. */
  said(partition: number, watermark: EventTime, offset: Offset): boolean
  /** Calls back when ticks have become durable. Returns how to stop. */
  onTick(listener: () => void): () => void
}

export type TickLog = Ticks & {
  /**
   * Writes a tick, unless one at the offset has this watermark or a greater one. No reader acts on it before it is durable;
   * then the promise resolves. A failure is also that of `settled`, so a caller may leave the promise alone. The offset may
   * be that of a record which is still on its way to its topic.
   */
  write(tick: Omit<Tick, 'offset'> & { readonly offset: Offset | Promise<Offset> }): Promise<void>
  /** Once records before `start` are gone: the offset in the topic of ticks of the first tick that is still needed. */
  neededFrom(partition: number, start: Offset): Offset
  /** Drops from memory the ticks before the last one at or before `start`. */
  forget(partition: number, start: Offset): void
  /** The topic that keeps the ticks; undefined while it is not made. */
  topic(): Topic | undefined
}

/** A topic that is made for its first tick: most topics never have one. */
export type UnmadeTopic = { readonly partitions: number; make(): Promise<Topic> }

/** The ticks that a topic has, where no more will come. Rejects with the Failure of a read. */
export async function readTicks(topic: TopicReader): Promise<Ticks> {
  const lists = await readLists(topic)
  return { ...asTicks(lists), settled: async () => {}, isPending: () => false, onTick: () => () => {} }
}

/** The ticks that a topic has, and those that this process adds. Rejects with the Failure of a read. */
export async function openTickLog(from: Topic | UnmadeTopic, clock: Clock): Promise<TickLog> {
  let topic = 'make' in from ? undefined : from
  const lists = topic === undefined ? Array.from({ length: from.partitions }, makeTickList) : await readLists(topic)
  let making: Promise<Topic> | undefined
  const made = async (): Promise<Topic> => {
    making ??= 'make' in from ? from.make() : Promise.resolve(from)
    topic = await making
    return topic
  }
  const gate = openGate(Infinity)
  const listeners = new Set<() => void>()
  let pending = 0
  const known = ({ partition, offset, watermark }: Tick) => (lists[partition]?.at(offset) ?? -Infinity) >= watermark
  const append = async (tick: Tick): Promise<void> => {
    if (known(tick)) return
    const writtenAt = clock.now()
    const values = recordsOf([JSON.stringify(tick)])
    const record = { values, keys: undefined, timestamp: writtenAt, position: undefined }
    const own = topic ?? (await made())
    const place = await own.append(tick.partition, record)
    lists[tick.partition]?.add(tick, { place, writtenAt })
  }

  return {
    write({ partition, offset, watermark }) {
      if (typeof offset === 'number' && known({ partition, offset, watermark })) return Promise.resolve()
      pending++
      const write = async () => {
        await append({ partition, offset: typeof offset === 'number' ? offset : await offset, watermark })
        pending--
        for (const listener of listeners) listener()
      }
      const durable = write()
      gate.add(0, durable)
      return durable
    },
    settled: () => gate.settled(),
    isPending: () => pending > 0,
    ...asTicks(lists),
    neededFrom: (partition, start) => lists[partition]?.neededFrom(start) ?? 0,
    forget: (partition, start) => lists[partition]?.forget(start),
    topic: () => topic,
    onTick(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const asTicks = (lists: readonly TickList[]): Pick<Ticks, 'at' | 'next' | 'writtenAt' | 'said'> => ({
  at: (partition, offset) => lists[partition]?.at(offset) ?? -Infinity,
  next: (partition, after, before) => lists[partition]?.next(after, before),
  writtenAt: (partition, offset) => lists[partition]?.writtenAt(offset),
  said: (partition, watermark, offset) => lists[partition]?.said(watermark, offset) === true,
})

async function readLists(topic: TopicReader): Promise<readonly TickList[]> {
  const lists = Array.from({ length: topic.partitions }, makeTickList)
  for await (const { partition, offset, text, arrived } of readTexts(topic)) {
    lists[partition]?.add(JSON.parse(text) as Tick, { place: offset, writtenAt: arrived })
  }
  return lists
}

/** A tick's own offset in the topic of ticks, and its arrival there. */
type Kept = { readonly place: Offset; readonly writtenAt: number }

type TickList = ReturnType<typeof makeTickList>

/** The ticks of a partition, in order of offset. They are all kept, so each offset with a tick takes four numbers. */
function makeTickList() {
  const offsets: Offset[] = []
  /** The greatest at each offset. */
  const watermarks: EventTime[] = []
  /** The offset of the first tick for each offset, in the topic of ticks. */
  const places: Offset[] = []
  const written: number[] = []
  /** Index of the first offset beyond `after`; the answer is mostly the end. */
  const beyond = (after: Offset): number => {
    if (offsets.length === 0 || (offsets.at(-1) as number) <= after) return offsets.length
    return firstIndex(offsets.length, (i) => (offsets[i] as number) > after)
  }
  /** Index of the offset; -1 where no tick is there. */
  const indexOf = (offset: Offset): number => {
    const index = beyond(offset) - 1
    return offsets[index] === offset ? index : -1
  }
  return {
    add({ offset, watermark }: Tick, { place, writtenAt }: Kept): void {
      const index = indexOf(offset)
      if (index < 0) {
        const at = beyond(offset)
        offsets.splice(at, 0, offset)
        watermarks.splice(at, 0, watermark)
        places.splice(at, 0, place)
        written.splice(at, 0, writtenAt)
      } else if (watermark > (watermarks[index] as number)) {
        watermarks[index] = watermark
        written[index] = writtenAt
      }
    },
    at: (offset: Offset): EventTime => watermarks[indexOf(offset)] ?? -Infinity,
    writtenAt: (offset: Offset) => written[indexOf(offset)],
    said(watermark: EventTime, offset: Offset): boolean {
      // Later ticks have greater watermarks, so the search ends soon.
      let index = beyond(offset) - 1
      while ((watermarks[index] ?? -Infinity) > watermark) index--
      return watermarks[index] === watermark
    },
    neededFrom: (start: Offset): Offset => places[Math.max(0, beyond(start) - 1)] ?? 0,
    forget(start: Offset): void {
      const forgotten = beyond(start) - 1
      if (forgotten <= 0) return
      for (const list of [offsets, watermarks, places, written]) list.splice(0, forgotten)
    },
    next(after: Offset, before: Offset): Offset | undefined {
      const offset = offsets[beyond(after)]
      return offset !== undefined && offset < before ? offset : undefined
    },
  }
}
