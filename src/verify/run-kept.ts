/** Runs a plan of the embedded engine over what topics keep, each as one partition, to its end. */
import { Failure } from '../base/failure.ts'
import { counted } from '../base/units.ts'
import { openFold } from '../engine/changes/fold.ts'
import { refuseBeyond } from '../engine/held.ts'
import { openGraph } from '../engine/open-graph.ts'
import type { Batch } from '../record/column.ts'
import type { LookupTables } from '../runner/lookup-tables.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Query } from '../sql/plan/plan.ts'
import { cellOfValue } from './cell.ts'
import type { CellRow } from './compare.ts'
import { type KeptInput, keptRows, type WholeTopic } from './kept-rows.ts'

export type KeptRun = KeptInput & {
  readonly catalog: Catalog
  /** The topics that plans read, by their names in SQL. */
  readonly topics: ReadonlyMap<string, WholeTopic>
  readonly lookups: LookupTables
  /** Bytes of memory for the state of a query. */
  readonly stateLimit: number
}

export type RunTally = {
  /** Rows that were late for all of their windows, or for some. */
  readonly late: number
  /** Rows that an expression failed for, and the reason of the first. */
  readonly failed: number
  readonly firstReason: string | undefined
}

const MORE_STATE = 'Let it have more (limits: { state: … } in the pipeline file), or compare fewer rows: --lines N.'

/** Runs the query. `emit` gets its rows; a batch is valid during the call. Rejects with a Failure of a read, or of a limit. */
export async function runKept(query: Query, run: KeptRun, emit: (rows: Batch) => void): Promise<RunTally> {
  const tally = { late: 0, failed: 0, firstReason: undefined as string | undefined }
  const graph = openGraph(query, run.catalog, {
    session: run.session,
    partitions: () => 1,
    output: {
      emit,
      reject(row) {
        if (row.kind !== 'expression') tally.late++
        else {
          tally.failed++
          tally.firstReason ??= row.reason
        }
      },
    },
  })
  for (const table of graph.tables) graph.bring(table, await run.lookups.content(table, undefined))
  for (const scan of graph.order) {
    const { table, columns } = graph.scans[scan] as (typeof graph.scans)[number]
    const kept = run.topics.get(table)
    if (kept === undefined) throw new Failure('usage', `table ${table} is no topic, so both engines cannot read it`)
    for await (const batch of keptRows(kept, columns, run)) {
      graph.push(scan, batch)
      refuseBeyond(run.stateLimit, graph.held, { what: 'the query', hint: MORE_STATE })
    }
    graph.finish(scan)
  }
  graph.end()
  return tally
}

export type KeptAnswer = RunTally & { readonly rows: readonly CellRow[] }

/** The rows that are left at the end of the query. Throws a Failure ('limit') where there are more than `mostRows`. */
export async function answerOfKept(query: Query, run: KeptRun, mostRows: number): Promise<KeptAnswer> {
  const fold = openFold(query)
  const { fields } = query.plan
  let rows = 0
  const tally = await runKept(query, run, (batch) => {
    rows += batch.count
    if (rows > mostRows) throw tooManyRows(mostRows)
    fold.emit(batch)
  })
  const { timezone } = run.session
  const cells = fold
    .rows()
    .map((row) => fields.map(({ type }, column) => cellOfValue(row[column] ?? null, type, timezone)))
  return { ...tally, rows: cells }
}

/** The Failure of an answer that is too long for the memory. */
export const tooManyRows = (most: number): Failure =>
  new Failure('limit', `the answer has more than ${counted(most, 'row')}`, {
    hint: 'Compare less of the input: a shorter span, or --lines N.',
  })
