/** Asks both engines a statement over files, in batch mode: this one as `tailrace query` does, the other one over the rows of the files. */
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import { openFold } from '../engine/changes/fold.ts'
import { refuseBeyond } from '../engine/held.ts'
import { openGraph } from '../engine/open-graph.ts'
import { createRead } from '../flink/create.ts'
import { needsTime } from '../flink/flink-catalog.ts'
import type { FlinkTable } from '../flink/flink-table.ts'
import { type FileQueryOptions, type QueryOutcome, runQuery } from '../query/file-query.ts'
import type { TableSpec } from '../query/table-files.ts'
import type { Batch, Column } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { quote } from '../sql/bind/name.ts'
import type { Catalog } from '../sql/catalog.ts'
import { lookupsOf, tablesOf } from '../sql/plan/inputs.ts'
import type { Query } from '../sql/plan/plan.ts'
import { cellOfValue } from './cell.ts'
import { type CellRow, type ComparedRows, compareAnswers, type Freedom } from './compare.ts'
import { askFlink, type FlinkAsking, fileOptions } from './flink-answer.ts'
import { freedomOf } from './freedom.ts'
import { openJsonRows } from './json-rows.ts'
import { answerOrFailure, type NotAsked, type OtherAnswer, refuseOtherColumns } from './other-answer.ts'
import { tooManyRows } from './run-kept.ts'
import { checkedTies } from './ties.ts'

export type StatementVerification = {
  readonly sql: string
  readonly tables: readonly TableSpec[]
  readonly options: FileQueryOptions
  readonly mostRows: number
  /** Where the rows of the tables are written. */
  readonly folder: string
  /** Asks the other engine, once the files with rows are there. */
  ask(question: StatementQuestion): Promise<OtherAnswer>
  doing(what: string): void
}

/** What is asked of the other engine. */
export type StatementQuestion = {
  readonly sql: string
  readonly query: Query
  readonly timezone: string
  readonly tables: readonly RowsOfTable[]
}

/** The rows of a table, as JSON in a file. */
export type RowsOfTable = { readonly name: string; readonly fields: readonly Field[]; readonly path: string }

export type VerifiedStatement = {
  readonly columns: readonly string[]
  readonly compared: ComparedRows
  readonly outcome: QueryOutcome
}

/** The comparison, or why the other engine gives no answer. Rejects with the Failure of a read, or of a limit. */
export async function verifyStatement(verification: StatementVerification): Promise<VerifiedStatement | NotAsked> {
  const { sql, tables, options, mostRows, folder, doing } = verification
  const { timezone } = options.session
  doing('running it here')
  const { query, fold, outcome } = await answerHere(verification)
  const { fields } = query.plan
  if (lookupsOf(query.plan).length > 0) {
    throw new Failure('usage', 'a lookup join of a statement cannot be verified: the other engine has no such table', {
      hint: 'Write it as a plain join: JOIN t ON … in place of FOR SYSTEM_TIME AS OF.',
    })
  }
  const rows = fold
    .rows()
    .map((row): CellRow => fields.map(({ type }, i) => cellOfValue(row[i] ?? null, type, timezone)))
  doing('writing the rows of its tables')
  const read: RowsOfTable[] = []
  for (const name of tablesOf(query.plan)) {
    const spec = tables.find((one) => one.name === name)
    if (spec !== undefined) read.push(await writeTable(spec, folder, options))
  }
  doing('asking the other engine')
  const theirs = await answerOrFailure(verification.ask({ sql: withoutSemicolon(sql), query, timezone, tables: read }))
  if (theirs instanceof Failure) return { notAsked: theirs }
  const columns = fields.map(({ name }) => name)
  refuseOtherColumns(columns, theirs.columns)
  const compared = compareAnswers(rows, theirs.rows, freeIn(query, theirs))
  const run = (asked: Query, emit: (rows: Batch) => void) => runOverTables(asked, emit, { verification, read })
  return { columns, compared: await checkedTies(compared, { query, timezone, run }), outcome }

  async function answerHere({ sql, tables, options }: StatementVerification) {
    let planned: Query | undefined
    let fold: ReturnType<typeof openFold> | undefined
    let count = 0
    const outcome = await runQuery(sql, tables, {
      ...options,
      warn(query) {
        planned = query
        fold = openFold(query)
        options.warn(query)
      },
      emit(batch) {
        count += batch.count
        if (count > mostRows) throw tooManyRows(mostRows)
        fold?.emit(batch)
      },
    })
    if (planned === undefined || fold === undefined) throw new Failure('sql', 'the statement has no answer')
    return { query: planned, fold, outcome }
  }
}

