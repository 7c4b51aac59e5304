/**
 * How far event time has come in a topic, for a report that waits for a time and reads nothing meanwhile: by the end of each
 * partition alone and, where the topic has `idle`, by the clock once nothing comes any more (by the rules of
 * topic-clock.ts). It only decides when a report runs and makes no record late, so it is not written down.
 */
import type { Clock } from '../base/clock.ts'
import type { Duration, EventTime, Offset } from '../base/quantity.ts'
import { readOffsets, withoutNulls } from '../bus/fetched.ts'
import type { DoubleColumn } from '../record/column.ts'
import { quietWatermark, type WatchedPartition } from '../runner/topic-clock.ts'
import type { Table } from '../sql/catalog.ts'
import type { Ticks } from '../topic/tick-log.ts'
import type { SpanTopic } from './span-query.ts'

/** Offsets from the end of a partition at which records are looked at first; where they have no event time, more. */
const TAIL_RECORDS = 4096

export type AwaitedTopic = SpanTopic & { readonly ticks?: Ticks | undefined }

/** Of the time between two looks, no more than this counts: a process that was stopped has not watched. */
const LONGEST_LOOK_MS = 2000

/**
 * Watches a topic. Each call of what it returns gives the watermark of the partition that is furthest behind, or a time before
 * it, as the event-time column has it; -Infinity where there are no records, as partitions without any do not count.
 * `atRest`: whether the topic's sources have nothing to read and nothing is on its way into it.
 */
export function watchTime(
  { checked, topic, ticks }: AwaitedTopic,
  { rowtime }: Table,
  clock: Clock,
  atRest: () => boolean,
): () => Promise<EventTime> {
  /** By partition its end, for how long it has been there, and the watermark of the records before it. */
  const seen = new Map<number, { readonly end: Offset; readonly quietMs: Duration; readonly watermark: EventTime }>()
  const decode = checked.format.decoder(rowtime === undefined ? [] : [rowtime.field])
  const delay = rowtime?.delay ?? 0
  let last = clock.elapsed()

  /** The greatest event time near the end of a partition, in the last records that have any. */
  const greatestOf = async (partition: number, end: Offset, tail = TAIL_RECORDS): Promise<EventTime> => {
    let greatest = Number.NEGATIVE_INFINITY
    for await (const fetched of readOffsets(topic, partition, { from: end - tail, to: end })) {
      for (const run of withoutNulls(fetched)) {
        await checked.format.ready?.(run.values)
        const { columns, count } = decode(run, partition, { add() {} })
        const { values, nulls } = columns[0] as DoubleColumn
        for (let row = 0; row < count; row++) {
          if (nulls?.[row] !== 1) greatest = Math.max(greatest, values[row] as number)
        }
      }
    }
    const isWhole = end - tail <= topic.bounds(partition).start
    return greatest > Number.NEGATIVE_INFINITY || isWhole ? greatest : greatestOf(partition, end, tail * 16)
  }

  return async () => {
    if (rowtime === undefined) return Number.NEGATIVE_INFINITY
    await topic.refresh()
    const now = clock.elapsed()
    const passed = clock.isVirtual === true ? now - last : Math.min(now - last, LONGEST_LOOK_MS)
    const watched = atRest() ? passed : 0
    last = now
    const partitions: WatchedPartition[] = []
    for (let partition = 0; partition < topic.partitions; partition++) {
      const { start, end } = topic.bounds(partition)
      if (start === end) continue
      const before = seen.get(partition)
      const known =
        before?.end === end
          ? { ...before, quietMs: before.quietMs + watched }
          : { end, quietMs: 0, watermark: (await greatestOf(partition, end)) - delay }
      seen.set(partition, known)
      const ticked = ticks?.at(partition, end) ?? Number.NEGATIVE_INFINITY
      partitions.push({
        quietMs: known.quietMs,
        idleMs: checked.idleMs ?? Number.POSITIVE_INFINITY,
        watermark: Math.max(known.watermark, ticked),
      })
    }
    if (partitions.length === 0) return Number.NEGATIVE_INFINITY
    const quiet = quietWatermark(partitions) ?? Number.NEGATIVE_INFINITY
    return Math.min(
      ...partitions.map(({ quietMs, idleMs, watermark }) =>
        quietMs < idleMs ? watermark : Math.max(watermark, quiet),
      ),
    )
  }
}
