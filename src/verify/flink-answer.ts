/**
 * Asks Flink a statement over files with rows, and folds the changes of its answer to the rows that are left. The input is bounded, so
 * its end closes all windows, and the statement ends by itself. Nothing is left behind: the tables are those of a session, which is
 * closed, and with it the job.
 */
import { Failure } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'
import type { FlinkColumn, FlinkGateway, FlinkRow } from '../client/flink/gateway.ts'
import { type FlinkError, flinkErrorFailure } from '../client/flink/trouble.ts'
import type { Options } from '../flink/create.ts'
import { jsonOptions } from '../flink/json-options.ts'
import { cellOfFlink, cellText } from './cell.ts'
import type { CellRow } from './compare.ts'
import type { OtherAnswer } from './other-answer.ts'

export type FlinkQuestion = {
  /** The name of the query, which its job has too. */
  readonly name: string
  readonly mode: 'streaming' | 'batch'
  readonly timezone: string
  /** CREATE statements of what the statement reads. */
  readonly tables: readonly string[]
  readonly sql: string
  /** The columns that name a row which a later one replaces; undefined: Flink takes a row back by all of its values. */
  readonly key: readonly number[] | undefined
  readonly settings?: Options | undefined
}

export type FlinkAsking = {
  readonly gateway: FlinkGateway
  readonly timeoutMs: Duration
  readonly mostRows: number
  readonly signal: AbortSignal
  /** The number of rows that have come so far. */
  came?(rows: number): void
}

/**
 * Settings by which the same rows give the same answer: one task keeps their order, and the watermark moves at each of them, as ours
 * does. A row that fails is to fail its job at once.
 */
const SETTINGS: Options = {
  'parallelism.default': '1',
  'pipeline.auto-watermark-interval': '0 ms',
  'restart-strategy.type': 'none',
}

/** The options of a table of Flink whose rows are JSON in a file. */
export const fileOptions = (path: string): Options => ({
  connector: 'filesystem',
  // Flink takes the path as it is written: %20 would be three characters of it.
  path: `file://${path}`,
  format: 'json',
  ...jsonOptions('json'),
})

/** Asks, to the end of the answer. Rejects with a Failure: 'sql' where Flink refuses the statement, 'io' where its job fails. */
export async function askFlink(question: FlinkQuestion, asking: FlinkAsking): Promise<OtherAnswer> {
  const { name, mode, timezone, tables, sql, key } = question
  const { gateway, timeoutMs, mostRows, signal } = asking
  const settings = {
    ...question.settings,
    ...SETTINGS,
    'pipeline.name': `tailrace verify ${name}`,
    'execution.runtime-mode': mode,
    'table.local-time-zone': timezone,
  }
  await using session = await gateway.open(settings, signal)
  for (const table of tables) {
    const answer = await session.ask(table, { signal })
    if (answer.kind === 'error') throw flinkErrorFailure(`Flink does not take a table of ${name}`, answer)
  }
  let count = 0
  const answer = await session.ask(sql, {
    signal,
    timeoutMs,
    maxRows: mostRows,
    onRows(rows) {
      count += rows.length
      asking.came?.(count)
    },
  })
  if (answer.kind === 'error') throw refusal(name, answer)
  return {
    columns: answer.columns.map((column) => column.name),
    rows: foldChanges(answer.rows, answer.columns, key),
  }
}

function refusal(name: string, error: FlinkError): Failure {
  if (/FileNotFoundException|does not exist|No such file/.test(error.message)) {
    return new Failure('not-found', `Flink cannot read the rows of ${name}: ${error.message}`, {
      hint: 'Its machines have to see the folder with them. Name one that they share with this machine: --folder FOLDER.',
    })
  }
  return flinkErrorFailure(
    error.error === 'runtime' ? `Flink’s job for ${name} failed` : `Flink refuses ${name}`,
    error,
  )
}

/** The rows that are left after all changes, in the order in which they came. Throws a Failure where a change is of no row. */
export function foldChanges(
  changes: readonly FlinkRow[],
  columns: readonly Pick<FlinkColumn, 'type'>[],
  key: readonly number[] | undefined,
): readonly CellRow[] {
  const cells = ({ fields }: FlinkRow): CellRow =>
    fields.map((value, column) => cellOfFlink(value, columns[column]?.type))
  if (changes.every(({ kind }) => kind === 'INSERT')) return changes.map(cells)
  const left = new Map<string, CellRow[]>()
  const nameOf = (row: CellRow) =>
    (key ?? row.map((_, column) => column)).map((at) => cellText(row[at] ?? null)).join('\0')
  for (const change of changes) {
    const row = cells(change)
    const name = nameOf(row)
    const rows = left.get(name) ?? []
    if (change.kind === 'INSERT' || change.kind === 'UPDATE_AFTER') {
      left.set(name, key === undefined ? [...rows, row] : [row])
    } else if (rows.length > 1) rows.pop()
    else if (!left.delete(name)) {
      throw new Failure('io', `Flink takes back a row that it did not give: ${JSON.stringify(row)}`)
    }
  }
  return [...left.values()].flat()
}
