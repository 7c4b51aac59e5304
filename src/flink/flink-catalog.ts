/**
 * The tables of a pipeline as Flink sees them. A view with a lookup join, or with a function that Flink does not have, is a table there:
 * tailrace computes its rows, if each of them comes from one record of one topic.
 */
import { recovered } from '../base/failure.ts'
import type { CheckedPipeline, CheckedQuery, CheckedView } from '../pipeline/checked.ts'
import { quote } from '../sql/bind/name.ts'
import type { Catalog, Table } from '../sql/catalog.ts'
import { inputsOf, lookupsOf } from '../sql/plan/inputs.ts'
import type { Plan, Query } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { type FlinkTable, rowsTopic, topicTable } from './flink-table.ts'
import { calledIn, isForeign } from './own-functions.ts'

export type FlinkCatalog = {
  /** The tables that SQL can name, as the planner takes them. */
  readonly catalog: Catalog
  /** The tables that are topics, by their names in SQL. */
  readonly tables: ReadonlyMap<string, FlinkTable>
  /** By name, the statements that tailrace runs for Flink: each gives the rows of a table. */
  readonly decoding: ReadonlyMap<string, string>
}

/** The tables of a pipeline as Flink sees them. */
export function flinkCatalog(pipeline: CheckedPipeline): FlinkCatalog {
  const catalog = new Map(pipeline.catalog)
  const tables = new Map<string, FlinkTable>()
  const decoding = new Map<string, string>()
  for (const topic of pipeline.topics) {
    const table = topicTable(topic, pipeline)
    tables.set(topic.name, table)
    if (table.kind === 'topic') decoding.set(topic.name, selectOf(topic.name, topic.fields))
  }
  for (const view of pipeline.views) {
    const table = computedTable(view, pipeline, { catalog, tables })
    if (table === undefined) continue
    const { name, fields, time } = table
    tables.set(name, table)
    decoding.set(name, selectOf(name, fields))
    catalog.set(name, { name, fields, rowtime: time && { field: time.field, delay: time.delayMs } })
  }
  return { catalog, tables, decoding }
}

/** The SELECT of these columns of a table. */
export const selectOf = (name: string, fields: readonly { readonly name: string }[]): string =>
  `SELECT ${fields.map((field) => quote(field.name)).join(', ')} FROM ${quote(name)}`

/** The view as a table whose rows tailrace computes; undefined: Flink computes them, or neither can. */
function computedTable(
  { name, fields: all }: CheckedView,
  pipeline: CheckedPipeline,
  { catalog, tables }: Pick<FlinkCatalog, 'catalog' | 'tables'>,
): FlinkTable | undefined {
  const { session } = pipeline
  const known = catalog.get(name) as Table
  // PROCTIME() has no value that a row could have.
  const fields = all.filter(({ proctime }) => proctime !== true)
  const planned = recovered(
    ['sql', 'limit'],
    () =>
      planQuery(selectOf(name, fields), catalog, { mode: 'streaming', session, ttl: Number.POSITIVE_INFINITY }).plan,
    () => undefined,
  )
  if (planned === undefined) return undefined
  const isOurs =
    lookupsOf(planned).length > 0 ||
    (known.view !== undefined && calledIn(known.view.query).some((one) => isForeign(one.name, session.functions)))
  const read = isOurs ? tables.get(recordTableOf(planned) ?? '') : undefined
  if (read === undefined) return undefined
  const rowtime = fields.findIndex((field) => field.rowtime === true)
  return {
    name,
    kind: 'view',
    topic: rowsTopic(pipeline.name, name),
    partitions: read.partitions,
    fields,
    time: rowtime < 0 || known.rowtime === undefined ? undefined : { field: rowtime, delayMs: known.rowtime.delay },
  }
}

/** The table of which each record gives rows of the plan by itself; undefined where no table is so. */
function recordTableOf(plan: Plan): string | undefined {
  switch (plan.kind) {
    case 'scan':
      return plan.table
    case 'filter':
    case 'project':
    case 'unnest':
    case 'lookup':
      return recordTableOf(plan.input)
    default:
      return undefined
  }
}

/** The query as Flink gets it: planned over the tables that it sees. Throws a Failure where they do not have what it names. */
export function plannedForFlink(
  { query }: CheckedQuery,
  { catalog }: FlinkCatalog,
  { session }: Pick<CheckedPipeline, 'session'>,
): Query {
  const { plan, sql, ttl } = query
  const every = plan.kind === 'changes' ? plan.every : undefined
  return planQuery(sql, catalog, { mode: 'streaming', session, ttl, every })
}

/** Whether rows are put into order, or windows, by event time. */
export const needsTime = (plan: Plan): boolean =>
  ['window', 'session', 'over', 'first'].includes(plan.kind) ||
  (plan.kind === 'join' && plan.time !== undefined) ||
  inputsOf(plan).some(needsTime)
