/** `tailrace verify` of a statement over files. */
import { systemClock } from '../../base/clock.ts'
import { Failure, inShell, quotedInShell } from '../../base/failure.ts'
import { memoryBytes } from '../../base/memory.ts'
import { countText } from '../../base/units.ts'
import { askDuckdb } from '../../verify/duckdb.ts'
import { askFlinkStatement, verifyStatement } from '../../verify/verify-statement.ts'
import { noLinesText } from '../ask/found-text.ts'
import { refuseUnknownZone, tablesAsked } from '../ask/tables.ts'
import { say } from '../say.ts'
import { momentNotes } from './told.ts'
import { MOST_COMPARED, type Verifying, type VerifyOptions } from './verifying.ts'

/** Compares the rows of a statement. Rejects with a Failure of the statement, or of its files. */
export async function verifyFiles(
  sql: string,
  files: readonly string[],
  options: VerifyOptions,
  verifying: Verifying,
): Promise<void> {
  refuseOfPipeline(options)
  refuseUnknownZone(options.timezone)
  const { format, table } = options
  const tables = tablesAsked(files, { table, ...(format !== undefined && { format }) })
  if (tables.some(({ patterns }) => patterns.includes('-'))) {
    throw new Failure('usage', 'standard input can be read only once, and two engines read the rows', {
      hint: 'Write it to a file first.',
    })
  }
  const other = await verifying.open()
  if (other === undefined) return
  const { folder, timeoutMs, signal } = verifying
  const found = await verifyStatement({
    sql,
    tables,
    folder,
    mostRows: MOST_COMPARED,
    options: {
      session: { timezone: options.timezone, now: systemClock.now() },
      functionFiles: [],
      workers: undefined,
      memory: memoryBytes() / 2,
      stdin: process.stdin,
      deadKept: 'first',
      detected(table) {
        if (table.sample.count === 0) say(noLinesText(table))
      },
      opened() {},
      warn() {},
      emit() {},
      dead() {},
      progress() {},
    },
    ask: (question) =>
      other.kind === 'duckdb'
        ? askDuckdb(question, { signal, timeoutMs })
        : askFlinkStatement(question, { gateway: other.gateway, timeoutMs, mostRows: MOST_COMPARED, signal }),
    doing: verifying.doing,
  })
  if ('notAsked' in found) return verifying.cannot(undefined, found.notAsked)
  const { columns, compared, outcome } = found
  const { lines, dead } = outcome
  verifying.done({
    query: undefined,
    other: other.kind === 'duckdb' ? 'DuckDB' : 'Flink',
    columns,
    compared,
    notes: [
      `${countText(lines, 'line')} read${dead === 0 ? '' : `, ${countText(dead, 'dead letter')} left out of both`}`,
      ...momentNotes(sql),
    ],
    behind: compared.differences.map(() => ({
      why: 'only a pipeline keeps records; to see what decides, select more columns',
    })),
    again: againText(sql, files, options),
  })
}

function refuseOfPipeline({ query, lines, offsets, data, pipeline, since, until, for: period }: VerifyOptions): void {
  const given = {
    '--query': query[0],
    '--lines': lines,
    '--offsets': offsets[0],
    '--data': data,
    '--pipeline': pipeline,
    '--since': since,
    '--until': until,
    '--for': period,
  }
  const wrong = Object.entries(given).find(([, value]) => value !== undefined)
  if (wrong !== undefined) throw new Failure('usage', `${wrong[0]} is for a pipeline, and this is a statement`)
}

const againText = (
  sql: string,
  files: readonly string[],
  { against, format, table, timezone }: VerifyOptions,
): string =>
  [
    'tailrace verify',
    quotedInShell(sql),
    ...files.map(inShell),
    `--against ${inShell(against)}`,
    ...(format === undefined ? [] : [`--format ${inShell(format)}`]),
    ...table.map((one) => `--table ${inShell(one)}`),
    ...(timezone === 'UTC' ? [] : [`--timezone ${inShell(timezone)}`]),
  ].join(' ')
