/** Runs a statement over what the topics of a run keep, at half pace beside the pipeline. */
import { Failure } from '../../base/failure.ts'
import type { EventTime } from '../../base/quantity.ts'
import { offsetsKept } from '../../bus/fetched.ts'
import { runOverSpan, type SpanTopic } from '../../history/span-query.ts'
import { withoutSentAgain } from '../../history/without-sent-again.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { openLookupTables } from '../../runner/lookup-tables.ts'
import { topicOf } from '../../runner/open-topics.ts'
import { openRowTexts } from '../../topic/row-texts.ts'
import type { Parts } from '../parts.ts'
import { halfPace } from './half-pace.ts'
import type { HistoryOutcome } from './outcome.ts'
import { type ConsoleStatement, STATEMENT_BYTES } from './statement.ts'

export type HistoryAsked = {
  readonly statement: ConsoleStatement
  /** Rows whose event time is in it; -Infinity and Infinity: all rows. */
  readonly span: { readonly since: EventTime; readonly until: EventTime }
  /** Rows that are wanted at most. */
  readonly limit: number
  readonly signal: AbortSignal
  /** Takes the texts of rows, and how many records have been read of all. */
  take(rows: readonly string[], read: { readonly records: number; readonly of: number }): Promise<void>
}

/** Runs it to its end, or until it has its rows. Rejects with a Failure where it is refused, or nobody waits any more. */
export async function runOverHistory(
  asked: HistoryAsked,
  { parts, pipeline }: { readonly parts: Parts; readonly pipeline: CheckedPipeline },
): Promise<HistoryOutcome> {
  const { statement, span, limit, signal, take } = asked
  const { query, session } = statement
  const topics = withoutSentAgain(topicsOf(statement, parts), parts.context)
  const texts = openRowTexts(query.plan.fields)
  const full = new AbortController()
  const found: string[] = []
  const counts = {
    records: 0,
    of: [...topics.values()].reduce((sum, { topic }) => sum + offsetsKept(topic), 0),
    rows: 0,
    undecodable: 0,
    failed: 0,
  }
  const handOver = async () => await take(found.splice(0), counts)
  const pace = halfPace(parts.context.clock, async (records) => {
    counts.records += records
    await handOver()
  })
  try {
    const outcome = await runOverSpan(
      {
        query,
        catalog: pipeline.catalog,
        session,
        span,
        topics,
        tables: pipeline.tables,
        folder: pipeline.folder,
        lookups: openLookupTables({ pipeline: () => pipeline, warn() {} }),
        stateLimit: Math.min(STATEMENT_BYTES, pipeline.limits.state),
        what: 'the statement',
        stop: AbortSignal.any([signal, full.signal]),
        pace,
      },
      (batch) => {
        const left = limit - counts.rows
        const rows = texts(batch).flatMap(({ row }) => row ?? [])
        found.push(...rows.slice(0, left))
        counts.rows += Math.min(rows.length, left)
        if (rows.length > left) full.abort()
      },
    )
    await handOver()
    const { records, undecodable, failed } = outcome
    return { records, rows: counts.rows, undecodable, failed, isCut: full.signal.aborted }
  } catch (error) {
    if (!full.signal.aborted || !(error instanceof Failure) || error.code !== 'in-use') throw error
    await handOver()
    return { ...counts, isCut: true }
  }
}

function topicsOf({ topics }: ConsoleStatement, parts: Parts): ReadonlyMap<string, SpanTopic> {
  // Rows are joined with what lookup tables contain now.
  return new Map(topics.map((name) => [name, { ...topicOf(parts.topics, name), ticks: undefined }] as const))
}
