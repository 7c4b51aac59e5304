/**
 * Compares the rows that a query has put out with those of the same SQL in batch mode over a span. Where they differ, late
 * records should be the reason: the batch runs once more, with each late record at the watermark that it met, so that it is
 * left out of the windows that it missed and of no other. That must give the streamed rows.
 */
import type { Offset } from '../base/quantity.ts'
import type { BusReader } from '../bus/bus.ts'
import { type CheckedQuery, deadOf } from '../pipeline/checked.ts'
import { hasJoin } from '../sql/plan/inputs.ts'
import type { Query } from '../sql/plan/plan.ts'
import { closedUntil, type ReadByQuery } from './closed-until.ts'
import { type FoundLate, findLate } from './late-records.ts'
import type { LateRecords } from './pick.ts'
import { closedRows, type Difference, differencesOf, rowsOfTopic, rowsOverSpan, spanTest } from './row-set.ts'
import type { SpanQuery } from './span-query.ts'

export type Comparison = {
  /** Rows that both have. */
  readonly equal: number
  /** In order of key. */
  readonly differences: readonly Difference[]
  /** Differences that remain where records are as late as they were in the stream: none, unless something is wrong. */
  readonly unexplained: readonly Difference[]
  /** Records that were late for some or all of their windows, by the topic's name in SQL. */
  readonly late: ReadonlyMap<string, FoundLate>
}

export type Compared = {
  /** The SQL in batch mode, over the topics that the query reads. */
  readonly asked: SpanQuery
  readonly streamed: CheckedQuery
  /** The bus with the query's rows, and the dead letters of the topics that it reads. */
  readonly bus: BusReader
  /** The topic of its rows, by its name on the bus. */
  readonly topic: string
  /** How many of the late records are shown. */
  readonly shown: number
}

/** Compares the rows. Rejects with the Failure of a read, or of the batch. */
export async function compareWithStream({ asked, streamed, bus, topic, shown }: Compared): Promise<Comparison> {
  const { rowKey } = streamed.query
  // Of the stream's own plan: the rows of a join are of no window in batch mode.
  const { fields } = streamed.query.plan
  const inSpan = spanTest(fields, asked.span, asked.session.timezone)
  const streamedRows = await rowsOfTopic(await bus.reader(topic), rowKey !== undefined, { isWanted: inSpan })
  const late = new Map<string, FoundLate>()
  const reads: ReadByQuery[] = []
  for (const [table, { checked, topic: read }] of asked.topics) {
    const letters = await bus.reader(deadOf(checked))
    late.set(table, await findLate({ letters, topic: read }, streamed.name, shown))
    const { partitions } = checked
    reads.push({ partitions, letters, offsets: new Array<Offset>(partitions).fill(Number.POSITIVE_INFINITY) })
  }
  const hasEnd = fields.some(({ window }) => window === 'end')
  const closed = hasEnd ? await closedUntil(streamed.name, reads) : ''
  const compare = async (query: Query, lateness: ReadonlyMap<string, LateRecords>) => {
    const batch = await rowsOverSpan({ ...asked, query, lateness }, rowKey, { isWanted: inSpan })
    return differencesOf(streamedRows, closedRows(fields, batch, { streamed: streamedRows, closed }))
  }
  const { equal, differences } = await compare(asked.query, new Map())
  const met = new Map([...late].map(([table, { metAt }]) => [table, metAt]))
  // A join of batch mode leaves out no row of a window that was closed; that of the stream does.
  const repeated = hasJoin(streamed.query.plan) ? streamed.query : asked.query
  const unexplained = differences.length === 0 ? [] : (await compare(repeated, met)).differences
  return { equal, differences, unexplained, late }
}

/** A report and what of it the stream has seen, where its windows are not those of a query. */
export type ReportComparison = Omit<Comparison, 'unexplained'> & {
  /** Rows of the span that the stream has left out, as they were late for all of their windows. */
  readonly missed: number
}

/**
 * Compares the rows of a report with those that it would have if the records that were late in the stream had never come.
 * `late` are those of a query over the same topics. Rejects with the Failure of a read, or of the report.
 */
export async function compareWithoutLate(asked: SpanQuery, late: Comparison['late']): Promise<ReportComparison> {
  const { rowKey } = asked.query
  const reading = { isWanted: () => true }
  const whole = await rowsOverSpan(asked, rowKey, reading)
  const without = new Map([...late].map(([table, { missedAt }]) => [table, missedAt]))
  let missed = 0
  const seen = await rowsOverSpan({ ...asked, without }, rowKey, reading, ({ left }) => {
    missed = left
  })
  return { ...differencesOf(seen, whole), late, missed }
}
