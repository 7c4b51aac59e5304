/** Runs a case of Flink's answers on the embedded engine: plans it, pushes its rows in order and collects the results. */
import { Failure } from '../../src/base/failure.ts'
import { openFold } from '../../src/engine/changes/fold.ts'
import type { RowReject } from '../../src/engine/graph.ts'
import { openGraph } from '../../src/engine/open-graph.ts'
import { columnOf, type Value } from '../../src/record/column.ts'
import type { Field } from '../../src/record/type.ts'
import type { Catalog } from '../../src/sql/catalog.ts'
import type { Query } from '../../src/sql/plan/plan.ts'
import { planQuery } from '../../src/sql/plan-query.ts'
import { cellOfValue } from '../../src/verify/cell.ts'
import { type FlinkCase, type Json, type LoadedTable, loadTable } from './cases.ts'

export type Outcome =
  /** `why`: the message. */
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'rows'
      readonly names: readonly string[]
      readonly rows: readonly (readonly Json[])[]
      /** The expressions that failed, and so made rows missing. */
      readonly failed: readonly string[]
    }

/** `batchSize` rows are pushed at once; the answer must not depend on it. */
export function runCase(statement: FlinkCase, batchSize: number): Outcome {
  const tables = new Map<string, LoadedTable>()
  for (const [name, table] of Object.entries(statement.tables ?? {})) {
    const loaded = loadTable(name, table)
    if (loaded !== undefined) tables.set(name, loaded)
  }
  const catalog: Catalog = new Map([...tables].map(([name, { table }]) => [name, table]))
  const session = { timezone: statement.zone ?? 'UTC', now: Date.UTC(2026, 0, 1) }
  try {
    const query = planQuery(statement.sql, catalog, { mode: statement.mode, session })
    return runQuery(query, catalog, tables, { session, batchSize })
  } catch (error) {
    if (error instanceof Failure) return { kind: 'refused', why: error.message }
    throw new Error(`${statement.id}: ${statement.sql}`, { cause: error })
  }
}

type Run = { readonly session: { readonly timezone: string; readonly now: number }; readonly batchSize: number }

function runQuery(
  query: Query,
  catalog: Catalog,
  tables: ReadonlyMap<string, LoadedTable>,
  { session, batchSize }: Run,
): Outcome {
  const results = query.plan.fields
  const folded = openFold(query)
  const failed: string[] = []
  const graph = openGraph(query, catalog, {
    session,
    partitions: () => 1,
    output: {
      emit: folded.emit,
      reject: (row: RowReject) => {
        if (row.kind === 'expression') failed.push(row.reason)
      },
    },
  })
  for (const [scan, { table, columns }] of graph.scans.entries()) {
    const loaded = tables.get(table)
    if (loaded === undefined) throw new Error(`no rows for table ${table}`)
    const { fields } = loaded.table
    for (let first = 0; first < loaded.rows.length; first += batchSize) {
      const some = loaded.rows.slice(first, first + batchSize)
      const chosen = columns.map((index) =>
        columnOf(
          (fields[index] as Field).type,
          some.map((row) => row[index] as Value),
        ),
      )
      graph.push(scan, { count: some.length, columns: chosen, partition: 0, origin: undefined, watermark: undefined })
    }
  }
  graph.end()
  const rows = folded
    .rows()
    .map((row) => results.map(({ type }, index) => cellOfValue(row[index] as Value, type, session.timezone)))
  return { kind: 'rows', names: results.map(({ name }) => name), rows, failed }
}
