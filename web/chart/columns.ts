/**
 * What the columns of rows mean for a chart: which is time, which are numbers to draw, and which say what a number is about. It
 * follows from types, the windows and the key of the rows; where the key is not known, from names and values.
 */

export type ChartColumn = {
  readonly name: string
  /** As SQL writes it: `BIGINT`, `TIMESTAMP_LTZ(3)`. */
  readonly type: string
  /** Of a column that says which window a row belongs to. */
  readonly window?: 'start' | 'end' | 'time' | undefined
  /** Whether it is part of the rows' key; undefined where nobody knows the key. */
  readonly isKey?: boolean | undefined
}

/** A row by the names of its columns, each value as JSON has it. */
export type ChartRow = { readonly [column: string]: unknown }

/** `rank`: the place in a Top-N. `name`: says what the row is about. `other`: nothing that a chart could show. */
export type Role = 'time' | 'number' | 'name' | 'rank' | 'other'

const NUMBERS = /^(TINYINT|SMALLINT|INT|INTEGER|BIGINT|FLOAT|DOUBLE|DECIMAL|NUMERIC)\b/
const WHOLE = /^(TINYINT|SMALLINT|INT|INTEGER|BIGINT)\b/
const TIMES = /^(TIMESTAMP|DATE)/
const NAMES = /^(STRING|VARCHAR|CHAR|BOOLEAN|TIME\b)/
const RANKS = /^(rn|row_?num(ber)?|rank|rnk|dense_rank|place)$/i
/** Numbers that name something though their type does not say so. */
const NAMING = /^(status|code|class|port|year|month|day|hour|minute|weekday|.*_(id|code|class|hour|day|port)|at_hour)$/i

export const isNumberType = (type: string): boolean => NUMBERS.test(type)
export const isTimeType = (type: string): boolean => TIMES.test(type)
export const isWhole = (type: string): boolean => WHOLE.test(type)
/** Whether times are instants, which are shown in the zone of the pipeline; others are wall clocks of that zone already. */
export const isInstant = (type: string): boolean => /^TIMESTAMP_LTZ|WITH LOCAL TIME ZONE/.test(type)

/** The role of each column. */
export function rolesOf(columns: readonly ChartColumn[]): ReadonlyMap<string, Role> {
  return new Map(columns.map((column) => [column.name, roleOf(column)]))
}

function roleOf({ name, type, window, isKey }: ChartColumn): Role {
  if (window !== undefined || isTimeType(type)) return 'time'
  if (NAMES.test(type)) return 'name'
  if (!NUMBERS.test(type)) return 'other'
  if (RANKS.test(name) && WHOLE.test(type)) return 'rank'
  if (isKey === true) return 'name'
  return isKey === undefined && WHOLE.test(type) && NAMING.test(name) ? 'name' : 'number'
}

/** The columns of a role, in their order. */
export const columnsAs = (columns: readonly ChartColumn[], role: Role): readonly ChartColumn[] => {
  const roles = rolesOf(columns)
  return columns.filter(({ name }) => roles.get(name) === role)
}

/** The time that a row belongs to: where its window begins, else where it ends, else the first column that is a time. */
export function timeColumn(columns: readonly ChartColumn[]): ChartColumn | undefined {
  const times = columnsAs(columns, 'time')
  const as = (window: ChartColumn['window']) => times.find((column) => column.window === window)
  return as('start') ?? as('end') ?? as('time') ?? times.find(({ name }) => name === 'window_start') ?? times[0]
}

/**
 * What the rows of one time are told apart by: the key, without its times and its place in a Top-N. Where the key has no more
 * than those, as that of a Top-N, or is not known, every column that is a name.
 */
export function nameColumns(columns: readonly ChartColumn[]): readonly ChartColumn[] {
  const names = columnsAs(columns, 'name')
  const keys = names.filter(({ isKey }) => isKey === true)
  return keys.length > 0 ? keys : names
}

/** The number of a value; undefined where it has none: NULL, NaN, a text. Numbers that JSON has no form for are texts. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** Milliseconds since 1970-01-01 00:00, of a wall clock as if it were UTC; undefined where the value is no time. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const text = value.length > 10 && !/(Z|[+-]\d\d:?\d\d)$/.test(value) ? `${value.replace(' ', 'T')}Z` : value
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

/** What a row is about, for people: `GET`, `GET · 200`. */
export function labelOf(row: ChartRow, names: readonly string[]): string {
  if (names.length === 1) return textOf(row[names[0] ?? ''])
  return names.map((name) => textOf(row[name])).join(' · ')
}

/** A value as text. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (value === '') return '(empty)'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
