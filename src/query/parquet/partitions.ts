/**
 * Columns that the folders of files name, as Hive, Spark and DuckDB write them: `lake/day=2026-03-01/hour=09/x.parquet` has the
 * columns `day` and `hour`.
 */
import { type Column, columnOf, type Value } from '../../record/column.ts'
import { BIGINT, DATE, type Field, STRING, type Type } from '../../record/type.ts'

/** What stands in a name where the value is NULL. */
const NULL_NAME = '__HIVE_DEFAULT_PARTITION__'
const DAY_MS = 86_400_000

/** The values in the folders of a path, by column. */
export function partitionsIn(path: string): ReadonlyMap<string, string> {
  const folders = path.split('/').slice(0, -1)
  return new Map(
    folders.flatMap((folder) => {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(folder) ?? []
      return name === undefined || value === undefined ? [] : [[name, unescaped(value)] as const]
    }),
  )
}

/** Hive writes characters that names of files cannot have as `%2F`. */
const unescaped = (value: string): string =>
  value.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString())

/** The columns that the folders of all files name. A column is of the type that all of its values have. */
export function partitionFields(paths: readonly string[]): readonly Field[] {
  const [first, ...others] = paths.map(partitionsIn)
  if (first === undefined) return []
  const names = [...first.keys()].filter((name) => others.every((values) => values.has(name)))
  return names.map((name) => ({
    name,
    type: typeOf([first, ...others].map((values) => values.get(name) ?? '').filter((value) => value !== NULL_NAME)),
  }))
}

function typeOf(values: readonly string[]): Type {
  if (values.length === 0) return STRING
  if (values.every((value) => /^-?\d{1,15}$/.test(value))) return BIGINT
  return values.every((value) => dayOf(value) !== undefined) ? DATE : STRING
}

function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined
  const time = Date.parse(`${text}T00:00:00Z`)
  // Some programs read 31 February as 3 March.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? undefined : time / DAY_MS
}

/** The value of a column for all rows of a file. */
export function partitionValue(path: string, { name, type }: Field): Value {
  const text = partitionsIn(path).get(name)
  if (text === undefined || text === NULL_NAME) return null
  switch (type.kind) {
    case 'BIGINT':
      return BigInt(text)
    case 'DATE':
      return dayOf(text) ?? null
    default:
      return text
  }
}

/** A column of `count` rows that all have the value. */
export const constantColumn = (type: Type, value: Value, count: number): Column =>
  columnOf(type, new Array<Value>(count).fill(value))
