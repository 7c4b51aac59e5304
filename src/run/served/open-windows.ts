/** The rows that the open windows of a query would have if they ended now, for people who watch. */
import { openGraph } from '../../engine/open-graph.ts'
import { RowStore } from '../../engine/sort/row-store.ts'
import type { Batch } from '../../record/column.ts'
import { topicOf } from '../../runner/open-topics.ts'
import type { Parts } from '../parts.ts'

/** A state that takes more memory is not copied each second. */
export const MOST_STATE_BYTES: number = 4 << 20

/** The rows; undefined where no window is open, or where the state of the query is too large to be copied. */
export function rowsOfOpenWindows(name: string, parts: Parts): readonly Batch[] | undefined {
  const fields = parts.queries?.queries.find((one) => one.name === name)?.checked.query.plan.fields
  if (fields === undefined) return undefined
  const rows = new RowStore(fields)
  const isAsked = endOpenWindows(name, parts, (batch) => void rows.append(batch, undefined, batch.count))
  return isAsked ? [rows.batch()] : undefined
}

/** Whether the state of a query is too large to be copied. */
export const isStateLarge = (name: string, { queries }: Parts): boolean =>
  (queries?.queries.find((one) => one.name === name)?.state.bytes().now ?? 0) > MOST_STATE_BYTES

/**
 * Hands over the rows that the open windows of a query would have if they ended now; a batch is valid during the call. A
 * second graph is opened from a copy of the state and ended, so the query itself goes on as if nobody had looked. Returns
 * whether it was done: not where no window is open, nor where the state is too large.
 */
export function endOpenWindows(
  name: string,
  { pipeline, queries, topics }: Parts,
  emit: (rows: Batch) => void,
): boolean {
  const query = queries?.queries.find((one) => one.name === name)
  if (query === undefined || pipeline === undefined || query.ending) return false
  const { graph, checked, state } = query
  if (graph.held.open().windows === 0 || state.bytes().now > MOST_STATE_BYTES) return false
  const twin = openGraph(checked.query, pipeline.catalog, {
    session: pipeline.session,
    partitions: (table) => topicOf(topics, table).checked.partitions,
    output: { emit, reject() {} },
    state: graph.snapshot(),
  })
  twin.end()
  return true
}
