/**
 * The statements with Flink's answers in ../shared/flink, typed; see the README there. A case is a statement with Flink's
 * rows, or with the class of its refusal.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'vitest'
import type { Value } from '../../src/record/column.ts'
import { nanosOf } from '../../src/record/nanos.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  decimal,
  type Field,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TINYINT,
  type Type,
  timestamp,
} from '../../src/record/type.ts'
import type { Table } from '../../src/sql/catalog.ts'
import { linesOf } from '../cli/tailrace.ts'

/** A value of a row as JSON writes it; integers that a double cannot hold are bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json }

export type FlinkTable = {
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly rows: readonly (readonly Json[])[]
  readonly rowtime?: string
  readonly watermark?: string
}

type Statement = {
  readonly id: string
  readonly group: string
  readonly mode: 'batch' | 'streaming'
  readonly sql: string
  readonly zone?: string
  readonly tables?: { readonly [name: string]: FlinkTable }
}

export type Answer = Statement & {
  readonly error?: undefined
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]
  readonly rows: readonly (readonly Json[])[]
  readonly ordered: boolean
  /** Present if rows were retracted: the answer is not append-only, and `rows` are those that remained. */
  readonly changes?: readonly Json[]
}

export type Refusal = Statement & { readonly error: 'parse' | 'validate' | 'runtime'; readonly message: string }

export type FlinkCase = Answer | Refusal

const folder = join(resolve(process.env.TAILRACE_SHARED ?? join(import.meta.dirname, '../../../shared')), 'flink')
const isThere = existsSync(folder)
if (!isThere) {
  console.warn(`no answers of Flink at ${folder}: THE TESTS THAT COMPARE WITH FLINK ARE SKIPPED (set TAILRACE_SHARED)`)
}

/** `test`, or a skip if the folder is missing. */
export const testWithFlink: typeof test.skip = isThere ? test : test.skip

/** All cases; none if the folder is missing. */
export const cases: readonly FlinkCase[] = (isThere ? ['scalar', 'relational', 'window', 'pipeline'] : []).flatMap(
  (file) => casesIn(join(folder, `${file}.jsonl`)),
)

/** The cases of a file, one a line. */
export function casesIn(path: string): readonly FlinkCase[] {
  return linesOf(readFileSync(path, 'utf8')).map((line) => parseExactly(line) as FlinkCase)
}

/** Whole numbers beyond 2^53 as bigint: BIGINT columns have them. */
export function parseExactly(line: string): unknown {
  type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown
  return parse(line, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && /^-?[0-9]+$/.test(source) && !Number.isSafeInteger(value)
      ? BigInt(source)
      : value,
  )
}

/** The types of the columns of tables; others are left out. */
const TYPES: Readonly<Record<string, Type>> = {
  TINYINT,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  BOOLEAN,
  STRING,
  BYTES,
  DATE,
}

function typeOf(name: string): Type | undefined {
  const digits = /^DECIMAL\(([0-9]+), ([0-9]+)\)$/.exec(name)
  const time = /^(TIMESTAMP|TIMESTAMP_LTZ)\(([0-9])\)$/.exec(name)
  if (time !== null) return timestamp(Number(time[2]), time[1] !== 'TIMESTAMP')
  return digits === null ? TYPES[name] : decimal(Number(digits[1]), Number(digits[2]))
}

export type LoadedTable = { readonly table: Table; readonly rows: readonly (readonly Value[])[] }

/** A table of a case for the engine; undefined if tailrace does not have the type of a column. */
export function loadTable(
  name: string,
  { columns, rows, rowtime: time, watermark = '' }: FlinkTable,
): LoadedTable | undefined {
  const fields: Field[] = []
  for (const [column, typeName] of columns) {
    const type = typeOf(typeName)
    if (type === undefined) return undefined
    fields.push({ name: column, type, ...(column === time && { rowtime: true }) })
  }
  const field = fields.findIndex(({ rowtime }) => rowtime)
  const rowtime = field === -1 ? undefined : { field, delay: delayOf(watermark) }
  const values = rows.map((row) => fields.map(({ type }, index) => sqlValue(row[index] ?? null, type)))
  return { table: { name, fields, rowtime }, rows: values }
}

/** How far the watermark trails: `ts`, or `ts` - INTERVAL '5' SECOND. */
function delayOf(watermark: string): number {
  const seconds = /^`\w+`(?: - INTERVAL '([0-9]+)' SECOND)?$/.exec(watermark)
  if (seconds === null) throw new Error(`unknown watermark ${watermark}`)
  return Number(seconds[1] ?? 0) * 1000
}

export function sqlValue(json: Json, type: Type): Value {
  if (json === null) return null
  switch (type.kind) {
    case 'BOOLEAN':
      return json === true
    case 'FLOAT':
      return Math.fround(Number(json))
    case 'DOUBLE':
      return Number(json)
    case 'BIGINT':
      return BigInt(json as number)
    case 'BYTES':
      return Buffer.from(String(json), 'base64').toString('latin1')
    case 'DECIMAL':
      return unscaled(String(json), type.scale)
    case 'DATE':
      return Date.parse(`${json}T00:00:00Z`) / 86_400_000
    case 'FINE_TIMESTAMP': {
      const text = String(json).replace('Z', '')
      const ms = Date.parse(`${text.replace(/\..*/, '')}Z`)
      return nanosOf(ms) + BigInt((/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(9, '0'))
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return Date.parse(`${String(json).replace(' ', 'T').replace('Z', '')}Z`)
    default:
      return json as Value
  }
}

/** 1.5 of scale 2 is 150n. */
function unscaled(text: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(scale, '0'))
}
