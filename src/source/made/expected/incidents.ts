/** What the alerts over a made log should find: what happened, with whom, and when. */
import type { EventTime } from '../../../base/quantity.ts'
import { eventStart, madeRows } from '../kinds.ts'
import type { GeneratorOptions } from '../options.ts'
import type { Making } from './records.ts'

/** Times are as those of the log, in ms. */
export type ExpectedIncident = {
  readonly what: string
  readonly whom: string
  readonly from: EventTime
  readonly to: EventTime
}

/** Those that begin before a time. */
export function incidentsUntil(
  time: EventTime,
  options: GeneratorOptions,
  { now = 0, pools }: Making,
): readonly ExpectedIncident[] {
  const { like } = options
  if (like !== 'ip-logs' && like !== 'payments') return []
  const start = eventStart(options, { place: undefined, now })
  const { rows, plan } = madeRows({ ...options, like }, { start, capacity: 1, pools })
  const before = 1000 * (time - start)
  const bursts = plan.clock
    .burstsBefore(before)
    .map(({ k, from, to }) => ({ what: 'burst', whom: rows.whomOfBurst(k), from, to }))
  return [...rows.incidents(before), ...bursts]
    .map((one) => ({ ...one, from: start + one.from / 1000, to: start + one.to / 1000 }))
    .sort((a, b) => a.from - b.from)
}
