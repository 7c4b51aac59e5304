/**
 * Asks DuckDB a statement, by its command line (https://duckdb.org/docs/stable/clients/cli/overview). The statement is asked as it is
 * written: DuckDB speaks another SQL, and where it refuses the text, it says so. Its cells come as texts, and are read as values of the
 * types that our columns have.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Failure } from '../base/failure.ts'
import { oneLine } from '../base/one-line.ts'
import { isNested, type Type, typeName } from '../record/type.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Plan } from '../sql/plan/plan.ts'
import type { SharedCell } from './cell.ts'
import type { OtherAnswer } from './other-answer.ts'
import type { StatementQuestion } from './verify-statement.ts'

export type DuckdbAsking = { readonly signal: AbortSignal; readonly timeoutMs: number; readonly program?: string }

/** Most bytes of an answer. */
const MOST_BYTES = 256 << 20
const PROGRAM = 'duckdb'

/** Why DuckDB cannot be asked a plan, in words; undefined: it can. */
export function whyNotDuckdb(plan: Plan): string | undefined {
  if (plan.kind === 'window' || plan.kind === 'session') return 'it has no window functions such as TUMBLE'
  return inputsOf(plan)
    .map(whyNotDuckdb)
    .find((why) => why !== undefined)
}

/** The answer. Rejects with a Failure: 'not-found' where there is no DuckDB, 'sql' where it refuses the statement. */
export async function askDuckdb(question: StatementQuestion, asking: DuckdbAsking): Promise<OtherAnswer> {
  const { sql, query, timezone, tables } = question
  const why = whyNotDuckdb(query.plan)
  if (why !== undefined)
    throw new Failure('usage', `DuckDB cannot be asked: ${why}`, { hint: 'Flink can: --against flink' })
  const made = tables.map(({ name, fields, path }) => {
    const columns = fields.map((field) => `${text(field.name)}: ${text(duckdbType(field.type, name))}`)
    return `CREATE TABLE ${identifier(name)} AS SELECT * FROM read_json(${text(path)}, format = 'newline_delimited', columns = {${columns.join(', ')}});`
  })
  const script = [
    '.bail on',
    `SET TimeZone = ${text(timezone)};`,
    ...made,
    '.mode jsonlines',
    `CREATE TEMP VIEW answer AS ${sql};`,
    'SELECT column_name AS name, column_type AS type FROM (DESCRIBE answer);',
    `SELECT 0 AS "the rows";`,
    'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM answer;',
  ]
  const lines = (await run(`${script.join('\n')}\n`, asking)).split('\n').filter((line) => line !== '')
  const head = lines.indexOf('{"the rows":0}')
  if (head < 0) throw new Failure('io', `DuckDB answers in another form: ${oneLine(lines[0] ?? '')}`)
  const columns = lines
    .slice(0, head)
    .map((line) => JSON.parse(line) as { readonly name: string; readonly type: string })
  const { fields } = query.plan
  const rows = lines.slice(head + 1).map((line) => {
    const cells = JSON.parse(line) as { readonly [name: string]: string | null }
    return columns.map(({ name }, column) => cellOf(cells[name] ?? null, fields[column]?.type))
  })
  const inexact = columns.flatMap(({ type }, i) => (type === 'DOUBLE' && fields[i]?.type.kind === 'DECIMAL' ? [i] : []))
  return { columns: columns.map(({ name }) => name), rows, inexact }
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

function duckdbType(type: Type, table: string): string {
  switch (type.kind) {
    case 'STRING':
    case 'NULL':
      return 'VARCHAR'
    case 'INT':
      return 'INTEGER'
    case 'TINYINT':
    case 'SMALLINT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'BOOLEAN':
    case 'DATE':
    case 'TIME':
      return type.kind
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'TIMESTAMP':
      return 'TIMESTAMP'
    case 'TIMESTAMP_LTZ':
      return 'TIMESTAMPTZ'
    default:
      throw new Failure('usage', `DuckDB cannot be asked: table ${table} has a column of type ${typeName(type)}`, {
        hint: isNested(type) ? 'Flink can: --against flink' : undefined,
      })
  }
}

/** A text of DuckDB as a value of our type. */
function cellOf(value: string | null, type: Type | undefined): SharedCell {
  if (value === null || type === undefined) return null
  switch (type.kind) {
    case 'BOOLEAN':
      return value === 'true'
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    case 'FLOAT':
    case 'DOUBLE':
      return Number.isFinite(Number(value)) ? Number(value) : value
    case 'TIMESTAMP':
      return value.replace(' ', 'T')
    case 'TIMESTAMP_LTZ':
      return `${value.replace(' ', 'T').replace(/[+-]\d\d(:\d\d)?$/, '')}Z`
    default:
      return value
  }
}

/** What the program writes for a script. */
async function run(script: string, { signal, timeoutMs, program = PROGRAM }: DuckdbAsking): Promise<string> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const child = spawn(program, ['-batch', ':memory:'], { stdio: 'pipe', signal: until })
  const out: Buffer[] = []
  const errors: Buffer[] = []
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_BYTES) child.kill()
    else out.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  // It stops reading at the first mistake.
  child.stdin.on('error', () => {})
  child.stdin.end(script)
  try {
    await once(child, 'close')
  } catch (error) {
    signal.throwIfAborted()
    const { code, name, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      throw new Failure('not-found', 'DuckDB cannot be asked: there is no program duckdb in the PATH', {
        hint: 'Its command line comes by `pip install duckdb-cli`, or from duckdb.org.',
        cause: error,
      })
    }
    if (name === 'AbortError') throw new Failure('limit', `DuckDB takes longer than ${timeoutMs / 1000} s`)
    throw new Failure('io', `DuckDB cannot be started: ${message}`, { cause: error })
  }
  if (bytes > MOST_BYTES) throw new Failure('limit', 'DuckDB’s answer is longer than 256 MiB')
  const said = Buffer.concat(errors).toString()
  if (child.exitCode !== 0 || said !== '') {
    throw new Failure('sql', `DuckDB cannot be asked, as it refuses the statement: ${oneLine(said, 400)}`, {
      hint: 'The statement is asked as it is written, and DuckDB speaks another SQL.',
    })
  }
  return Buffer.concat(out).toString()
}
