/** Measures how far watermarks are ahead of the arrival of records: one comparison for each batch. */
import type { EventTime, Offset } from '../base/quantity.ts'
import type { Fetched } from '../bus/bus.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'

/** A watermark that was ahead of arrival: behind the record before this offset. Both times are instants. */
export type WatermarkAhead = {
  readonly partition: number
  readonly before: Offset
  readonly watermark: EventTime
  readonly arrival: EventTime
}

export type AheadMeter = {
  /** The furthest; undefined: none was ahead. */
  ahead(): WatermarkAhead | undefined
  /** Notes the watermark of a partition behind the records fetched, as the topic's event-time column has it. */
  note(partition: number, watermark: EventTime, fetched: Fetched): void
}

/** Has measured nothing yet. */
export function openAheadMeter({ maxAhead }: Pick<CheckedTopic, 'maxAhead'>): AheadMeter {
  let most: WatermarkAhead | undefined
  let mostMs = 0
  return {
    ahead: () => most,
    note(partition, reached, { lastTimestamp: arrival, isCreateTime, next }) {
      if (maxAhead === undefined || (!maxAhead.isOurs && isCreateTime !== false)) return
      const watermark = maxAhead.zone === undefined ? reached : maxAhead.zone.toInstant(reached)
      if (!(watermark - arrival > mostMs)) return
      mostMs = watermark - arrival
      most = { partition, before: next, watermark, arrival }
    },
  }
}
