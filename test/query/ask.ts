/** Runs a statement over files in this process, as `tailrace query` does. */
import { Readable } from 'node:stream'
import type { Format } from '../../src/format/format.ts'
import { type EncoderName, makeEncoder } from '../../src/format/write/encoders.ts'
import { type FileQueryOptions, type QueryOutcome, runQuery } from '../../src/query/file-query.ts'
import type { TableSpec } from '../../src/query/table-files.ts'
import type { DeadLine } from '../../src/query/unit.ts'
import { type Column, type Value, valueAt } from '../../src/record/column.ts'

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
  readonly output?: EncoderName
  /** Leaves out `values`, for results that are compared as text. */
  readonly textOnly?: boolean
}

/** One file or glob, or the specifications of several tables. */
export async function ask(sql: string, from: string | readonly TableSpec[], options: AskOptions = {}): Promise<Answer> {
  const { workers = 1, unitBytes, timezone = 'UTC', format, stdin = [], output = 'ndjson', textOnly = false } = options
  const specs = typeof from === 'string' ? [{ name: 'log', patterns: [from], format }] : from
  const values: Value[][] = []
  const texts: Buffer[] = []
  const deadLines: DeadLine[] = []
  const formats: string[] = []
  let encoder: ReturnType<typeof makeEncoder> | undefined
  const queryOptions: FileQueryOptions = {
    memory: Number.POSITIVE_INFINITY,
    session: { timezone, now: Date.UTC(2026, 0, 1) },
    workers,
    ...(unitBytes === undefined ? {} : { unitBytes }),
    stdin: Readable.from(stdin, { objectMode: true }),
    detected: (_, found) => void formats.push(found),
    warn() {},
    emit(batch, fields) {
      encoder ??= makeEncoder(output, fields)
      if (texts.length === 0 && encoder.head !== undefined) texts.push(Buffer.from(encoder.head))
      texts.push(Buffer.from(encoder.encode(batch, 0, batch.count)))
      if (textOnly) return
      for (let row = 0; row < batch.count; row++) {
        values.push(fields.map((_, i) => valueAt(batch.columns[i] as Column, row)))
      }
    },
    dead: (line) => void deadLines.push(line),
    progress() {},
  }
  const outcome = await runQuery(sql, specs, queryOptions)
  return { ...outcome, values, text: Buffer.concat(texts).toString(), deadLines, formats }
}
