/**
 * The clock of a topic whose partitions may fall quiet (`idle`). It alone decides how far a quiet partition's watermark
 * moves without records, and writes that down as a tick (see tick-log.ts), which is durable before a reader acts on it.
 *
 * A partition is quiet once nothing was appended to it for `idle`, measured on a clock that never goes back, while its
 * sources had nothing to read and all that was appended was read. Then
 *
 * - while other partitions are not quiet, it follows them: up to the lowest of their watermarks;
 * - when all are quiet, all go to the greatest watermark of the topic, and from there on with the time that passes, counted
 *   from the last append. So event time goes on at the pace of time from the last records, in 1995 too.
 *
 * A query that reads several topics waits for each: it sees their partitions as those of one topic, so a topic which is
 * quiet, or never had a record, follows the others.
 *
 * A tick is written only where it makes a query put out rows. Docs: docs/decisions/012-idle.md.
 */
import type { Clock } from '../base/clock.ts'
import type { Duration, EventTime } from '../base/quantity.ts'
import type { TopicReader } from '../bus/bus.ts'
import type { TickLog } from '../topic/tick-log.ts'
import type { QueryReader } from './query-reader.ts'

/** A clock looks this often within `idle`, and at least once within the longest step. */
const LOOKS = 10
const LONGEST_STEP_MS = 500

export type WatchedPartition = {
  /** How long nothing has been appended. */
  readonly quietMs: Duration
  /** Nothing for this long makes the partition quiet. */
  readonly idleMs: Duration
  readonly watermark: EventTime
}

/** The watermark that quiet partitions should have; undefined where no partition is quiet or no watermark is known. */
export function quietWatermark(partitions: readonly WatchedPartition[]): EventTime | undefined {
  const active = partitions.filter(({ quietMs, idleMs }) => quietMs < idleMs)
  if (active.length === partitions.length) return undefined
  const watermark =
    active.length > 0
      ? Math.min(...active.map(({ watermark }) => watermark))
      : Math.max(...partitions.map(({ watermark }) => watermark)) +
        Math.floor(Math.min(...partitions.map(({ quietMs }) => quietMs)))
  return Number.isFinite(watermark) ? watermark : undefined
}

export type WatchContext = {
  readonly topic: TopicReader
  readonly ticks: TickLog | undefined
  readonly readers: readonly QueryReader[]
  /** Infinity where partitions are never quiet. */
  readonly idleMs: Duration
  readonly clock: Clock
  /** Whether sources have nothing to read and nothing is on its way into the topic. */
  atRest(): boolean
}

/** The partitions as they are now; not settled while records or ticks are on their way. */
type Look = { readonly isSettled: boolean; readonly partitions: readonly WatchedPartition[] }

/** Watches for how long the partitions of a topic are quiet. */
export type TopicWatch = WatchContext & {
  look(): Promise<Look>
  /** For how long nothing was appended to a partition, as of the last look. */
  quietMs(partition: number): Duration
}

/** The time between two looks. */
const stepOf = (idleMs: Duration) => Math.max(1, Math.min(LONGEST_STEP_MS, Math.ceil(idleMs / LOOKS)))

/** Begins to watch a topic: its partitions are not quiet yet. */
export function openTopicWatch(context: WatchContext): TopicWatch {
  const { topic, ticks, readers, idleMs, clock, atRest } = context
  const quietMs = new Float64Array(topic.partitions)
  const ends = Float64Array.from(quietMs, (_, partition) => topic.bounds(partition).end)
  /** The watermarks as the last record left them, without later ticks: time that a tick has added must not count again. */
  const watermarks = new Float64Array(topic.partitions).fill(Number.NaN)
  let last = clock.elapsed()
  return {
    ...context,
    quietMs: (partition) => quietMs[partition] ?? 0,
    async look() {
      // Before the time is read: silence must not count while the bus has records that this process has not heard of.
      await topic.refresh()
      const now = clock.elapsed()
      // A process that was stopped, or was slow, has not watched: silence counts only while it looks.
      const watched = clock.isVirtual === true ? now - last : Math.min(now - last, 2 * stepOf(idleMs))
      last = now
      const caughtUp = readers.filter((reader) => isAtEnd(reader, topic))
      const isSettled = atRest() && ticks?.isPending() !== true && caughtUp.length > 0
      for (const partition of quietMs.keys()) {
        const { end } = topic.bounds(partition)
        if (end !== ends[partition]) {
          quietMs[partition] = 0
          watermarks[partition] = Number.NaN
        } else if (isSettled) quietMs[partition] = (quietMs[partition] as number) + watched
        ends[partition] = end
      }
      const partitions = Array.from(quietMs, (quiet, partition) => {
        const reached = Math.max(...(isSettled ? caughtUp : readers).map((reader) => reader.watermark(partition)))
        // A partition that is never quiet has only the watermark of its records.
        if (idleMs === Infinity) return { quietMs: 0, idleMs, watermark: reached }
        if (isSettled && Number.isNaN(watermarks[partition])) watermarks[partition] = reached
        const known = watermarks[partition] as number
        return { quietMs: quiet, idleMs, watermark: Number.isNaN(known) ? reached : known }
      })
      return { isSettled, partitions }
    },
  }
}

/** For each query that waits for a topic and for others, those others. */
type Together = readonly (readonly TopicWatch[])[]

/**
 * Looks again and again, and writes the ticks that are due, until `ended` is aborted: nothing more will be appended. Rejects
 * with the Failure of the bus.
 */
export async function runTopicClock(watch: TopicWatch, together: Together, ended: AbortSignal): Promise<void> {
  const step = stepOf(watch.idleMs)
  while (!ended.aborted) {
    await watch.clock.sleep(step, ended).catch(() => undefined)
    if (!ended.aborted) await moveOn(watch, together)
  }
}

/** Writes the ticks that are due. */
async function moveOn(watch: TopicWatch, together: Together): Promise<void> {
  const { topic, ticks, readers, idleMs } = watch
  // The others first: nothing may happen between the look at this topic and its tick.
  const others = await Promise.all(together.map((group) => Promise.all(group.map((other) => other.look()))))
  const { isSettled, partitions: own } = await watch.look()
  if (!isSettled) return
  const groups = [own, ...others.map((looks) => [...own, ...looks.flatMap(({ partitions }) => partitions)])]
  const watermark = Math.max(...groups.map((partitions) => quietWatermark(partitions) ?? -Infinity))
  if (watermark === -Infinity) return
  const caughtUp = readers.filter((reader) => isAtEnd(reader, topic))
  for (const [partition, { quietMs }] of own.entries()) {
    if (quietMs < idleMs || !caughtUp.some((reader) => reader.isHeldUp(partition, watermark))) continue
    // Not waited for: `isSettled` is false while a tick is on its way, and readers reject with its failure.
    void ticks?.write({ partition, offset: topic.bounds(partition).end, watermark })
  }
}

const isAtEnd = (reader: QueryReader, topic: TopicReader): boolean =>
  Array.from({ length: topic.partitions }).every(
    (_, partition) => reader.offset(partition) === topic.bounds(partition).end,
  )
