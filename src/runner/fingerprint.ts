/**
 * What the state of a query depends on. The fingerprint is of everything that was written: if it differs, the query is
 * another one. The layout is of the part of the plan that keeps state, and what lies below it, without the names: if only
 * what stands above differs (HAVING, the columns and their names, how the text is laid out), the old state still says what
 * the new query means, and `--reset QUERY=keep` may go on with it.
 *
 * `idle` is in neither: what it did is in the ticks, and the state does not depend on what it is from now on.
 */
import { createHash } from 'node:crypto'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../pipeline/checked.ts'
import type { Field } from '../record/type.ts'
import type { Plan } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'

export function fingerprintOf(
  { query, reads }: CheckedQuery,
  topicOf: (name: string) => CheckedTopic,
  { timezone }: CheckedPipeline,
): string {
  const tables = reads.map((name) => {
    const { fingerprint, partitions } = topicOf(name)
    return [name, fingerprint, partitions]
  })
  return hash([query.sql, timezone, tables])
}

export function layoutOf(
  { query, reads }: CheckedQuery,
  topicOf: (name: string) => CheckedTopic,
  { timezone, queries, catalog, session }: CheckedPipeline,
): string {
  const tables = reads.map((name) => {
    const { fields, fingerprint, partitions } = topicOf(name)
    // Of the rows of a query it matters what they are, not how they came about.
    const isResult = queries.some((one) => one.name === name)
    return [name, isResult ? fields.map(({ name, type }) => [name, type]) : fingerprint, partitions]
  })
  // The plan has the instant of its run in it, where CURRENT_TIMESTAMP is asked for: no two runs would be the same.
  const { plan } = planQuery(query.sql, catalog, { mode: 'streaming', session: { ...session, now: 0 } })
  return hash([stateful(plan), timezone, tables])
}

const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value, withoutNames)).digest('hex').slice(0, 32)

/** The plan from the uppermost operator down that keeps more than a watermark. */
function stateful(plan: Plan): unknown {
  switch (plan.kind) {
    case 'filter':
    case 'project':
      return stateful(plan.input)
    case 'scan':
      return plan.table
    default:
      return plan
  }
}

/** Fields are their types: what they are called changes no state. */
function withoutNames(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (key === 'fields') return (value as readonly Field[]).map(({ type, window }) => [type, window])
  if (key === 'field') return (value as Field).type
  if ((value as { kind?: unknown }).kind !== 'column') return value
  const { column, type } = value as { column: unknown; type: unknown }
  return { column, type }
}
