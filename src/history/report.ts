/**
 * Runs a report: its query over a span, and the span in front of each row. The same records always give the same rows:
 * CURRENT_TIMESTAMP is the end of the span.
 */
import type { EventTime } from '../base/quantity.ts'
import { zoneRules } from '../base/timezone.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import type { Batch, DoubleColumn } from '../record/column.ts'
import { type LookupTables, openLookupTables } from '../runner/lookup-tables.ts'
import { planQuery } from '../sql/plan-query.ts'
import { runOverSpan, type SpanOutcome, type SpanQuery, type SpanTopic } from './span-query.ts'

/** The span query of a report's SQL. Throws a Failure where it cannot be planned. */
export function askedOf(
  sql: string,
  pipeline: CheckedPipeline,
  span: Span,
  topics: ReadonlyMap<string, SpanTopic>,
): SpanQuery & { readonly lookups: LookupTables } {
  const { catalog, limits, tables, folder } = pipeline
  const session = { ...pipeline.session, now: span.until }
  const query = planQuery(sql, catalog, { mode: 'batch', session, beyondFlink: true })
  const lookups = openLookupTables({ pipeline: () => pipeline, warn() {} })
  return { query, catalog, session, span, topics, tables, folder, lookups, stateLimit: limits.state }
}

/** Runs the query. `emit` gets the rows as the report's topic has them; a batch is valid during the call. */
export function runReport(asked: SpanQuery, emit: (rows: Batch) => void): Promise<SpanOutcome> {
  const { span, session } = asked
  return runOverSpan(asked, (rows) => {
    emit({ ...rows, columns: [...spanColumns(span, session.timezone, rows.count), ...rows.columns] })
  })
}

/** The columns of `SPAN_FIELDS`, as many rows as wanted. */
export function spanColumns({ since, until }: Span, timezone: string, count: number): readonly DoubleColumn[] {
  const zone = zoneRules(timezone)
  return [since, until].map((time) => constant(zone.toWall(time), count))
}

const constant = (value: EventTime, count: number): DoubleColumn => ({
  kind: 'double',
  values: new Float64Array(count).fill(value),
  nulls: undefined,
})
