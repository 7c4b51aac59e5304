/** What a person who watches a run wants to see of it: that lines come, and how far event time is. */
import type { EventTime } from '../base/quantity.ts'
import type { Parts } from './parts.ts'
import type { SignsOfLife } from './run-options.ts'
import { summaryOf } from './run-summary.ts'
import { watermarkText } from './status/clock-status.ts'

/** The signs at this moment. */
export function signsOf(parts: Parts): SignsOfLife {
  const { lines, dead } = summaryOf(parts, 0)
  return {
    lines,
    pace: paceOf(parts),
    ...timesOf(parts),
    late: dead.late,
    dead: Object.values(dead).reduce((sum, count) => sum + count, 0),
  }
}

function paceOf({ sources }: Parts): number | null {
  const running = sources.all().filter(({ hasEnded }) => !hasEnded())
  const rates = running.map(({ source }) => source.rate ?? Number.NaN)
  const sum = rates.reduce((all, one) => all + one, 0)
  return sum > 0 ? sum : null
}

/** Of the topic that is furthest, as its text; topics of other logs may be years apart. */
function timesOf({ pipeline, queries }: Parts): Pick<SignsOfLife, 'latestEvent' | 'watermark'> {
  let latest: TopicTimes | undefined
  for (const checked of pipeline?.topics ?? []) {
    const delay = pipeline?.catalog.get(checked.name)?.rowtime?.delay ?? 0
    const readers = queries?.readersOf(checked.name) ?? []
    const watermarks = Array.from({ length: checked.partitions }, (_, partition) =>
      Math.max(...readers.map((reader) => reader.watermark(partition))),
    ).filter((watermark) => Number.isFinite(watermark))
    if (watermarks.length === 0) continue
    const times = { event: Math.max(...watermarks) + delay, watermark: Math.min(...watermarks), checked }
    if (latest === undefined || times.event > latest.event) latest = times
  }
  if (latest === undefined) return { latestEvent: null, watermark: null }
  const { event, watermark, checked } = latest
  return { latestEvent: watermarkText(event, checked), watermark: watermarkText(watermark, checked) }
}

type TopicTimes = {
  readonly event: EventTime
  readonly watermark: EventTime
  readonly checked: Parameters<typeof watermarkText>[1]
}
