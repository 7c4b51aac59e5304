/**
 * What the state of a query depends on. The fingerprint is of everything that was written: if it differs, the query is
 * another one. The layout is of the operators that keep state: where each stands in the plan, the form of its state and what
 * that means. If only the fingerprint differs (HAVING, the columns and their names, how the text is laid out), the old
 * state still says what the new query means, and `--reset QUERY=keep` may go on with it. If only the layout differs, this
 * tailrace plans the query otherwise than the one that made the state, and cannot go on with it.
 *
 * `idle` is in neither: what it did is in the ticks, and the state does not depend on what it is from now on.
 */
import { stateFormOf, statefulNodes } from '../engine/state-layout.ts'
import { unshared } from '../engine/trace.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../pipeline/checked.ts'
import type { Plan } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import type { StateLayout } from '../topic/checkpoint.ts'
import { digest, stateMeaningOf } from './plan-meaning.ts'

type TopicOf = (name: string) => CheckedTopic

/** The digest of a query's text, its time zone, and the topics that it reads. */
export function fingerprintOf({ query, reads }: CheckedQuery, topicOf: TopicOf, { timezone }: CheckedPipeline): string {
  const tables = reads.map((name) => {
    const { fingerprint, partitions } = topicOf(name)
    return [name, fingerprint, partitions]
  })
  return digest([query.sql, timezone, tables])
}

/** What the states of a query's operators look like and mean, by path. */
export function layoutOf(query: CheckedQuery, topicOf: TopicOf, pipeline: CheckedPipeline): StateLayout {
  const read = [pipeline.timezone, tableMeanings(query, topicOf, pipeline)]
  const nodes = statefulNodes(unshared(planOf(query, pipeline)), 'streaming')
  const layout = [...nodes].map(([node, path]) => {
    return [path, { ...stateFormOf(node), meaning: digest([stateMeaningOf(node), ...read]) }] as const
  })
  return Object.fromEntries(layout)
}

/** The plan at the instant 0: with that of its run, where CURRENT_TIMESTAMP is asked for, no two runs would be the same. */
export function planOf({ query }: CheckedQuery, { catalog, session }: CheckedPipeline): Plan {
  return planQuery(query.sql, catalog, { mode: 'streaming', session: { ...session, now: 0 } }).plan
}

/** What the rows of the topics are: of those of a query it matters what they have, not how they came about. */
export function tableMeanings(
  { reads }: CheckedQuery,
  topicOf: TopicOf,
  { queries }: CheckedPipeline,
): readonly unknown[] {
  return reads.map((name) => {
    const { fields, fingerprint, partitions } = topicOf(name)
    const isResult = queries.some((one) => one.name === name)
    return [name, isResult ? fields.map(({ name, type }) => [name, type]) : fingerprint, partitions]
  })
}
