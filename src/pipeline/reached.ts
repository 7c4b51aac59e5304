/**
 * How far event time has come in a topic, from its end alone: the watermark of the partition that is furthest behind, or
 * a time before it. Who waits for a time waits no shorter than it must, and seldom longer.
 */
import type { DoubleColumn } from '../record/column.ts'
import type { Table } from '../sql/catalog.ts'
import type { SpanTopic } from './span-query.ts'
import type { TickLog } from './tick-log.ts'

/** Records looked at from the end of a partition. */
const TAIL_RECORDS = 4096
const READ_BYTES = 1 << 20

/** `ticks` tell of a partition that has fallen quiet. ms, as the event-time column has them; -Infinity where there are no records. Partitions without any do not count. */
export async function reached(
  { checked: { format }, topic, ticks }: SpanTopic & { readonly ticks?: TickLog | undefined },
  { rowtime }: Table,
): Promise<number> {
  if (rowtime === undefined) return Number.NEGATIVE_INFINITY
  const decode = format.decoder([rowtime.field])
  let lowest = Number.POSITIVE_INFINITY
  for (let partition = 0; partition < topic.partitions; partition++) {
    const { start, end } = topic.bounds(partition)
    if (start === end) continue
    let greatest = Number.NEGATIVE_INFINITY
    for (let offset = Math.max(start, end - TAIL_RECORDS); offset < end; ) {
      const fetched = await topic.read(partition, offset, READ_BYTES)
      if (fetched === undefined) break
      const { columns, count } = decode(fetched.values, { add() {} })
      const { values, nulls } = columns[0] as DoubleColumn
      for (let row = 0; row < count; row++) {
        if (nulls?.[row] !== 1) greatest = Math.max(greatest, values[row] as number)
      }
      offset = fetched.baseOffset + fetched.values.count
    }
    lowest = Math.min(lowest, Math.max(greatest - rowtime.delay, ticks?.at(partition, end) ?? Number.NEGATIVE_INFINITY))
  }
  return lowest === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : lowest
}
