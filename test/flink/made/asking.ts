/** Statements over the made tables, asked of a running Flink; its rows in the notation of the answers (README of ../shared/flink). */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Flink } from '../../../scripts/services/flink/flink.ts'
import { type FlinkAnswer, type FlinkRow, openFlinkSession } from '../../../src/client/flink/gateway.ts'
import { flinkTypeName } from '../../../src/client/flink/logical-type.ts'
import { cellOfFlink } from '../../../src/verify/cell.ts'
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

/** A statement takes a second or two, and longer where other programs hold the processors. */
const LIMIT_MS = 300_000

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
    ask: async ({ mode, sql }) => asked(await sessions[mode].ask(sql, { timeoutMs: LIMIT_MS })),
    async [Symbol.asyncDispose]() {
      for (const session of Object.values(sessions)) await session[Symbol.asyncDispose]()
    },
  }
}

const fileOf = ({ columns, rows }: FlinkTable): string =>
  rows
    .map((row) => Object.fromEntries(columns.map(([name, type], index) => [name, inFile(row[index] ?? null, type)])))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('')

/** Times stand in the file as ISO 8601 has them. */
function inFile(value: Json, type: string): Json {
  if (typeof value !== 'string' || !type.startsWith('TIMESTAMP')) return value
  const isLacking = type.startsWith('TIMESTAMP_LTZ') && !value.endsWith('Z')
  return `${value.replace(' ', 'T')}${isLacking ? 'Z' : ''}`
}

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
    ({ kind, fields }): Change => [CHANGES[kind], ...fields.map((value, index) => cellOfFlink(value, types[index]))],
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
