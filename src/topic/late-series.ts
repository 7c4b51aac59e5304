/**
 * The late rows of the queries that read a topic, on their way to its dead letters: the first few of each minute of arrival with
 * their records, all others by place. No object is made for one of the others.
 *
 * Letters of a series are written in order of offset, so how far they go says which are there (`known-letters.ts`).
 */
import type { Offset } from '../base/quantity.ts'
import type { Fetched } from '../bus/bus.ts'
import type { LateRow } from '../engine/graph.ts'
import type { Known, Series } from './known-letters.ts'
import { gatherLate, type LateGathering, type LateRows, lateReason, wallText } from './late-rows.ts'
import { type DeadLetter, recordPart, scanPart } from './letter.ts'

/** Late rows of each query, partition and minute of arrival that are kept with their records. */
const WHOLE_A_MINUTE = 5
const MINUTE_MS = 60_000

/** Late rows of one series, in order of offset. */
export type LateSeries = {
  readonly query: string
  readonly byTick: boolean
  readonly isKnown: (offset: Offset) => boolean
  readonly gathering: LateGathering
  /** The minute of arrival of the last row, and how many of it were kept whole. */
  minute: number
  whole: number
}

export type AllLateSeries = {
  /** The series of a late row. `byTick`: a tick had closed its windows. */
  seriesOf(query: string, reject: LateRow, byTick: boolean): LateSeries
  /** Reports a row of a series; false: its letter is there already. */
  row(series: LateSeries, reject: LateRow, offset: Offset, fetched: Fetched | undefined): boolean
  /** Hands over the rows that wait. */
  flush(): void
}

/** No row was late yet. `write` takes letters. */
export function openLateSeries(
  { topic, partitions }: { readonly topic: string; readonly partitions: number },
  known: Known,
  write: (letter: DeadLetter | LateRows) => void,
): AllLateSeries {
  /** By query, then by number: see `seriesOf`. */
  const queries = new Map<string, LateSeries[]>()
  const seriesOf = (query: string, { scan, partition, kind }: LateRow, byTick: boolean): LateSeries => {
    let all = queries.get(query)
    if (all === undefined) {
      all = []
      queries.set(query, all)
    }
    const number = (scan * partitions + partition) * 4 + (kind === 'late' ? 0 : 2) + (byTick ? 1 : 0)
    let series = all[number]
    if (series === undefined) {
      const whose: Series = { kind, query, scan, partition, only: byTick ? 'tick' : undefined }
      const head = { kind, topic, partition, query, ...scanPart(scan), ...tickPart(byTick) }
      const gathering = gatherLate(head)
      series = { query, byTick, isKnown: known.testOf(whose), gathering, minute: Number.NaN, whole: 0 }
      all[number] = series
    }
    return series
  }
  const take = ({ gathering }: LateSeries) => {
    const letter = gathering.take()
    if (letter !== undefined) write(letter)
  }
  return {
    seriesOf,
    row(series, reject, offset, fetched) {
      if (series.isKnown(offset)) return false
      const minute = Math.floor((fetched?.lastTimestamp ?? 0) / MINUTE_MS)
      if (minute !== series.minute) series.whole = 0
      series.minute = minute
      if (fetched === undefined || offset < 0 || series.whole >= WHOLE_A_MINUTE) {
        if (!series.gathering.add(offset, reject.late)) take(series)
        return true
      }
      take(series)
      series.whole++
      const { kind, partition, origin: record, late } = reject
      const reason = lateReason(late, series.byTick)
      const place = {
        topic,
        partition,
        offset,
        query: series.query,
        ...scanPart(reject.scan),
        ...tickPart(series.byTick),
      }
      write({ kind, reason, ...place, ...missed(late), ...recordPart(fetched, record) })
      return true
    },
    flush() {
      for (const all of queries.values()) for (const series of all) if (series !== undefined) take(series)
    },
  }
}

const tickPart = (byTick: boolean): { readonly by_tick?: true } => (byTick ? { by_tick: true } : {})

function missed({ lateMs, watermark, windows, from, to }: LateRow['late']) {
  return {
    late_ms: lateMs,
    watermark: wallText(watermark),
    windows: { count: windows, from: wallText(from), to: wallText(to) },
  }
}
