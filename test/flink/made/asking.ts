/** Statements over the made tables, asked of a running Flink; its rows in the notation of the answers (README of ../shared/flink). */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Flink } from '../../../scripts/services/flink/flink.ts'
import { type FlinkAnswer, type FlinkJson, type FlinkRow, openFlinkSession } from '../../../src/client/flink/gateway.ts'
import { flinkTypeName, type LogicalType } from '../../../src/client/flink/logical-type.ts'
import type { FlinkTable, Json } from '../cases.ts'
import type { Statement } from './statements.ts'
import type { MadeTables } from './tables.ts'

/** What a line of the file has besides the statement. */
export type Asked =
  | {
      readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]
      readonly rows: readonly (readonly Json[])[]
      readonly changes?: readonly Json[]
    }
  | { readonly error: string; readonly message: string }

export type Asking = AsyncDisposable & { ask(statement: Statement): Promise<Asked> }

/** Makes the tables in a session for each mode. Rejects where Flink does not take one. */
export async function openAsking(flink: Flink, tables: MadeTables): Promise<Asking> {
  const settings = {
    'table.local-time-zone': 'UTC',
    'parallelism.default': '1',
    'pipeline.auto-watermark-interval': '0 ms',
    // A row that fails is to fail its job, at once.
    'restart-strategy.type': 'none',
  }
  const open = (mode: string) => openFlinkSession(flink.gateway, { ...settings, 'execution.runtime-mode': mode })
  const sessions = { batch: await open('batch'), streaming: await open('streaming') }
  for (const [name, table] of Object.entries(tables)) {
    const path = join(flink.folder, `${name}.json`)
    await writeFile(path, fileOf(table))
    for (const session of Object.values(sessions)) {
      const answer = await session.ask(ddlOf(name, table, path))
      if (answer.kind === 'error') throw new Error(`Flink does not take table ${name}: ${answer.message}`)
    }
  }
  return {
    ask: async ({ mode, sql }) => asked(await sessions[mode].ask(sql)),
    async [Symbol.asyncDispose]() {
      for (const session of Object.values(sessions)) await session[Symbol.asyncDispose]()
    },
  }
}

const fileOf = ({ columns, rows }: FlinkTable): string =>
  rows
    .map((row) => `${JSON.stringify(Object.fromEntries(columns.map(([name], index) => [name, row[index]])))}\n`)
    .join('')

function ddlOf(name: string, { columns, rowtime, watermark }: FlinkTable, path: string): string {
  const lines = columns.map(([column, type]) => `\`${column}\` ${type}`)
  if (rowtime !== undefined) lines.push(`WATERMARK FOR \`${rowtime}\` AS ${watermark}`)
  const options = { connector: 'filesystem', path, format: 'json', 'json.timestamp-format.standard': 'ISO-8601' }
  const given = Object.entries(options).map(([key, value]) => `'${key}' = '${value}'`)
  return `CREATE TEMPORARY TABLE ${name} (${lines.join(', ')}) WITH (${given.join(', ')})`
}

function asked(answer: FlinkAnswer): Asked {
  if (answer.kind === 'error') return { error: answer.error, message: answer.message }
  const columns = answer.columns.map(({ name, type }) => ({ name, type: flinkTypeName(type), nullable: type.nullable }))
  const types = answer.columns.map(({ type }) => type)
  const changes = answer.rows.map(
    ({ kind, fields }): Change => [CHANGES[kind], ...fields.map((value, index) => notationOf(value, types[index]))],
  )
  const appendsOnly = changes.every(([kind]) => kind === '+I')
  return { columns, rows: remaining(changes), ...(!appendsOnly && { changes }) }
}

type Change = readonly [kind: string, ...Json[]]

const CHANGES: Readonly<Record<FlinkRow['kind'], string>> = {
  INSERT: '+I',
  UPDATE_BEFORE: '-U',
  UPDATE_AFTER: '+U',
  DELETE: '-D',
}

/** The rows that are there after all changes, in the order in which they came. */
function remaining(changes: readonly Change[]): readonly (readonly Json[])[] {
  const rows: (readonly Json[])[] = []
  for (const [kind, ...row] of changes) {
    if (kind.startsWith('+')) rows.push(row)
    else {
      const text = JSON.stringify(row)
      const index = rows.findIndex((one) => JSON.stringify(one) === text)
      if (index === -1) throw new Error(`Flink takes back a row that it did not give: ${text}`)
      rows.splice(index, 1)
    }
  }
  return rows
}

/** Decimals have all digits of their scale; whole numbers beyond 2^53 are texts, and so are NaN and the infinite ones. */
function notationOf(value: FlinkJson, type: LogicalType | undefined): Json {
  if (value === null || type === undefined) return null
  switch (type.type) {
    case 'DECIMAL':
      return withScale(String(value), type.scale ?? 0)
    case 'FLOAT':
      return Number.isFinite(Number(value)) ? shortest(Number(value)) : String(value)
    case 'DOUBLE':
      return Number.isFinite(Number(value)) ? Number(value) : String(value)
    case 'BIGINT':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    default:
      return value as Json
  }
}

/** The shortest decimal that is this FLOAT: Java 17 writes more digits of some. */
function shortest(value: number): number {
  const float = Math.fround(value)
  for (let digits = 1; ; digits++) {
    const text = Number(float.toPrecision(digits))
    if (Math.fround(text) === float) return text
  }
}

/** 1.5 of scale 2 is 1.50, and 2E+3 of scale 0 is 2000. */
function withScale(text: string, scale: number): string {
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.')
  const shift = Number(exponent) + scale - fraction.length
  const unscaled = BigInt(whole + fraction) * 10n ** BigInt(Math.max(shift, 0))
  const all = String(shift < 0 ? unscaled / 10n ** BigInt(-shift) : unscaled).padStart(scale + 1, '0')
  const sign = text.startsWith('-') && unscaled !== 0n ? '-' : ''
  return scale === 0 ? `${sign}${all}` : `${sign}${all.slice(0, -scale)}.${all.slice(-scale)}`
}