type OverTables = { readonly verification: StatementVerification; readonly read: readonly RowsOfTable[] }

/** Runs a plan over the tables of the statement, in this thread alone. */
async function runOverTables(
  query: Query,
  emit: (rows: Batch) => void,
  { verification: { tables, options }, read }: OverTables,
): Promise<void> {
  const catalog: Catalog = new Map(read.map(({ name, fields }) => [name, { name, fields, rowtime: undefined }]))
  const graph = openGraph(query, catalog, {
    session: options.session,
    partitions: () => 1,
    output: { emit, reject() {} },
  })
  for (const scan of graph.order) {
    const { table, columns } = graph.scans[scan] as (typeof graph.scans)[number]
    for (const spec of tables.filter(({ name }) => name === table)) {
      await readTable(spec, options, (batch) => {
        const chosen = columns.map((column) => batch.columns[column] as Column)
        graph.push(scan, { ...batch, columns: chosen, partition: 0 })
        refuseBeyond(options.memory, graph.held, { what: 'the statement', hint: 'Compare less of the input.' })
      })
    }
    graph.finish(scan)
  }
  graph.end()
}

/** All rows of a table, with all of its columns. */
async function readTable(spec: TableSpec, options: FileQueryOptions, emit: FileQueryOptions['emit']) {
  const quiet = { detected() {}, opened() {}, warn() {}, dead() {}, progress() {} }
  const sql = `SELECT * FROM ${quote(spec.name)}`
  return await runQuery(sql, [spec], { ...options, ...quiet, helper: undefined, emit })
}

/** A DECIMAL that the other engine gives as a DOUBLE is compared as one. */
const freeIn = ({ plan }: Query, { inexact = [] }: OtherAnswer): Freedom => {
  const free = freedomOf(plan)
  return { ...free, sums: new Set([...free.sums, ...inexact]) }
}

const withoutSemicolon = (sql: string): string => sql.trim().replace(/;$/, '')

async function writeTable(spec: TableSpec, folder: string, options: FileQueryOptions): Promise<RowsOfTable> {
  const path = join(folder, `${spec.name.replaceAll(/\W/g, '_')}.json`)
  let file: ReturnType<typeof openJsonRows> | undefined
  const { fields } = await readTable(spec, options, (batch, fields) => {
    file ??= openJsonRows(path, fields)
    file.write(batch)
  }).finally(() => file?.end())
  // A table without rows has columns all the same.
  if (file === undefined) openJsonRows(path, fields).end()
  return { name: spec.name, fields, path }
}

/** Asks Flink in batch mode. */
export function askFlinkStatement(question: StatementQuestion, asking: FlinkAsking): Promise<OtherAnswer> {
  const { sql, query, timezone, tables } = question
  const wanted = { needsTime: needsTime(query.plan) }
  return askFlink(
    {
      name: 'the statement',
      mode: 'batch',
      timezone,
      tables: tables.flatMap((table) => createRead(tableOf(table), fileOptions(table.path), wanted)),
      sql,
      key: undefined,
    },
    asking,
  )
}

function tableOf({ name, fields }: RowsOfTable): FlinkTable {
  const time = fields.findIndex(({ rowtime }) => rowtime === true)
  return {
    name,
    kind: 'query',
    topic: `${name}.rows`,
    partitions: 1,
    fields,
    time: time < 0 ? undefined : { field: time, delayMs: 0 },
  }
}
