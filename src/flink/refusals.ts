/** What a pipeline says and Flink cannot do, or would do otherwise: each with its place in the file, and what to write instead. */
import { Failure, failuresIn, recovered } from '../base/failure.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Field } from '../record/type.ts'
import { quote } from '../sql/bind/name.ts'
import { inputsOf, tablesOf } from '../sql/plan/inputs.ts'
import type { Plan, Query } from '../sql/plan/plan.ts'
import { whyUnfit } from './column-type.ts'
import { type FlinkCatalog, flinkCatalog, needsTime, plannedForFlink } from './flink-catalog.ts'
import { EVENT_TIME, type FlinkTable, flinkTopic, isDecoded, TICK } from './flink-table.ts'
import { jobQueries, readBy } from './job.ts'
import { syntaxRefusals, VIEW_HINT } from './syntax-refusals.ts'

/** Everything that keeps the queries of the pipeline from running on Flink, in order of the queries. */
export function flinkRefusals(pipeline: CheckedPipeline): readonly Failure[] {
  const catalog = flinkCatalog(pipeline)
  const queries = jobQueries(pipeline)
  const seen = new Map<string, readonly Failure[]>()
  for (const query of queries) {
    const { tables, views } = readBy(query.query.sql, catalog)
    for (const { name } of views) if (!seen.has(`view ${name}`)) seen.set(`view ${name}`, viewRefusals(name, pipeline))
    for (const table of tables) {
      if (!seen.has(`table ${table.name}`)) seen.set(`table ${table.name}`, tableRefusals(table, pipeline))
    }
    seen.set(`query ${query.name}`, queryRefusals(query, catalog, pipeline))
  }
  return [...seen.values()].flat()
}

function queryRefusals(query: CheckedQuery, catalog: FlinkCatalog, pipeline: CheckedPipeline): readonly Failure[] {
  const { sql } = query.query
  const inText = syntaxRefusals({ sql, plan: query.query.plan, functions: pipeline.session.functions })
  const found: Failure[] = []
  const planned = recovered(
    ['sql', 'limit'],
    () => plannedForFlink(query, catalog, pipeline),
    (failure) => void found.push(...failuresIn(failure)),
  )
  // What is planned otherwise because of something that is refused anyway would only repeat it.
  const others = inText.length > 0 || planned === undefined ? [] : planRefusals(query, planned, catalog, pipeline)
  return [...inText, ...(inText.length > 0 ? [] : found)].map((failure) => query.inFile(failure)).concat(others)
}

function planRefusals(
  query: CheckedQuery,
  { plan }: Query,
  catalog: FlinkCatalog,
  pipeline: CheckedPipeline,
): readonly Failure[] {
  const { name } = query
  const fail = (message: string, hint: string) => pipeline.failureAt(['queries', name], message, { at: 'key', hint })
  const found: Failure[] = []
  const inTheWay = pipeline.topics.find(({ topic }) => topic === flinkTopic(pipeline.name, name))
  if (inTheWay !== undefined) found.push(nameTaken(inTheWay.name, `what Flink writes for query "${name}"`, pipeline))
  if (plan.kind === 'changes') {
    const hint = 'Put it into windows, whose rows stay as they are; or run this pipeline with engine: embedded.'
    found.push(
      fail(
        `the answer of query "${name}" changes: Flink puts out each record’s change, and tailrace one for each step`,
        hint,
      ),
    )
  }
  for (const field of plan.fields) {
    const why = whyUnfit(field.type)
    if (why === undefined) continue
    found.push(fail(`column ${quote(field.name)} of query "${name}" is ${why}`, castHint(field)))
  }
  for (const { table, field } of readIn(plan, catalog)) {
    const why = whyUnfit(field.type)
    if (why === undefined) continue
    const message = `query "${name}" reads column ${quote(field.name)} of ${table.name}, which is ${why}`
    found.push(fail(message, `Take what it needs out of the column in a view. ${VIEW_HINT}`))
  }
  if (needsTime(plan)) found.push(...unorderedRefusals(query, plan, catalog, pipeline))
  return found
}

