/** How far event time has come in the partitions of a topic, and which of them holds windows open. */
import type { Duration, EventTime } from '../../base/quantity.ts'
import type { CheckedTopic } from '../../pipeline/checked.ts'
import type { HeldBy } from './status.ts'

/** ms from 1970 to the last time that a Date can be. */
const MAX_TIME = 8.64e15

/** A partition as its readers see it. */
export type ReadPartition = {
  /** -Infinity: no record had a time yet, or nothing reads it. */
  readonly watermark: EventTime
  /** Records before the reader that is furthest behind. */
  readonly unread: number
  /** How long nothing was appended; undefined: nobody watches. */
  readonly quietMs: Duration | undefined
}

/**
 * The partition for which windows wait: that with the lowest watermark. One that is quiet for `idleMs` follows the others,
 * so no window waits for it. null where no watermark is behind another.
 */
export function holding(partitions: readonly ReadPartition[], idleMs: Duration | undefined): HeldBy | null {
  const furthest = Math.max(...partitions.map(({ watermark }) => watermark))
  if (!Number.isFinite(furthest)) return null
  const isQuiet = ({ quietMs = 0, unread }: ReadPartition) => idleMs !== undefined && quietMs >= idleMs && unread === 0
  const counting = partitions.map((one, partition) => ({ ...one, partition })).filter((one) => !isQuiet(one))
  const lowest = counting.reduce((least, one) => (one.watermark < least.watermark ? one : least), {
    watermark: furthest,
    unread: 0,
    partition: -1,
  })
  if (lowest.partition < 0) return null
  const isEmpty = !Number.isFinite(lowest.watermark)
  return {
    partition: lowest.partition,
    behindMs: isEmpty ? null : furthest - lowest.watermark,
    why: lowest.unread > 0 ? 'unread' : isEmpty ? 'empty' : 'silent',
  }
}

/** A watermark as the topic's event-time column has it: with Z for an instant, without for a wall clock's time. */
export function watermarkText(
  watermark: EventTime | undefined,
  { fields, rowtime }: Pick<CheckedTopic, 'fields' | 'rowtime'>,
): string | null {
  // No calendar goes further than this.
  if (watermark === undefined || !(Math.abs(watermark) <= MAX_TIME)) return null
  const isInstant = rowtime !== undefined && fields[rowtime]?.type.kind === 'TIMESTAMP_LTZ'
  return isInstant ? isoText(watermark) : isoText(watermark).slice(0, -1)
}

/** ms since 1970 as ISO 8601. */
export const isoText = (time: number): string => new Date(time).toISOString()

/** The same of a time that may not be known. */
export const isoOrNull = (time: number | undefined): string | null => (time === undefined ? null : isoText(time))
