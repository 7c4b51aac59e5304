/** The rows that the open windows of a query would have if they ended now, for people who watch. */
import type { Graph } from '../../engine/graph.ts'
import { openGraph } from '../../engine/open-graph.ts'
import { RowStore } from '../../engine/sort/row-store.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import type { Batch } from '../../record/column.ts'
import { topicOf } from '../../runner/open-topics.ts'
import type { StateWatch } from '../../runner/state-watch.ts'
import type { Query } from '../../sql/plan/plan.ts'
import type { Parts } from '../parts.ts'

/** A state that takes more memory is not copied each second. */
export const MOST_STATE_BYTES: number = 4 << 20

/** A query, or a statement, at work. */
type Opened = { readonly query: Query; readonly graph: Graph; readonly state: StateWatch }

/** The rows; undefined where no window is open, or where the state of the query is too large to be copied. */
export function rowsOfOpenWindows(name: string, parts: Parts): readonly Batch[] | undefined {
  const opened = openedQuery(name, parts)
  if (opened === undefined || parts.pipeline === undefined) return undefined
  return rowsIfEnded(opened, parts.pipeline, parts.topics)
}

/** The query as it is at work; undefined where there is none, or where its input has ended. */
export function openedQuery(name: string, { queries }: Parts): Opened | undefined {
  const query = queries?.queries.find((one) => one.name === name)
  return query === undefined || query.ending ? undefined : { ...query, query: query.checked.query }
}

/** What a query would put out if its input ended now; undefined where it has no open windows, or they hold much. */
export function rowsIfEnded(
  opened: Opened,
  pipeline: CheckedPipeline,
  topics: Parts['topics'],
): readonly Batch[] | undefined {
  const rows = new RowStore(opened.query.plan.fields)
  const emit = (batch: Batch) => void rows.append(batch, undefined, batch.count)
  return endOpenWindows(opened, { pipeline, topics }, emit) ? [rows.batch()] : undefined
}

/** Whether the state of a query is too large to be copied. */
export const isStateLarge = ({ state }: Opened): boolean => state.bytes().now > MOST_STATE_BYTES

/**
 * Hands over the rows that the open windows of a query would have if they ended now; a batch is valid during the call. A
 * second graph is opened from a copy of the state and ended, so the query itself goes on as if nobody had looked. Returns
 * whether it was done: not where no window is open, nor where the state is too large.
 */
export function endOpenWindows(
  opened: Opened,
  { pipeline, topics }: { readonly pipeline: CheckedPipeline; readonly topics: Parts['topics'] },
  emit: (rows: Batch) => void,
): boolean {
  const { query, graph } = opened
  if (graph.held.open().windows === 0 || isStateLarge(opened)) return false
  const twin = openGraph(query, pipeline.catalog, {
    session: pipeline.session,
    partitions: (table) => topicOf(topics, table).checked.partitions,
    output: { emit, reject() {} },
    state: graph.snapshot(),
  })
  twin.end()
  return true
}
