/**
 * Repairs the rows of a query for a span of the past, which lack late records and records from before the query was there,
 * or were counted by an older form of it. The query runs over the span in batch mode, and each row that differs from the
 * last one under its key is appended, without an ordinal: the query itself goes on where it was, and stores update their
 * rows.
 */
import type { Clock } from '../base/clock.ts'
import { appendWhole } from '../bus/append-parts.ts'
import type { Topic } from '../bus/bus.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { recordsOf } from '../record/records.ts'
import { topicOf } from '../runner/open-topics.ts'
import { askedOf } from './report.ts'
import { type Difference, differencesOf, rowsOfTopic, rowsOverSpan, spanTest } from './row-set.ts'
import type { SpanTopic } from './span-query.ts'

/** Rows of one append. */
const PIECE_ROWS = 10_000

export type Backfill = {
  /** Rows that are right. */
  readonly equal: number
  /** Rows that are missing or wrong. */
  readonly repairs: readonly Difference[]
  /** Rows that should not be there: nothing can take them back. */
  readonly stale: readonly Difference[]
}

export type Backfilling = {
  readonly pipeline: CheckedPipeline
  readonly query: CheckedQuery
  readonly span: Span
  /** The topics that the query reads, and that of its rows. */
  readonly topics: ReadonlyMap<string, SpanTopic>
}

/** The repairs that are due. Windows that are open, or cross the edges of the span, are left alone. */
export async function findRepairs({ pipeline, query, span, topics }: Backfilling): Promise<Backfill> {
  const { sql, rowKey, plan } = query.query
  const inSpan = spanTest(plan.fields, span, pipeline.timezone)
  const everything = await rowsOfTopic(topicOf(topics, query.name).topic, rowKey !== undefined, () => true)
  const streamed = new Map([...everything].filter(([, row]) => inSpan(row)))
  const batch = await rowsOverSpan(askedOf(sql, pipeline, span, topics), rowKey, everything)
  const { equal, differences } = differencesOf(streamed, batch)
  return {
    equal,
    repairs: differences.filter((difference) => difference.batch !== undefined),
    stale: differences.filter((difference) => difference.batch === undefined),
  }
}

/** Appends the repairs to the query's topic, and resolves once they are durable. Rejects with the Failure of an append. */
export async function putRepairs(
  repairs: readonly Difference[],
  topic: Topic,
  hasKey: boolean,
  clock: Clock,
): Promise<void> {
  for (let from = 0; from < repairs.length; from += PIECE_ROWS) {
    const piece = repairs.slice(from, from + PIECE_ROWS)
    const values = recordsOf(piece.map(({ batch }) => batch as string))
    const keys = hasKey ? recordsOf(piece.map(({ key }) => key)) : undefined
    await appendWhole(topic, 0, { values, keys, timestamp: clock.now() })
  }
}
