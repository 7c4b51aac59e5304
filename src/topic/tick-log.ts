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
 * A new version of a lookup table takes effect in the same way (`table-versions.ts`):
 *
 *   { partition, offset, table, version, digest }    from the record at `offset` on, rows are joined with this version
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
import { makeVersionList, type TableChange, type TableVersion, type VersionList } from './table-versions.ts'

export type Tick = { readonly partition: number; readonly offset: Offset; readonly watermark: EventTime }

/** Ticks as the readers of their topic see them. */
export type Ticks = {
  /** Resolves when every tick written is durable; rejects with the first failure of an append. */
  settled(): Promise<void>
  /** Whether a tick is written that is not durable yet. */
  isPending(): boolean
  /** The watermark of the durable tick at the offset; -Infinity where there is none. */
  at(partition: number, offset: Offset): EventTime
  /** The first offset in (after, before) of the partition with a durable tick, also one about a table; undefined: there is none. */
  next(partition: number, after: Offset, before: Offset): Offset | undefined
  /** Arrival of the tick at the offset, ms since 1970; undefined where there is none. */
  writtenAt(partition: number, offset: Offset): number | undefined
  /** Whether a tick at or before the offset has exactly this watermark. */
  said(partition: number, watermark: EventTime, offset: Offset): boolean
  /** The version of a lookup table for the record at the offset, as far as durable ticks say; undefined: none. */
  versionAt(partition: number, table: string, offset: Offset): TableVersion | undefined
  /** The versions of a lookup table for records of the partition from the offset on. */
  versionsSince(partition: number, table: string, offset: Offset): readonly TableVersion[]
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
  /** Writes that a lookup table changes to a version, as `write` does a tick. */
  change(change: TableChange): Promise<void>
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
  const lists = topic === undefined ? Array.from({ length: from.partitions }, makeLists) : await readLists(topic)
  let making: Promise<Topic> | undefined
  const made = async (): Promise<Topic> => {
    making ??= 'make' in from ? from.make() : Promise.resolve(from)
    topic = await making
    return topic
  }
  const gate = openGate(Infinity)
  const listeners = new Set<() => void>()
  let pending = 0
  const known = ({ partition, offset, watermark }: Tick) =>
    (lists[partition]?.ticks.at(offset) ?? -Infinity) >= watermark
  const append = async (tick: Tick | TableChange): Promise<void> => {
    if (!('table' in tick) && known(tick)) return
    const writtenAt = clock.now()
    const values = recordsOf([JSON.stringify(tick)])
    const record = { values, keys: undefined, timestamp: writtenAt, position: undefined }
    const own = topic ?? (await made())
    const place = await own.append(tick.partition, record)
    addTo(lists, tick, { place, writtenAt })
  }
  /** While it is pending, no reader takes records. */
  const whilePending = (write: () => Promise<void>): Promise<void> => {
    pending++
    const durable = write().then(() => {
      pending--
      for (const listener of listeners) listener()
    })
    gate.add(0, durable)
    return durable
  }

  return {
    write({ partition, offset, watermark }) {
      if (typeof offset === 'number' && known({ partition, offset, watermark })) return Promise.resolve()
      return whilePending(async () => append({ partition, offset: await offset, watermark }))
    },
    change: (change) => whilePending(() => append(change)),
    settled: () => gate.settled(),
    isPending: () => pending > 0,
    ...asTicks(lists),
    neededFrom(partition, start) {
      const { ticks, versions } = lists[partition] ?? makeLists()
      const first = Math.min(ticks.neededFrom(start), versions.neededFrom(start))
      return Number.isFinite(first) ? first : 0
    },
    forget(partition, start) {
      lists[partition]?.ticks.forget(start)
      lists[partition]?.versions.forget(start)
    },
    topic: () => topic,
    onTick(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

type Told = Pick<Ticks, 'at' | 'next' | 'writtenAt' | 'said' | 'versionAt' | 'versionsSince'>

const asTicks = (lists: readonly Lists[]): Told => ({
  at: (partition, offset) => lists[partition]?.ticks.at(offset) ?? -Infinity,
  next(partition, after, before) {
    const { ticks, versions } = lists[partition] ?? makeLists()
    return versions.next(after, ticks.next(after, before) ?? before) ?? ticks.next(after, before)
  },
  writtenAt: (partition, offset) => lists[partition]?.ticks.writtenAt(offset),
  said: (partition, watermark, offset) => lists[partition]?.ticks.said(watermark, offset) === true,
  versionAt: (partition, table, offset) => lists[partition]?.versions.at(table, offset),
  versionsSince: (partition, table, offset) => lists[partition]?.versions.since(table, offset) ?? [],
})

/** What is kept of a partition. */
type Lists = { readonly ticks: TickList; readonly versions: VersionList }

const makeLists = (): Lists => ({ ticks: makeTickList(), versions: makeVersionList() })

function addTo(lists: readonly Lists[], tick: Tick | TableChange, kept: Kept): void {
  const own = lists[tick.partition]
  if ('table' in tick) own?.versions.add(tick, kept.place)
  else own?.ticks.add(tick, kept)
}

async function readLists(topic: TopicReader): Promise<readonly Lists[]> {
  const lists = Array.from({ length: topic.partitions }, makeLists)
  for await (const { partition, offset, text, arrived } of readTexts(topic)) {
    const tick = JSON.parse(text) as Tick | TableChange
    addTo(lists, { ...tick, partition }, { place: offset, writtenAt: arrived })
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
    neededFrom: (start: Offset): Offset => places[Math.max(0, beyond(start) - 1)] ?? Number.POSITIVE_INFINITY,
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
