/**
 * What the state of a query depends on. The fingerprint is of everything that was written: if it differs, the query is
 * another one. The layout is of the operators that keep state: where each stands in the plan, the form of its state and what
 * that means. If only the fingerprint differs (HAVING, the columns and their names, how the text is laid out), the old
 * state still says what the new query means, and `--reset QUERY=keep` may go on with it. If only the layout differs, this
 * tailrace plans the query otherwise than the one that made the state, and cannot go on with it.
 *
 * `idle` is in neither: what it did is in the ticks, and the state does not depend on what it is from now on.
 */
import { assert } from '../base/assert.ts'
import { stateFormOf, statefulNodes } from '../engine/state-layout.ts'
import { unshared } from '../engine/trace.ts'
import { everyPart, ttlPart, viewsPart } from '../pipeline/check/queries.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../pipeline/checked.ts'
import { alertMeaning, withAlert } from '../sql/plan/alert.ts'
import { inputsOf, mapInputs } from '../sql/plan/inputs.ts'
import type { Plan } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { codesIn } from '../sql/user-function/codes.ts'
import type { StateLayout } from '../topic/checkpoint.ts'
import { digest, stateMeaningOf } from './plan-meaning.ts'

/** The digest of a query's text, its time zone, its `ttl`, and the topics that it reads. */
export function fingerprintOf(query: CheckedQuery, pipeline: CheckedPipeline): string {
  const tables = readBy(query, pipeline).map((topic) => {
    const { name, fingerprint, partitions } = topic
    return [name, fingerprint, partitions, ...columnsFromOutside(query, topic)]
  })
  const { sql, alert } = query.query
  const more = [
    ...(alert === undefined ? [] : [alertMeaning(alert)]),
    ...ttlPart(query.query),
    ...everyPart(query.query),
    ...viewsPart(query.query),
    ...lookedUp(query, pipeline),
  ]
  const { functions } = pipeline.session
  return digest([sql, pipeline.timezone, tables, ...more, ...codesIn(functions, sql, more)])
}

/** What the states of a query's operators look like and mean, by path. */
export function layoutOf(query: CheckedQuery, pipeline: CheckedPipeline): StateLayout {
  const read = [pipeline.timezone, tableMeanings(query, pipeline)]
  const narrow = [pipeline.timezone, topicParts(query, pipeline)]
  const nodes = statefulNodes(unshared(planOf(query, pipeline)), 'streaming')
  const layout = [...nodes].map(([node, path]) => {
    const columns = digest([stateMeaningOf(byMeaning(node, pipeline)), ...narrow])
    return [path, { ...stateFormOf(node), meaning: digest([stateMeaningOf(node), ...read]), columns }] as const
  })
  return Object.fromEntries(layout)
}

/** What the topics are besides their columns. */
const topicParts = (query: CheckedQuery, pipeline: CheckedPipeline): readonly unknown[] =>
  readBy(query, pipeline).map(({ name, partitions, parts }) => [name, partitions, parts.topic])

/** The plan with a number in place of each column that is read, which stands for what the column means wherever it is. */
function byMeaning(plan: Plan, pipeline: CheckedPipeline): Plan {
  if (plan.kind !== 'scan') return mapInputs(plan, (input) => byMeaning(input, pipeline))
  const topic = pipeline.topics.find(({ name }) => name === plan.table)
  const numberOf = (column: number) => Number.parseInt(digest(topic?.parts.columns[column] ?? column).slice(0, 12), 16)
  return { ...plan, columns: plan.columns.map(numberOf) }
}

/** The plan at the instant 0: with that of its run, where CURRENT_TIMESTAMP is asked for, no two runs would be the same. */
export function planOf({ query }: CheckedQuery, { catalog, session }: CheckedPipeline): Plan {
  const { sql, alert, ttl, plan } = query
  const every = plan.kind === 'changes' ? plan.every : undefined
  const planned = planQuery(sql, catalog, {
    mode: 'streaming',
    session: { ...session, now: 0 },
    ttl,
    every,
    isScript: true,
  })
  return alert === undefined ? planned.plan : withAlert(planned, alert).plan
}

/** What the rows of the topics are: of those of a query it matters what they have, not how they came about. */
export function tableMeanings(query: CheckedQuery, pipeline: CheckedPipeline): readonly unknown[] {
  const topics = readBy(query, pipeline).map((topic) => {
    const { name, fields, meaning, partitions } = topic
    const isResult = pipeline.queries.some((one) => one.name === name)
    const ofRecords = isResult ? fields.map(({ name, type }) => [name, type]) : meaning
    return [name, ofRecords, partitions, ...columnsFromOutside(query, topic)]
  })
  return [...topics, ...lookedUp(query, pipeline)]
}

/**
 * The columns that the query reads of a topic whose columns the file does not say, but a registry: one that is added there is no change
 * for queries that do not read it.
 */
function columnsFromOutside({ query }: CheckedQuery, { name, fields, format }: CheckedTopic): readonly unknown[] {
  if (format.meaning === undefined) return []
  const columns = [...new Set(columnsRead(query.plan, name))].map((column) => fields[column])
  const texts = columns.map((field) => field && JSON.stringify([field.name, field.type]))
  return [texts.sort()]
}

const columnsRead = (plan: Plan, table: string): readonly number[] =>
  plan.kind === 'scan'
    ? plan.table === table
      ? plan.columns
      : []
    : inputsOf(plan).flatMap((input) => columnsRead(input, table))

/** What the lookup tables are, not what they contain: that may change while the query runs. */
const lookedUp = ({ lookups }: CheckedQuery, pipeline: CheckedPipeline): readonly unknown[] =>
  lookups.map((table) => ({ table, is: pipeline.lookups.get(table)?.fingerprint }))

/** The topics that a query reads, in the order in which it names them. */
function readBy({ reads }: CheckedQuery, { topics }: CheckedPipeline): readonly CheckedTopic[] {
  return reads.map((name) => {
    const topic = topics.find((one) => one.name === name)
    assert(topic !== undefined, `the pipeline has a topic ${name}`)
    return topic
  })
}
