/**
 * The clock of a topic whose partitions may fall quiet (`idle`). It alone decides how far a quiet partition's watermark
 * moves without records, and writes that down as a tick (see tick-log.ts) before anybody acts on it.
 *
 * A partition is quiet once nothing was appended to it for `idle`, measured on a clock that never goes back, while its
 * sources had nothing to read and all that was appended was read. Then
 *
 * - while other partitions are not quiet, it follows them: up to the lowest of their watermarks;
 * - when all are quiet, all go to the greatest watermark of the topic, and from there on with the wall clock, counted from
 *   the last append. So event time goes on at the pace of time from where the records had it, in 1995 too.
 *
 * A tick is written only where it makes a query put out rows. Docs: docs/decisions/012-idle.md.
 */
import type { Clock } from '../base/clock.ts'
import type { Topic } from '../bus/bus.ts'
import type { QueryReader } from './query-reader.ts'
import type { TickLog } from './tick-log.ts'

/** How often a clock looks, as a part of `idle`, and at most how rarely. */
const LOOKS = 10
const LONGEST_STEP_MS = 500

/** What is known of a partition: how long nothing was appended, and its watermark after its last record. */
export type QuietPartition = { readonly quietMs: number; readonly watermark: number }

/** The watermark that quiet partitions are due to have; undefined where no partition is quiet or nothing is known. */
export function quietWatermark(partitions: readonly QuietPartition[], idleMs: number): number | undefined {
  const active = partitions.filter(({ quietMs }) => quietMs < idleMs)
  if (active.length === partitions.length) return undefined
  const watermark =
    active.length > 0
      ? Math.min(...active.map(({ watermark }) => watermark))
      : Math.max(...partitions.map(({ watermark }) => watermark)) +
        Math.floor(Math.min(...partitions.map(({ quietMs }) => quietMs)))
  return Number.isFinite(watermark) ? watermark : undefined
}

export type TopicClockContext = {
  readonly topic: Topic
  readonly ticks: TickLog
  readonly readers: readonly QueryReader[]
  readonly idleMs: number
  readonly clock: Clock
  /** Whether sources have nothing to read and nothing is on its way into the topic. */
  atRest(): boolean
  /** Aborted when nothing more will be appended. */
  readonly ended: AbortSignal
}

/** Looks again and again until the topic has ended. */
export async function runTopicClock(context: TopicClockContext): Promise<void> {
  const { clock, idleMs, ended } = context
  const step = Math.max(1, Math.min(LONGEST_STEP_MS, Math.ceil(idleMs / LOOKS)))
  const watch = openWatch(context, step)
  while (!ended.aborted) {
    await clock.sleep(step, ended).catch(() => undefined)
    if (!ended.aborted) watch()
  }
}

/** What is done at each look. */
function openWatch({ topic, ticks, readers, idleMs, clock, atRest }: TopicClockContext, step: number): () => void {
  const quietMs = new Float64Array(topic.partitions)
  const ends = Float64Array.from(quietMs, (_, partition) => topic.bounds(partition).end)
  /** The watermarks as the last record left them: what ticks have added since must not count again. */
  const watermarks = new Float64Array(topic.partitions).fill(Number.NaN)
  let last = clock.elapsed()
  return () => {
    const now = clock.elapsed()
    // A process that was stopped, or was slow, has not watched: silence counts only while it looks.
    const watched = Math.min(now - last, 2 * step)
    last = now
    const isSettled = atRest() && !ticks.isPending()
    const caughtUp = readers.filter((reader) => isAtEnd(reader, topic))
    for (const partition of quietMs.keys()) {
      const { end } = topic.bounds(partition)
      if (end !== ends[partition]) {
        quietMs[partition] = 0
        watermarks[partition] = Number.NaN
      } else if (isSettled && caughtUp.length > 0) quietMs[partition] = (quietMs[partition] as number) + watched
      ends[partition] = end
    }
    if (!isSettled || caughtUp.length === 0) return
    for (const [partition, known] of watermarks.entries()) {
      if (Number.isNaN(known)) {
        watermarks[partition] = Math.max(...caughtUp.map((reader) => reader.watermark(partition)))
      }
    }
    const partitions = Array.from(quietMs, (quiet, partition) => ({
      quietMs: quiet,
      watermark: watermarks[partition] as number,
    }))
    const watermark = quietWatermark(partitions, idleMs)
    if (watermark === undefined) return
    for (const [partition, quiet] of quietMs.entries()) {
      if (quiet < idleMs || !caughtUp.some((reader) => reader.isHeldUp(partition, watermark))) continue
      ticks.write({ partition, offset: ends[partition] as number, watermark })
    }
  }
}

const isAtEnd = (reader: QueryReader, topic: Topic): boolean =>
  Array.from({ length: topic.partitions }).every(
    (_, partition) => reader.offset(partition) === topic.bounds(partition).end,
  )
