/** Asks a statement over files of both engines, in batch mode: of ours as `tailrace query` does, of the other over the rows of the files. */
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import { openFold } from '../engine/changes/fold.ts'
import { createRead } from '../flink/create.ts'
import { needsTime } from '../flink/flink-catalog.ts'
import type { FlinkTable } from '../flink/flink-table.ts'
import { type FileQueryOptions, type QueryOutcome, runQuery } from '../query/file-query.ts'
import type { TableSpec } from '../query/table-files.ts'
import type { Field } from '../record/type.ts'
import { quote } from '../sql/bind/name.ts'
import { lookupsOf, tablesOf } from '../sql/plan/inputs.ts'
import type { Query } from '../sql/plan/plan.ts'
import { cellOfValue } from './cell.ts'
import { type CellRow, type ComparedRows, compareAnswers, type Freedom } from './compare.ts'
import { askFlink, type FlinkAsking, type OtherAnswer } from './flink-answer.ts'
import { freedomOf } from './freedom.ts'
import { openRowFile } from './row-file.ts'
import { tooManyRows } from './run-kept.ts'
import { askedOrNot, fileOptions, type NotAsked, refuseOtherColumns } from './verify-query.ts'

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
  const theirs = await askedOrNot(verification.ask({ sql: withoutSemicolon(sql), query, timezone, tables: read }))
  if (theirs instanceof Failure) return { notAsked: theirs }
  const columns = fields.map(({ name }) => name)
  refuseOtherColumns(columns, theirs.columns)
  return { columns, compared: compareAnswers(rows, theirs.rows, freeIn(query, theirs)), outcome }

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

/** A DECIMAL that the other engine gives as a DOUBLE is compared as one. */
const freeIn = ({ plan }: Query, { inexact = [] }: OtherAnswer): Freedom => {
  const free = freedomOf(plan)
  return { ...free, sums: new Set([...free.sums, ...inexact]) }
}

const withoutSemicolon = (sql: string): string => sql.trim().replace(/;$/, '')

async function writeTable(spec: TableSpec, folder: string, options: FileQueryOptions): Promise<RowsOfTable> {
  const path = join(folder, `${spec.name.replaceAll(/\W/g, '_')}.json`)
  let file: ReturnType<typeof openRowFile> | undefined
  const quiet = { detected() {}, opened() {}, warn() {}, dead() {}, progress() {} }
  const { fields } = await runQuery(`SELECT * FROM ${quote(spec.name)}`, [spec], {
    ...options,
    ...quiet,
    helper: undefined,
    emit(batch, fields) {
      file ??= openRowFile(path, fields)
      file.write(batch)
    },
  }).finally(() => file?.end())
  // A table without rows has columns all the same.
  if (file === undefined) openRowFile(path, fields).end()
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
    idleMs: undefined,
  }
}
