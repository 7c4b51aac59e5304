/**
 * What Flink is sent for a pipeline: for each query a job, whose INSERT has the query's own text, unchanged. Nothing here asks
 * anything of anybody: a pipeline that was checked gives the same statements each time.
 */
import { Failure, type Place, recovered } from '../base/failure.ts'
import { namedIn } from '../pipeline/check/views/order.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Field } from '../record/type.ts'
import { quote } from '../sql/bind/name.ts'
import { parseQuery } from '../sql/syntax/parse.ts'
import { createRead, createResult, createView, type Options } from './create.ts'
import { type FlinkCatalog, flinkCatalog, needsTime, plannedForFlink } from './flink-catalog.ts'
import { type FlinkResult, type FlinkTable, isDecoded, resultTable } from './flink-table.ts'
import { jobSettings } from './settings.ts'

export type FlinkJob = {
  readonly query: string
  /** For the session, before the statements. */
  readonly settings: Options
  /** CREATE statements of the tables and views that it reads, each after those that it needs, and of its result. */
  readonly tables: readonly string[]
  /** `INSERT INTO …`, then the query's text. */
  readonly insert: string
  /** The columns of the result. */
  readonly columns: readonly Field[]
  readonly reads: readonly FlinkTable[]
  readonly result: FlinkResult
  /** Where in the pipeline file a place of `insert` was written, lines and columns from 1; undefined: not in a file. */
  placeOf(line: number, column: number): Place | undefined
}

/** How tables of Flink are connected: to Kafka where a pipeline runs, to files where it is only tried. */
export type FlinkWiring = {
  /** The options of a table that the query's job reads. */
  read(table: FlinkTable, query: string): Options
  /** The options of the table that takes a query's rows. */
  write(result: FlinkResult): Options
  /** Settings of a job besides. */
  readonly settings?: Options
}

/** What tailrace decodes for Flink: it runs `sql` and puts the rows into the topic of `table`. */
export type FlinkDecoding = { readonly table: FlinkTable; readonly sql: string }

/** The jobs of a pipeline, each after those whose rows it reads. Alerts are no jobs: they stay with tailrace. */
export function flinkJobs(pipeline: CheckedPipeline, wiring: FlinkWiring): readonly FlinkJob[] {
  const catalog = flinkCatalog(pipeline)
  const queries = jobQueries(pipeline)
  const readByTime = new Set(queries.flatMap((query) => (readsTime(query, catalog, pipeline) ? query.reads : [])))
  return queries.map((query) => {
    const settings = { ...jobSettings(query, pipeline, readByTime.has(query.name)), ...wiring.settings }
    return { ...statementsOf(query, catalog, pipeline, wiring), settings }
  })
}

/** The queries that are jobs of Flink. */
export const jobQueries = ({ queries }: Pick<CheckedPipeline, 'queries'>): readonly CheckedQuery[] =>
  queries.filter(({ query }) => query.alert === undefined)

/** What tailrace has to decode for the jobs, each table once. */
export function flinkDecodings(pipeline: CheckedPipeline): readonly FlinkDecoding[] {
  const catalog = flinkCatalog(pipeline)
  const read = jobQueries(pipeline).flatMap(({ query }) => readBy(query.sql, catalog).tables)
  return [...new Set(read)].filter(isDecoded).map((table) => ({ table, sql: catalog.decoding.get(table.name) ?? '' }))
}

/** Whether event time matters to the query: it is about windows, or rows in order. Also where Flink cannot have it. */
const readsTime = (query: CheckedQuery, catalog: FlinkCatalog, pipeline: CheckedPipeline): boolean =>
  recovered(
    ['sql', 'limit'],
    () => needsTime(plannedForFlink(query, catalog, pipeline).plan),
    () => needsTime(query.query.plan),
  )

function statementsOf(
  query: CheckedQuery,
  catalog: FlinkCatalog,
  pipeline: CheckedPipeline,
  wiring: FlinkWiring,
): Omit<FlinkJob, 'settings'> {
  const { sql } = query.query
  const wanted = { needsTime: readsTime(query, catalog, pipeline) }
  const { tables, views } = readBy(sql, catalog)
  const result = resultTable(query, pipeline)
  const head = `INSERT INTO ${quote(result.topic)}\n`
  return {
    query: query.name,
    tables: [
      ...tables.flatMap((table) => createRead(table, wiring.read(table, query.name), wanted)),
      ...views.map(({ name, sql }) => createView(name, sql)),
      createResult(result, wiring.write(result)),
    ],
    insert: `${head}${sql}`,
    columns: result.fields,
    reads: tables,
    result,
    placeOf(line, column) {
      const inSql = Math.max(1, line - 1)
      const text = sql.split('\n')[inSql - 1] ?? ''
      return query.inFile(new Failure('sql', '', { place: { file: undefined, line: inSql, column, text } })).place
    },
  }
}

type Read = { readonly tables: readonly FlinkTable[]; readonly views: readonly { name: string; sql: string }[] }

/** What a text names, and what views name that it reads; views each after those that it needs. */
export function readBy(sql: string, { catalog, tables }: Pick<FlinkCatalog, 'catalog' | 'tables'>): Read {
  const views = new Map<string, { name: string; sql: string }>()
  const read = new Map<string, FlinkTable>()
  const visit = (name: string): void => {
    const view = catalog.get(name)?.view
    const table = tables.get(name)
    if (view === undefined) {
      if (table !== undefined) read.set(name, table)
    } else if (!views.has(name)) {
      namedIn(view.query).forEach(visit)
      views.set(name, { name, sql: view.sql })
    }
  }
  namedIn(parseQuery(sql)).forEach(visit)
  return { tables: [...read.values()], views: [...views.values()] }
}
