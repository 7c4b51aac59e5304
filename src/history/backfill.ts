/**
 * Repairs the rows of a query for a span of the past, which lack late records and records from before the query was there,
 * or were counted by an older form of it. The query runs over the span in batch mode, and each row that differs from the
 * last one under its key is appended, without an ordinal: the query itself goes on where it was, and stores update their
 * rows.
 */
import type { Clock } from '../base/clock.ts'
import { refuseStopped } from '../base/turns.ts'
import { appendWhole } from '../bus/append-parts.ts'
import type { Topic } from '../bus/bus.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import { recordsOf } from '../record/records.ts'
import type { LookupTables } from '../runner/lookup-tables.ts'
import { topicOf } from '../runner/open-topics.ts'
import { closedUntil, type ReadByQuery } from './closed-until.ts'
import { askedOf } from './report.ts'
import { type Difference, differencesOf, openRowMemory, rowsOfTopic, rowsOverSpan, windowReader } from './row-set.ts'
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
  /** The contents of lookup tables, of versions too; by default of what is there now. */
  readonly lookups?: LookupTables
  /** What the query reads: its late rows say which windows are closed, also where no row of the query does. */
  readonly reads?: readonly ReadByQuery[]
  /** Whether the query runs meanwhile: then the newest window is left alone, of which rows may be on their way. */
  readonly isRunning?: boolean
  /** The stop of the run that does it: then it ends with a Failure ('in-use') between two reads or appends. */
  readonly stop?: AbortSignal
}

/**
 * The repairs that are due. Windows that are open, or cross the edges of the span, are left alone. Rejects with a Failure
 * ('limit') where the rows of the span hold more than `limits.state` of the pipeline.
 */
export async function findRepairs(backfilling: Backfilling): Promise<Backfill> {
  const { pipeline, query, span, topics, reads = [], isRunning = false, stop } = backfilling
  const { sql, rowKey, plan } = query.query
  const windowOf = windowReader(plan.fields, span, pipeline.timezone)
  const memory = openRowMemory(pipeline.limits.state)
  const hasEnd = plan.fields.some(({ window }) => window === 'end')
  const closed = hasEnd ? await closedUntil(query.name, reads, stop) : ''
  // Of all rows, in the span or not: the times of the newest window, and of the one before.
  let [newest, before] = ['', '']
  const streamed = await rowsOfTopic(topicOf(topics, query.name).topic, rowKey !== undefined, {
    isWanted(row) {
      const { time, isInSpan } = windowOf(row)
      if (time > newest) [newest, before] = [time, newest]
      else if (time < newest && time > before) before = time
      return isInSpan
    },
    memory,
    stop,
  })
  // The stream has yet to close later windows.
  const [, last = ''] = [isRunning ? before : newest, closed].sort()
  for (const [key, row] of streamed) {
    if (windowOf(row).time <= last) continue
    streamed.delete(key)
    memory.free(key, row)
  }
  const isWanted = (row: string) => {
    const { time, isInSpan } = windowOf(row)
    return isInSpan && time <= last
  }
  const question = askedOf(sql, pipeline, span, topics)
  const asked = { ...question, lookups: backfilling.lookups ?? question.lookups }
  const batch = await rowsOverSpan(asked, rowKey, { isWanted, memory, stop })
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

type Repairing = Backfilling & { readonly topics: ReadonlyMap<string, { readonly topic: Topic }> }

/** Finds the repairs and puts them in. Rejects with the Failure of a read, of the query or of an append. */
export async function repairRows(backfilling: Repairing, clock: Clock): Promise<Backfilled> {
  const found = await findRepairs(backfilling)
  await putRepairs(found.repairs, backfilling, clock)
  return inNumbers(found)
}

/** Appends the repairs to the query's topic, and resolves once they are durable. Rejects with the Failure of an append. */
async function putRepairs(
  repairs: readonly Difference[],
  { topics, query, stop }: Repairing,
  clock: Clock,
): Promise<void> {
  const { topic } = topicOf(topics, query.name)
  const hasKey = query.query.rowKey !== undefined
  for (let from = 0; from < repairs.length; from += PIECE_ROWS) {
    refuseStopped(stop)
    const piece = repairs.slice(from, from + PIECE_ROWS)
    const values = recordsOf(piece.map(({ batch }) => batch as string))
    const keys = hasKey ? recordsOf(piece.map(({ key }) => key)) : undefined
    await appendWhole(topic, 0, { values, keys, timestamp: clock.now() })
  }
}
