/**
 * Takes out records whose event time is too far ahead of their arrival (`max_ahead`, rules of time, 3): one wrong clock would
 * close every window that is still to come. Such a record is no row of its topic, for no reader, and moves no watermark.
 *
 * It is decided by the arrival that is kept with the record, so a report, a backfill or a replay decides the same.
 */
import type { Duration, EventTime } from '../base/quantity.ts'
import type { ZoneRules } from '../base/timezone.ts'
import { roundSpan } from '../base/units.ts'
import type { KeptRecords, Rejects, TopicDecoder } from '../format/format.ts'
import type { Batch, DoubleColumn } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Field } from '../record/type.ts'

export type MaxAhead = {
  /** Index of the event time among the columns of the topic. */
  readonly column: number
  readonly ms: Duration
  /** The zone of event times without one; undefined: they are instants. */
  readonly zone: ZoneRules | undefined
  /** Whether the time of every record is its arrival; else only where brokers have set it. */
  readonly isOurs: boolean
}

/** A clock that is put back shows an hour twice: the order of times without a zone is that of instants up to this. */
const ZONE_STEP_MS = 3 * 3_600_000

/** The decoder, which also decodes the event time, without records from the future. `fields` are all columns of the topic. */
export function withoutFuture(
  columns: readonly number[],
  { fields, ahead }: { readonly fields: readonly Field[]; readonly ahead: MaxAhead },
  open: (columns: readonly number[]) => TopicDecoder,
): TopicDecoder {
  const { column, ms, zone, isOurs } = ahead
  const place = columns.indexOf(column)
  const decode = open(place >= 0 ? columns : [...columns, column])
  const at = place >= 0 ? place : columns.length
  const gather = new Gather(columns.map((index) => fields[index] as Field))
  const instantOf = (time: EventTime): EventTime => (zone === undefined ? time : zone.toInstant(time))
  const slack = zone === undefined ? 0 : ZONE_STEP_MS
  let kept = new Int32Array(0)
  return (records, partition, rejects) => {
    const found: Rejected[] = []
    const batch = decode(records, partition, { add: (...reject) => found.push(reject) })
    const times = batch.columns[at] as DoubleColumn
    const whole: Batch = place >= 0 ? batch : { ...batch, columns: batch.columns.slice(0, -1) }
    const last = greatest(times, batch.count)
    if (
      (!isOurs && records.isCreateTime !== false) ||
      last === Number.NEGATIVE_INFINITY ||
      instantOf(last) + slack <= firstArrival(records) + ms
    ) {
      for (const reject of found) rejects.add(...reject)
      return whole
    }
    const { timestamps } = records
    if (kept.length < batch.count) kept = new Int32Array(batch.count)
    let count = 0
    for (let row = 0; row < batch.count; row++) {
      const record = batch.origin?.[row] ?? row
      const time = times.values[row] as number
      const arrival = timestamps[record] as number
      if (times.nulls?.[row] === 1 || !(instantOf(time) > arrival + ms)) kept[count++] = row
      else found.push([record, 0, futureReason(instantOf(time), arrival), 'future'])
    }
    found.sort(([a], [b]) => a - b)
    for (const reject of found) rejects.add(...reject)
    return count === batch.count ? whole : gather.take(whole, kept, count)
  }
}

type Rejected = Parameters<Rejects['add']>

function greatest({ values, nulls }: DoubleColumn, count: number): EventTime {
  let last = Number.NEGATIVE_INFINITY
  for (let row = 0; row < count; row++) {
    const time = values[row] as number
    if (time > last && (nulls === undefined || nulls[row] === 0)) last = time
  }
  return last
}

function firstArrival({ arrival, timestamps, values }: KeptRecords): EventTime {
  if (arrival !== undefined) return arrival
  let first = Number.POSITIVE_INFINITY
  for (let record = 0; record < values.count; record++) {
    const time = timestamps[record] as number
    if (time < first) first = time
  }
  return first
}

const futureReason = (time: EventTime, arrival: EventTime): string =>
  `its time, ${instantText(time)}, is ${roundSpan(time - arrival)} after its arrival, ${instantText(arrival)}`

/** Times beyond what a date can hold are numbers. */
const instantText = (time: EventTime): string =>
  Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : `${time} ms`
