/**
 * The ticks of a topic, kept in topic `NAME.ticks`: what the clock of a quiet partition was moved up to, and between which
 * two of its records. One record a tick, in the partition of the same number, as a JSON object:
 *
 *   { partition, offset, watermark }    before the record at `offset`, the partition's watermark is at least `watermark`
 *
 * A tick is durable before anybody acts on it, and every reader, now or in a replay, acts on it at that offset and nowhere
 * else: so ticks are a part of the topic's history, as records are (rules of time, 4). Between `write` and its end no
 * reader takes a record of the partition from that offset on. Of several ticks at one offset the greatest counts.
 *
 * A topic of ticks ends no earlier than the records between which they lie: where retention has taken records, the ticks
 * among them are forgotten, but for the last one, which says how far the clock was when the first record kept came.
 */
import type { Clock } from '../base/clock.ts'
import { openGate } from '../base/gate.ts'
import type { Topic } from '../bus/bus.ts'
import { recordsOf, recordText } from '../record/records.ts'

const READ_BYTES = 1 << 20

export type Tick = { readonly partition: number; readonly offset: number; readonly watermark: number }

export type TickLog = {
  /** Writes a tick, unless one that says as much is there already. Nobody acts on it before `settled`. */
  write(tick: Tick): void
  /** Resolves when every tick written is durable. */
  settled(): Promise<void>
  /** Whether a tick is written that is not durable yet. */
  isPending(): boolean
  /** The watermark of the durable tick at the offset; -Infinity where there is none. */
  at(partition: number, offset: number): number
  /** The offset of the first durable tick in (after, before) of the partition; undefined where there is none. */
  next(partition: number, after: number, before: number): number | undefined
  /** When the tick at the offset was written, ms since 1970; undefined where there is none. */
  writtenAt(partition: number, offset: number): number | undefined
  /** Whether a tick at or before the offset said this very watermark. */
  said(partition: number, watermark: number, offset: number): boolean
  /** What retention may take of the topic of ticks, once records before `start` are gone: all before this offset of it. */
  neededFrom(partition: number, start: number): number
  /** Drops from memory what lies before the last tick at or before `start`. */
  forget(partition: number, start: number): void
  /** The topic that keeps the ticks. */
  readonly topic: Topic
  /** Calls back when ticks have become durable. Returns how to stop. */
  onTick(listener: () => void): () => void
}

export async function openTickLog(topic: Topic, clock: Clock): Promise<TickLog> {
  const lists = Array.from({ length: topic.partitions }, makeTickList)
  for (const partition of lists.keys()) await readTicks(topic, partition, lists)
  const gate = openGate(Infinity)
  const listeners = new Set<() => void>()
  const pending = new Set<Tick>()
  const known = ({ partition, offset, watermark }: Tick) => (lists[partition]?.at(offset) ?? -Infinity) >= watermark

  return {
    write(tick) {
      if (known(tick)) return
      pending.add(tick)
      const values = recordsOf([JSON.stringify(tick)])
      const writtenAt = clock.now()
      const append = { values, keys: undefined, timestamp: writtenAt, mark: undefined }
      const durable = topic.append(tick.partition, append).then((place) => {
        pending.delete(tick)
        lists[tick.partition]?.add(tick, { place, writtenAt })
        for (const listener of listeners) listener()
      })
      gate.add(0, durable)
    },
    settled: () => gate.settled(),
    isPending: () => pending.size > 0,
    at: (partition, offset) => lists[partition]?.at(offset) ?? -Infinity,
    next: (partition, after, before) => lists[partition]?.next(after, before),
    writtenAt: (partition, offset) => lists[partition]?.writtenAt(offset),
    said: (partition, watermark, offset) => lists[partition]?.said(watermark, offset) === true,
    neededFrom: (partition, start) => lists[partition]?.neededFrom(start) ?? 0,
    forget: (partition, start) => lists[partition]?.forget(start),
    topic,
    onTick(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

async function readTicks(topic: Topic, partition: number, lists: readonly TickList[]): Promise<void> {
  const { start, end } = topic.bounds(partition)
  for (let offset = start; offset < end; ) {
    const fetched = await topic.read(partition, offset, READ_BYTES)
    if (fetched === undefined) return
    const { values, timestamps, baseOffset } = fetched
    for (let i = 0; i < values.count; i++) {
      const tick = JSON.parse(recordText(values, i)) as Tick
      lists[tick.partition]?.add(tick, { place: baseOffset + i, writtenAt: timestamps[i] as number })
    }
    offset = baseOffset + values.count
  }
}

/** Where a tick lies in the topic of ticks, and when it was put there. */
type Kept = { readonly place: number; readonly writtenAt: number }

/** The ticks of a partition, one for each offset, in order of offset: all that there are, so each is four numbers. */
type TickList = {
  add(tick: Tick, kept: Kept): void
  at(offset: number): number
  next(after: number, before: number): number | undefined
  writtenAt(offset: number): number | undefined
  said(watermark: number, offset: number): boolean
  neededFrom(start: number): number
  forget(start: number): void
}

function makeTickList(): TickList {
  const offsets: number[] = []
  /** Of each offset the greatest. */
  const watermarks: number[] = []
  /** Of each offset, where its first tick lies. */
  const places: number[] = []
  const written: number[] = []
  /** Index of the first offset beyond `after`. Most are asked for at the end. */
  const beyond = (after: number): number => {
    if (offsets.length === 0 || (offsets.at(-1) as number) <= after) return offsets.length
    let low = 0
    let high = offsets.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((offsets[middle] as number) > after) high = middle
      else low = middle + 1
    }
    return low
  }
  /** Index of the offset; -1 where no tick is there. */
  const indexOf = (offset: number): number => {
    const index = beyond(offset) - 1
    return offsets[index] === offset ? index : -1
  }
  return {
    add({ offset, watermark }, { place, writtenAt }) {
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
    at: (offset) => watermarks[indexOf(offset)] ?? -Infinity,
    writtenAt: (offset) => written[indexOf(offset)],
    said(watermark, offset) {
      // Later ticks say more, so the search ends soon.
      let index = beyond(offset) - 1
      while ((watermarks[index] ?? -Infinity) > watermark) index--
      return watermarks[index] === watermark
    },
    neededFrom: (start) => places[Math.max(0, beyond(start) - 1)] ?? 0,
    forget(start) {
      const forgotten = beyond(start) - 1
      if (forgotten <= 0) return
      for (const list of [offsets, watermarks, places, written]) list.splice(0, forgotten)
    },
    next(after, before) {
      const offset = offsets[beyond(after)]
      return offset !== undefined && offset < before ? offset : undefined
    },
  }
}
