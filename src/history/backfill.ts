/**
 * Repairs what a query has put out for a span of the past: late records, records that came before the query was there, or
 * that an older form of it had counted. The query is asked of the span in batch mode, and each row that is not as the
 * last one under its key is put behind the others, without an ordinal: the query itself goes on where it was, and stores
 * update what they have.
 */
import type { Clock } from '../base/clock.ts'
import type { Topic } from '../bus/bus.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { recordsOf } from '../record/records.ts'
import { askedOf } from './report.ts'
import { collectRows, type Difference, differencesOf, rowsOfTopic, spanTest, withoutOpen } from './row-set.ts'
import { runOverSpan, type SpanTopic } from './span-query.ts'

/** Rows of one append. */
const PIECE_ROWS = 10_000

export type Backfill = {
  /** Rows that are right as they are. */
  readonly equal: number
  /** Rows that are not there, or others. */
  readonly repairs: readonly Difference[]
  /** Rows that are there and should not be: nothing can take them back. */
  readonly stale: readonly Difference[]
}

export type Backfilling = {
  readonly pipeline: CheckedPipeline
  readonly query: CheckedQuery
  readonly span: Span
  /** Topics that the query reads. */
  readonly topics: ReadonlyMap<string, SpanTopic>
  /** The topic of its rows. */
  readonly result: SpanTopic['topic']
}

/** What there is to repair. Windows that are open, or cross the edges of the span, are left as they are. */
export async function findRepairs({ pipeline, query, span, topics, result }: Backfilling): Promise<Backfill> {
  const { sql, rowKey, plan } = query.query
  const inSpan = spanTest(plan.fields, span, pipeline.timezone)
  const everything = await rowsOfTopic(result, rowKey !== undefined, () => true)
  const streamed = new Map([...everything].filter(([, row]) => inSpan(row)))
  const rows = collectRows(plan.fields, rowKey)
  await runOverSpan(askedOf(sql, pipeline, span, topics), rows.add)
  const batch = withoutOpen(plan.fields, new Map([...rows.rows].filter(([, row]) => inSpan(row))), everything)
  const { equal, differences } = differencesOf(streamed, batch)
  return {
    equal,
    repairs: differences.filter((difference) => difference.batch !== undefined),
    stale: differences.filter((difference) => difference.batch === undefined),
  }
}

/** Puts the repairs into the query's topic, and resolves once they are durable. */
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
    await topic.append(0, { values, keys, timestamp: clock.now(), position: undefined })
  }
}
