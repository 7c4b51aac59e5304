/** Runs a statement over files in this process, as `tailrace query` does. */
import { Readable } from 'node:stream'
import { rowsOf } from '../../src/engine/naive.test-tool.ts'
import type { Encoder, Format } from '../../src/format/format.ts'
import { type EncoderName, makeEncoder } from '../../src/format/write/encoders.ts'
import { type FileQueryOptions, type QueryOutcome, runQuery } from '../../src/query/file-query.ts'
import type { TableSpec } from '../../src/query/table-files.ts'
import type { DeadKept, DeadLine } from '../../src/query/units.ts'
import type { Batch, Value } from '../../src/record/column.ts'
import { loadFunctions } from '../../src/sql/user-function/load.ts'
import { openRowTable } from '../../src/terminal/row-table.ts'

export type Answer = QueryOutcome & {
  readonly rows: number
  readonly values: readonly (readonly Value[])[]
  /** The output with `-o OUTPUT`. */
  readonly text: string
  readonly dead: number
  readonly deadLines: readonly DeadLine[]
  readonly formats: readonly string[]
}

export type AskOptions = {
  readonly workers?: number
  readonly unitBytes?: number
  readonly timezone?: string
  readonly format?: Format['name']
  readonly stdin?: Iterable<Uint8Array>
  readonly output?: EncoderName | 'table'
  readonly deadKept?: DeadKept
  /** What CURRENT_TIMESTAMP is. */
  readonly now?: number
  /** Leaves out `values`, for results that are compared as text. */
  readonly textOnly?: boolean
  /** Files of functions. */
  readonly functions?: readonly string[]
  /** Bytes; without it there is no limit. */
  readonly memory?: number
}

/** One file or glob, or the specifications of several tables. */
export async function ask(sql: string, from: string | readonly TableSpec[], options: AskOptions = {}): Promise<Answer> {
  const { workers = 1, unitBytes, timezone = 'UTC', now = Date.UTC(2026, 0, 1), format, stdin = [] } = options
  const { output = 'ndjson', textOnly = false, deadKept = 'first' } = options
  const specs = typeof from === 'string' ? [{ name: 'log', patterns: [from], format }] : from
  const values: Value[][] = []
  const texts: string[] = []
  const deadLines: DeadLine[] = []
  const formats: string[] = []
  let textOf: ((batch: Batch) => string) | undefined
  const queryOptions: FileQueryOptions = {
    memory: options.memory ?? Number.POSITIVE_INFINITY,
    session: { timezone, now, functions: await loadFunctions(options.functions ?? [], '') },
    functionFiles: options.functions ?? [],
    workers,
    ...(unitBytes === undefined ? {} : { unitBytes }),
    stdin: Readable.from(stdin, { objectMode: true }),
    detected: ({ formatName }) => void formats.push(formatName),
    warn() {},
    opened() {},
    deadKept,
    emit(batch, fields) {
      textOf ??= output === 'table' ? openRowTable(fields).textOf : openTexts(makeEncoder(output, fields))
      texts.push(textOf(batch))
      if (!textOnly) values.push(...rowsOf(batch))
    },
    dead: (line) => void deadLines.push(line),
    progress() {},
  }
  const outcome = await runQuery(sql, specs, queryOptions)
  return { ...outcome, values, text: texts.join(''), deadLines, formats }
}

function openTexts({ head, encode }: Encoder): (batch: Batch) => string {
  let before = head ?? new Uint8Array(0)
  return (batch) => {
    const text = Buffer.concat([before, encode(batch, 0, batch.count)]).toString()
    before = new Uint8Array(0)
    return text
  }
}
