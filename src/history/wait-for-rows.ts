/**
 * Waits until nothing of a span can come any more: until the watermarks of all topics have passed its end, and, for tables of
 * stores, as long as their delay says.
 */
import type { Clock } from '../base/clock.ts'
import type { Duration, EventTime } from '../base/quantity.ts'
import { zoneRules } from '../base/timezone.ts'
import type { CheckedPipeline, CheckedReport } from '../pipeline/checked.ts'
import { topicOf } from '../runner/open-topics.ts'
import { type AwaitedTopic, watchTime } from './reached.ts'

/** The time between two looks at a watermark. */
const LOOK_MS = 1000
/** A wait is cut in pieces, because the clock on the wall may be set meanwhile. */
export const LONGEST_SLEEP_MS: Duration = 60_000

/** A report that is asked for from outside, as by cron, waits for no longer: the next one would come. */
export const MOST_WAIT_MS: Duration = 3_600_000

export type RowWait = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, AwaitedTopic>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** It waits for no longer; without end if not given. */
  readonly mostMs?: Duration
  /** Whether the sources of a topic have nothing to read and nothing is on its way into it; if not given, this is true. */
  atRest?(topic: string): boolean
}

/** The time up to which tables have their rows, by their delays; Infinity where there are none. */
export function settledAt(tables: readonly string[], pipeline: CheckedPipeline, now: EventTime): EventTime {
  return tables.length === 0 ? Number.POSITIVE_INFINITY : now - delayOf(tables, pipeline)
}

const delayOf = (tables: readonly string[], pipeline: CheckedPipeline): Duration =>
  Math.max(0, ...tables.map((name) => pipeline.tables.get(name)?.delayMs ?? 0))

/** Resolves to whether nothing of a time before `until` can come: false after `mostMs`. Rejects where the signal is aborted. */
export async function waitForRows(
  { reads, tables }: Pick<CheckedReport, 'reads' | 'tables'>,
  until: EventTime,
  { pipeline, topics, clock, atRest, signal, mostMs = Number.POSITIVE_INFINITY }: RowWait,
): Promise<boolean> {
  const wall = zoneRules(pipeline.timezone).toWall(until)
  const begun = clock.elapsed()
  for (const name of reads) {
    const open = topicOf(topics, name)
    const table = pipeline.catalog.get(name)
    const { fields, rowtime } = open.checked
    const type = rowtime === undefined ? undefined : fields[rowtime]?.type.kind
    // The watermark says that no row of its time or an earlier one will come: one ms before the end is enough.
    const wanted = (type === 'TIMESTAMP' ? wall : until) - 1
    if (table === undefined) continue
    const reached = watchTime(open, table, clock, () => atRest?.(name) !== false)
    while ((await reached()) < wanted) {
      if (clock.elapsed() - begun >= mostMs) return false
      await clock.sleep(LOOK_MS, signal)
    }
  }
  while (settledAt(tables, pipeline, clock.now()) < until) {
    if (clock.elapsed() - begun >= mostMs) return false
    const left = until - settledAt(tables, pipeline, clock.now())
    await clock.sleep(Math.min(LONGEST_SLEEP_MS, left), signal)
  }
  return true
}
