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
import { type Difference, differencesOf, rowsOfTopic, rowsOverSpan, spanTest, withoutNewest } from './row-set.ts'
import type { SpanTopic } from './span-query.ts'

/** Stale rows that are named; the others are only counted. */
const NAMED = 5
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
  /** Whether the query runs meanwhile: then the newest window is left alone, of which rows may be on their way. */
  readonly isRunning?: boolean
}

/** The repairs that are due. Windows that are open, or cross the edges of the span, are left alone. */
export async function findRepairs(backfilling: Backfilling): Promise<Backfill> {
  const { pipeline, query, span, topics, isRunning = false } = backfilling
  const { sql, rowKey, plan } = query.query
  const inSpan = spanTest(plan.fields, span, pipeline.timezone)
  const all = await rowsOfTopic(topicOf(topics, query.name).topic, rowKey !== undefined, () => true)
  const everything = isRunning ? withoutNewest(plan.fields, all) : all
  const streamed = new Map([...everything].filter(([, row]) => inSpan(row)))
  const batch = await rowsOverSpan(askedOf(sql, pipeline, span, topics), rowKey, everything)
  const { equal, differences } = differencesOf(streamed, batch)
  return {
    equal,
    repairs: differences.filter((difference) => difference.batch !== undefined),
    stale: differences.filter((difference) => difference.batch === undefined),
  }
}

/** What a backfill has done, as plain data. */
export type Backfilled = {
  /** Rows that were right. */
  readonly equal: number
  /** Rows that were put in: those that were missing, and those in place of others. */
  readonly missing: number
  readonly wrong: number
  /** Rows that should not be there: how many, and the first few. */
  readonly stale: { readonly count: number; readonly first: readonly string[] }
}

/** A backfill in numbers, for people. */
export function inNumbers({ equal, repairs, stale }: Backfill): Backfilled {
  const missing = repairs.filter(({ streamed }) => streamed === undefined).length
  const first = stale.slice(0, NAMED).map(({ streamed }) => String(streamed))
  return { equal, missing, wrong: repairs.length - missing, stale: { count: stale.length, first } }
}

/** Finds the repairs and puts them in. Rejects with the Failure of a read, of the query or of an append. */
export async function repairRows(
  backfilling: Backfilling & { readonly topics: ReadonlyMap<string, { readonly topic: Topic }> },
  clock: Clock,
): Promise<Backfilled> {
  const found = await findRepairs(backfilling)
  const { topics, query } = backfilling
  await putRepairs(found.repairs, topicOf(topics, query.name).topic, query.query.rowKey !== undefined, clock)
  return inNumbers(found)
}

/** Appends the repairs to the query's topic, and resolves once they are durable. Rejects with the Failure of an append. */
async function putRepairs(repairs: readonly Difference[], topic: Topic, hasKey: boolean, clock: Clock): Promise<void> {
  for (let from = 0; from < repairs.length; from += PIECE_ROWS) {
    const piece = repairs.slice(from, from + PIECE_ROWS)
    const values = recordsOf(piece.map(({ batch }) => batch as string))
    const keys = hasKey ? recordsOf(piece.map(({ key }) => key)) : undefined
    await appendWhole(topic, 0, { values, keys, timestamp: clock.now() })
  }
}
