/**
 * How far event time has come in a topic, for who waits for a time and reads nothing meanwhile: by the end of each
 * partition alone, and, where the topic has `idle`, by the wall clock once nothing comes any more (see topic-clock.ts,
 * whose rules these are). It only decides when somebody wakes: no record is late by it, so it is written down nowhere.
 */
import type { Clock } from '../base/clock.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import { readRange, withoutNulls } from '../bus/fetched.ts'
import type { DoubleColumn } from '../record/column.ts'
import { quietWatermark } from '../runner/topic-clock.ts'
import type { Table } from '../sql/catalog.ts'
import type { Ticks } from '../topic/tick-log.ts'
import type { SpanTopic } from './span-query.ts'

/** Records looked at from the end of a partition. */
const TAIL_RECORDS = 4096

export type AwaitedTopic = SpanTopic & { readonly ticks?: Ticks | undefined }

/** A process that was stopped has not watched: of the time between two looks, no more than this counts. */
const LONGEST_LOOK_MS = 2000

/** What was seen of a partition: where it ends, for how long it has, and the watermark of the records before. */
type Seen = { readonly end: number; readonly quietMs: number; readonly watermark: number }

export type TimeWatch = {
  /**
   * The watermark of the partition that is furthest behind, or a time before it; ms, as the event-time column has them.
   * -Infinity where there are no records; partitions without any do not count.
   */
  look(): Promise<number>
}

/** `atRest`: whether sources have nothing to read and nothing is on its way into the topic. */
export function watchTime(
  { checked, topic, ticks }: AwaitedTopic,
  { rowtime }: Table,
  clock: Clock,
  atRest: () => boolean,
): TimeWatch {
  const seen = new Map<number, Seen>()
  const decode = checked.format.decoder(rowtime === undefined ? [] : [rowtime.field])
  const delay = rowtime?.delay ?? 0
  let last = clock.elapsed()

  /** The greatest event time near the end of a partition. */
  const greatestOf = async (partition: number, end: Offset): Promise<EventTime> => {
    let greatest = Number.NEGATIVE_INFINITY
    for await (const fetched of readRange(topic, partition, { from: end - TAIL_RECORDS, to: end })) {
      for (const run of withoutNulls(fetched)) {
        const { columns, count } = decode(run.values, { add() {} })
        const { values, nulls } = columns[0] as DoubleColumn
        for (let row = 0; row < count; row++) {
          if (nulls?.[row] !== 1) greatest = Math.max(greatest, values[row] as number)
        }
      }
    }
    return greatest
  }

  return {
    async look() {
      if (rowtime === undefined) return Number.NEGATIVE_INFINITY
      await topic.refresh()
      const now = clock.elapsed()
      const watched = atRest() ? Math.min(now - last, LONGEST_LOOK_MS) : 0
      last = now
      const partitions: { quietMs: number; idleMs: number; watermark: number }[] = []
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
    },
  }
}
