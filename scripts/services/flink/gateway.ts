/**
 * Statements asked of Flink's SQL Gateway, by its REST API, version 2
 * (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/sql/interfaces/sql-gateway/rest/).
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** A value as the gateway writes it; numbers are the texts of their digits where a double would change them. */
export type FlinkJson = null | boolean | number | string | readonly FlinkJson[] | { readonly [key: string]: FlinkJson }

export type FlinkColumn = { readonly name: string; readonly type: LogicalType }

export type LogicalType = {
  readonly type: string
  readonly nullable: boolean
  readonly precision?: number
  readonly scale?: number
  readonly length?: number
  readonly elementType?: LogicalType
  readonly keyType?: LogicalType
  readonly valueType?: LogicalType
  readonly fields?: readonly { readonly name: string; readonly fieldType: LogicalType }[]
}

export type FlinkRow = { readonly kind: RowKind; readonly fields: readonly FlinkJson[] }
export type RowKind = 'INSERT' | 'UPDATE_BEFORE' | 'UPDATE_AFTER' | 'DELETE'

/** parse: not the grammar. validate: refused before it runs. runtime: its job failed. */
export type FlinkAnswer =
  | { readonly kind: 'rows'; readonly columns: readonly FlinkColumn[]; readonly rows: readonly FlinkRow[] }
  | { readonly kind: 'error'; readonly error: 'parse' | 'validate' | 'runtime'; readonly message: string }

export type FlinkSession = AsyncDisposable & {
  /** Runs one statement to its end. Rejects where the gateway does not answer, or where it takes longer than a minute. */
  ask(sql: string): Promise<FlinkAnswer>
}

const POLL_MS = 20
const LIMIT_MS = 60_000

/** A session with settings such as `execution.runtime-mode`. */
export async function openSession(
  gateway: string,
  properties: Readonly<Record<string, string>>,
): Promise<FlinkSession> {
  const { sessionHandle } = (await post(`${gateway}/v2/sessions`, { properties })) as { sessionHandle: string }
  const session = `${gateway}/v2/sessions/${sessionHandle}`
  return {
    async ask(sql) {
      const { operationHandle } = (await post(`${session}/statements`, { statement: sql })) as {
        operationHandle: string
      }
      const operation = `${session}/operations/${operationHandle}`
      const answer = await answerOf(operation)
      await fetch(`${operation}/close`, { method: 'DELETE' })
      return answer
    },
    async [Symbol.asyncDispose]() {
      await fetch(session, { method: 'DELETE' })
    },
  }
}

type Page = {
  readonly resultType: 'NOT_READY' | 'PAYLOAD' | 'EOS'
  readonly jobID?: string
  readonly results?: {
    readonly columns: readonly { readonly name: string; readonly logicalType: LogicalType }[]
    readonly data: readonly FlinkRow[]
  }
}

async function answerOf(operation: string): Promise<FlinkAnswer> {
  const rows: FlinkRow[] = []
  let columns: readonly FlinkColumn[] = []
  const start = performance.now()
  let hasRun = false
  for (let page = 0; ; ) {
    const response = await fetch(`${operation}/result/${page}?rowFormat=JSON`)
    const text = await response.text()
    if (!response.ok) return errorOf(text, hasRun)
    const { resultType, results, jobID } = exactly(text) as Page
    hasRun ||= jobID !== undefined
    if (results !== undefined) {
      columns = results.columns.map(({ name, logicalType }) => ({ name, type: logicalType }))
      rows.push(...results.data)
    }
    if (resultType === 'EOS') return { kind: 'rows', columns, rows }
    if (resultType === 'PAYLOAD') page++
    else await sleep(POLL_MS)
    if (performance.now() - start > LIMIT_MS) throw new Error(`Flink takes longer than ${LIMIT_MS} ms: ${operation}`)
  }
}

/** The first line of the last cause says what is wrong. `hasRun`: the job was sent off. */
function errorOf(text: string, hasRun: boolean): FlinkAnswer {
  const { errors } = JSON.parse(text) as { readonly errors: readonly string[] }
  const lines = errors.join('\n').split('\n')
  const causes = lines.filter((line) => /^Caused by: /.test(line)).map((line) => line.slice('Caused by: '.length))
  const message = (causes.at(-1) ?? lines[0] ?? '').slice(0, 300)
  const isParse = causes.some((cause) => /SqlParserException|SqlParseException|SQL parse failed/.test(cause))
  const isRuntime = hasRun || causes.some((cause) => /JobExecutionException|Failed to fetch next result/.test(cause))
  return { kind: 'error', error: isParse ? 'parse' : isRuntime ? 'runtime' : 'validate', message }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${text.slice(0, 2000)}`)
  return JSON.parse(text)
}

/** A number that JavaScript would write in another way is kept as its text. */
function exactly(text: string): unknown {
  type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source && !Object.is(value, -0)
      ? source
      : value,
  )
}

/** The type as SQL writes it, without NOT NULL. */
export function flinkTypeName(type: LogicalType): string {
  const { precision, scale, length } = type
  switch (type.type) {
    case 'INTEGER':
      return 'INT'
    case 'DECIMAL':
      return `DECIMAL(${precision}, ${scale})`
    case 'VARCHAR':
      return length === MOST ? 'STRING' : `VARCHAR(${length})`
    case 'VARBINARY':
      return length === MOST ? 'BYTES' : `VARBINARY(${length})`
    case 'CHAR':
    case 'BINARY':
      return `${type.type}(${length})`
    case 'TIME_WITHOUT_TIME_ZONE':
      return `TIME(${precision})`
    case 'TIMESTAMP_WITHOUT_TIME_ZONE':
      return `TIMESTAMP(${precision})`
    case 'TIMESTAMP_WITH_LOCAL_TIME_ZONE':
      return `TIMESTAMP_LTZ(${precision})`
    case 'ARRAY':
    case 'MULTISET':
      return `${type.type}<${nested(type.elementType)}>`
    case 'MAP':
      return `MAP<${nested(type.keyType)}, ${nested(type.valueType)}>`
    case 'ROW':
      return `ROW<${(type.fields ?? []).map(({ name, fieldType }) => `\`${name}\` ${flinkTypeName(fieldType)}`).join(', ')}>`
    default:
      return type.type
  }
}

const MOST = 2_147_483_647

const nested = (type: LogicalType | undefined): string => (type === undefined ? '?' : flinkTypeName(type))
