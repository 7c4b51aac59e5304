/** Which queries can be compared with a span, and so be repaired; and with which query a report is compared. */
import { Failure } from '../base/failure.ts'
import type { CheckedPipeline, CheckedQuery, CheckedReport } from '../pipeline/checked.ts'
import { hasSessions, keepsFirst, looksBack } from '../sql/plan/inputs.ts'

/** Why the rows of a query cannot be compared with those of a span; undefined where they can. */
export function incomparable({ name, query }: CheckedQuery): string | undefined {
  if (query.alert !== undefined) return `"${name}" is an alert: what it has said is not said anew`
  if (query.plan.kind === 'changes') {
    return `rows of query "${name}" are of all records there were, not of a span`
  }
  if (keepsFirst(query.plan)) {
    return `query "${name}" keeps the first row of each key, which may be of long before a span`
  }
  if (looksBack(query.plan)) {
    return `rows of query "${name}" are computed from rows before them (OVER, or a join of an interval), which may be of before a span`
  }
  if (hasSessions(query.plan)) {
    return `rows of query "${name}" are of sessions, and a span sees only a part of one that crosses its edges`
  }
  const window = query.plan.fields.some(({ window }) => window === 'start' || window === 'end')
  return window
    ? undefined
    : `rows of query "${name}" do not say which window they are of: select window_start or window_end`
}

/**
 * The query of the pipeline with which a report, or a query as one, is compared: the one that it asks, the one that the file
 * names under `compare`, or the only one with windows over the same topics. Throws a Failure 'usage' that says why there is none.
 */
export function comparedWith(
  asked: Pick<CheckedReport, 'name' | 'of' | 'compare' | 'reads' | 'tables'>,
  { queries }: Pick<CheckedPipeline, 'queries'>,
): CheckedQuery {
  const { name, reads, tables } = asked
  const [table] = tables
  if (table !== undefined) {
    throw new Failure('usage', `report ${name} cannot be compared: it reads table ${table}`, {
      hint: 'Which of its rows were late in the stream is known by their places in a topic alone. Compare a report of the topic that fills the table.',
    })
  }
  const named = queries.find((query) => query.name === (asked.of ?? asked.compare))
  if (named !== undefined) {
    const reason = incomparable(named)
    if (reason !== undefined) throw new Failure('usage', reason)
    return named
  }
  const isAlike = (query: CheckedQuery) =>
    incomparable(query) === undefined && [...query.reads].sort().join(' ') === [...reads].sort().join(' ')
  const [only, another] = queries.filter(isAlike)
  if (only !== undefined && another === undefined) return only
  const topics = reads.join(' and ')
  if (only === undefined) {
    throw new Failure('usage', `report ${name} cannot be compared: no query has windows over ${topics}`, {
      hint: 'No rows of its span are streamed. A query, or a report of one (query: NAME), can be compared.',
    })
  }
  const names = queries.filter(isAlike).map((query) => query.name)
  throw new Failure('usage', `report ${name} can be compared with each of ${names.join(', ')}: with which?`, {
    hint: `Write it down in the pipeline file: compare: ${only.name}`,
  })
}
