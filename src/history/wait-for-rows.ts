/**
 * Waits until nothing of a span can come any more: until the watermarks of all topics have passed its end, and, for tables of
 * stores, as long as their delay says. A table that sinks of the pipeline fill is waited for until they have delivered what
 * sources had to read: a delay alone says nothing once they are behind, as after a stop.
 */
import type { Clock } from '../base/clock.ts'
import type { Duration, EventTime, Offset } from '../base/quantity.ts'
import { zoneRules } from '../base/timezone.ts'
import type { CheckedPipeline, CheckedReport } from '../pipeline/checked.ts'
import { topicOf } from '../runner/open-topics.ts'
import { feedersOf, sourceTopicsOf, watchFeeders } from './feeders.ts'
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
  /** By partition, the offset before which a sink has delivered everything; not given: tables are not waited for beyond their delay. */
  delivered?(sink: string): readonly Offset[] | undefined
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
  wait: RowWait,
): Promise<boolean> {
  const { pipeline, topics, clock, signal, atRest, delivered, mostMs = Number.POSITIVE_INFINITY } = wait
  const begun = clock.elapsed()
  /** Looks until it is so; false where that takes too long. */
  const looked = async (isSo: () => boolean | Promise<boolean>, lookMs = () => LOOK_MS): Promise<boolean> => {
    while (!(await isSo())) {
      if (clock.elapsed() - begun >= mostMs) return false
      await clock.sleep(lookMs(), signal)
    }
    return true
  }
  for (const name of reads) if (!(await looked(passed(name, until, wait)))) return false
  const feeders = delivered === undefined ? [] : feedersOf(tables, pipeline)
  for (const name of sourceTopicsOf(feeders, pipeline)) {
    const hasPassed = passed(name, until, wait)
    // A table has what comes, in whatever order and however late: a source that has read all there is has nothing to wait for.
    if (!(await looked(async () => atRest?.(name) !== false || (await hasPassed())))) return false
  }
  const settled = () => settledAt(tables, pipeline, clock.now())
  const left = () => Math.min(LONGEST_SLEEP_MS, until - settled())
  if (!(await looked(() => settled() >= until, left))) return false
  return delivered === undefined || (await looked(await watchFeeders(feeders, topics, delivered)))
}

/** Whether the watermark of a topic has passed a time, as a function that looks. It has where the topic has no event time. */
function passed(name: string, until: EventTime, { pipeline, topics, clock, atRest }: RowWait): () => Promise<boolean> {
  const open = topicOf(topics, name)
  const table = pipeline.catalog.get(name)
  if (table?.rowtime === undefined) return async () => true
  const { fields, rowtime } = open.checked
  const type = rowtime === undefined ? undefined : fields[rowtime]?.type.kind
  // The watermark says that no row of its time or an earlier one will come: one ms before the end is enough.
  const wanted = (type === 'TIMESTAMP' ? zoneRules(pipeline.timezone).toWall(until) : until) - 1
  const reached = watchTime(open, table, clock, () => atRest?.(name) !== false)
  return async () => (await reached()) >= wanted
}