const castHint = ({ name, type }: Field): string =>
  type.kind === 'MAP'
    ? `Give it keys of type STRING: CAST(${quote(name)} AS MAP<STRING, …>), or CAST(… AS STRING) below the aggregate.`
    : `CAST(${quote(name)} AS STRING) is its text.`

/** The columns that a plan reads of tables that are topics. */
function readIn(plan: Plan, catalog: Pick<FlinkCatalog, 'tables'>): readonly { table: FlinkTable; field: Field }[] {
  const { tables } = catalog
  const below = inputsOf(plan).flatMap((input) => readIn(input, catalog))
  const table = plan.kind === 'scan' ? tables.get(plan.table) : undefined
  if (plan.kind !== 'scan' || table === undefined) return below
  return plan.columns.flatMap((column) => {
    const field = table.fields[column]
    return field === undefined ? [] : [{ table, field }]
  })
}

/**
 * Rows that a query passes on as they come, of several partitions, have no order once Flink has read them: a query over them, by event
 * time, would find rows late that are not.
 */
function unorderedRefusals(
  { name }: CheckedQuery,
  plan: Plan,
  { tables }: FlinkCatalog,
  { queries, failureAt }: CheckedPipeline,
): readonly Failure[] {
  const read = tablesOf(plan).flatMap((table) => tables.get(table) ?? [])
  return read.flatMap((table) => {
    const from = queries.find((query) => query.name === table.name)
    if (table.kind !== 'query' || from === undefined || from.inWindows || table.partitions === 1) return []
    const message = `query "${name}" is about the event time of rows that query "${from.name}" passes on, of ${table.partitions} partitions: Flink mixes these, so that rows would be late`
    return [failureAt(['queries', name], message, { at: 'key', hint: `Make ${from.name} a view, and read that.` })]
  })
}

/** About a view that Flink has to compute itself. */
function viewRefusals(name: string, { views, session }: CheckedPipeline): readonly Failure[] {
  const view = views.find((one) => one.name === name)
  if (view === undefined) return []
  const { functions } = session
  const found = syntaxRefusals({ sql: view.sql, plan: undefined, functions })
  return found.map((failure) => {
    if (failure.hint !== VIEW_HINT) return view.inFile(failure)
    const hint = `tailrace computes the rows of a view for Flink where each comes from one record of one topic. Make a view of that part alone, and let "${name}" read it.`
    return view.inFile(new Failure('sql', failure.message, { place: failure.place, hint }))
  })
}

/** About names that the pipeline has taken, and Flink needs. */
function tableRefusals({ name, kind, fields, ...table }: FlinkTable, pipeline: CheckedPipeline): readonly Failure[] {
  const at = [kind === 'view' ? 'views' : kind === 'query' ? 'queries' : 'topics', name]
  const needed = [...(isDecoded({ kind }) ? [TICK] : []), ...(table.time === undefined ? [] : [EVENT_TIME])]
  const taken = needed.filter((column) => fields.some((field) => field.name === column))
  const inTheWay = pipeline.topics.find(({ topic }) => isDecoded({ kind }) && topic === table.topic)
  return [
    ...taken.map((column) =>
      pipeline.failureAt(at, `${kind} "${name}" has a column ${column}, which rows for Flink need`, {
        at: 'key',
        hint: 'Give the column another name.',
      }),
    ),
    ...(inTheWay === undefined ? [] : [nameTaken(inTheWay.name, `the rows of "${name}" for Flink`, pipeline)]),
  ]
}

const nameTaken = (topic: string, what: string, { failureAt }: CheckedPipeline): Failure =>
  failureAt(['topics', topic], `topic "${topic}" has the name of the topic for ${what}`, {
    at: 'key',
    hint: 'Take another name.',
  })
