/** What a person who watches a run wants to see of it: that lines come, and how far event time is. */
import type { EventTime } from '../base/quantity.ts'
import type { Graph } from '../engine/graph.ts'
import { openGraph } from '../engine/open-graph.ts'
import { RowStore } from '../engine/sort/row-store.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Batch } from '../record/column.ts'
import { topicOf } from '../runner/open-topics.ts'
import type { StateWatch } from '../runner/state-watch.ts'
import type { Query } from '../sql/plan/plan.ts'
import type { Parts } from './parts.ts'
import type { SignsOfLife } from './run-options.ts'
import { summaryOf } from './run-summary.ts'
import { watermarkText } from './status/clock-status.ts'

/** A state that takes more memory is not copied each second. */
const MOST_STATE_BYTES = 4 << 20

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

/**
 * The rows that the open windows of a query would have if they ended now. A second graph is opened from a copy of the
 * state and ended, so the query itself goes on as if nobody had looked.
 */
export function rowsOfOpenWindows(name: string, { pipeline, queries, topics }: Parts): readonly Batch[] | undefined {
  const query = queries?.queries.find((one) => one.name === name)
  if (query === undefined || pipeline === undefined || query.ending) return undefined
  return rowsIfEnded({ ...query, query: query.checked.query }, pipeline, topics)
}

/** A query, or a statement, at work. */
type Opened = { readonly query: Query; readonly graph: Graph; readonly state: StateWatch }

/** What a query would put out if its input ended now; undefined where it has no open windows, or they hold much. */
export function rowsIfEnded(
  { query, graph, state }: Opened,
  { catalog, session }: CheckedPipeline,
  topics: Parts['topics'],
): readonly Batch[] | undefined {
  if (graph.held.open().windows === 0 || state.bytes().now > MOST_STATE_BYTES) return undefined
  const rows = new RowStore(query.plan.fields)
  const twin = openGraph(query, catalog, {
    session,
    partitions: (table) => topicOf(topics, table).checked.partitions,
    output: { emit: (batch) => void rows.append(batch, undefined, batch.count), reject() {} },
    state: graph.snapshot(),
  })
  twin.end()
  return [rows.batch()]
}
