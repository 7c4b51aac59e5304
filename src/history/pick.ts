/** Decodes the records of a topic, or the rows of a table as records, and keeps the rows whose event time lies in a span. */
import { assert } from '../base/assert.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import { zoneRules } from '../base/timezone.ts'
import type { KeptRecords } from '../format/format.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import type { Batch, Column, DoubleColumn } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Session } from '../sql/function/function.ts'
import type { TimeRange } from './event-times.ts'

/** What has columns and event time: a topic, or a table of a store. */
type Timed = Pick<CheckedTopic, 'name' | 'format' | 'fields' | 'rowtime'>

/** The watermarks that late records of one topic met, by partition and offset; -Infinity where a record was not late. */
export type LateRecords = (partition: number, offset: Offset) => EventTime

type Picking = {
  readonly span: Span
  readonly session: Session
  /** Records that must be late again as they were in the stream, by the topic's name in SQL. */
  readonly lateness?: ReadonlyMap<string, LateRecords>
  /** Records that are left out, those for which there is a watermark, by the topic's name in SQL. */
  readonly without?: ReadonlyMap<string, LateRecords>
}

type Picked = {
  readonly batch: Batch
  readonly undecodable: number
  /** Rows of the span that are left out. */
  readonly left: number
}

export type SpanPick = {
  /** The instant that a value of the event-time column means. */
  instant(time: EventTime): EventTime
  /** The rows in the span, valid until the next call. `least` and `greatest` are the times of all records, in the span or not. */
  rows(kept: KeptRecords, partition: number): TimeRange & Picked
}

/** The span in the values of the event-time column: wall time for TIMESTAMP, instants otherwise. */
export function inColumn({ since, until }: Span, { fields, rowtime }: Timed, { timezone }: Session): Span {
  const isWhole = since === -Infinity && until === Infinity
  if (isWhole || rowtime === undefined || fields[rowtime]?.type.kind !== 'TIMESTAMP') return { since, until }
  const zone = zoneRules(timezone)
  return { since: zone.toWall(since), until: zone.toWall(until) }
}

/** A pick for these columns, by index into the fields. A span without bounds has each row, also those without event time. */
export function openPick(checked: Timed, columns: readonly number[], picking: Picking): SpanPick {
  const { span, session, lateness, without } = picking
  const { name, format, fields, rowtime } = checked
  if (span.since === -Infinity && span.until === Infinity) return openWhole(checked, columns)
  assert(rowtime !== undefined, `${name} has event time`)
  const wanted = [...columns, rowtime]
  const decode = format.decoder(wanted)
  const kept = new Gather(wanted.map((column) => fields[column] as (typeof fields)[number]))
  const zone = zoneRules(session.timezone)
  const { since, until } = inColumn(span, checked, session)
  const late = lateness?.get(name)
  const leftOut = without?.get(name)
  let chosen = new Int32Array(0)
  return {
    instant: (time) =>
      fields[rowtime]?.type.kind === 'TIMESTAMP' && Number.isFinite(time) ? zone.toInstant(time) : time,
    rows(fetched, partition) {
      const { baseOffset } = fetched
      let undecodable = 0
      const decoded = { ...decode(fetched, partition, { add: () => undecodable++ }), partition }
      const { values: times, nulls } = decoded.columns.at(-1) as DoubleColumn
      if (chosen.length < decoded.count) chosen = new Int32Array(decoded.count)
      let count = 0
      let left = 0
      let least = Number.POSITIVE_INFINITY
      let greatest = Number.NEGATIVE_INFINITY
      for (let row = 0; row < decoded.count; row++) {
        if (nulls?.[row] === 1) continue
        const time = times[row] as number
        if (time < least) least = time
        if (time > greatest) greatest = time
        if (time < since || time >= until) continue
        if (leftOut !== undefined && leftOut(partition, baseOffset + (decoded.origin?.[row] ?? row)) !== -Infinity) {
          left++
          continue
        }
        chosen[count++] = row
      }
      const batch = kept.take(decoded, chosen, count)
      const met = (_: unknown, row: number) =>
        late?.(partition, baseOffset + (batch.origin?.[row] as number)) ?? -Infinity
      const asked: Batch = {
        ...batch,
        columns: batch.columns.slice(0, columns.length) as Column[],
        watermark: late === undefined ? undefined : Float64Array.from({ length: count }, met),
      }
      return { batch: asked, undecodable, left, least, greatest }
    },
  }
}

/** Every row that there is. */
function openWhole({ format }: Timed, columns: readonly number[]): SpanPick {
  const decode = format.decoder(columns)
  return {
    instant: (time) => time,
    rows(fetched, partition) {
      let undecodable = 0
      const batch = { ...decode(fetched, partition, { add: () => undecodable++ }), partition }
      return { batch, undecodable, left: 0, least: Number.NEGATIVE_INFINITY, greatest: Number.POSITIVE_INFINITY }
    },
  }
}
