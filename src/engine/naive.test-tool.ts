/**
 * The naive evaluator: answers a windowed query by its definition, however slowly, with rows as objects and windows as
 * lists. The engine is compared with it on random input.
 */
import { type Batch, columnOf, type Value, valueAt } from '../record/column.ts'
import { BIGINT, DOUBLE, type Field, INT, STRING, TIMESTAMP } from '../record/type.ts'
import type { Catalog, Table } from '../sql/catalog.ts'
import type { ChangeStep } from '../sql/plan/change-step.ts'
import type { Mode, Query } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'

export const DELAY = 5
const FIELDS: readonly Field[] = [
  { name: 'k', type: STRING },
  { name: 'j', type: INT },
  { name: 'v', type: INT },
  { name: 'w', type: BIGINT },
  { name: 'd', type: DOUBLE },
  { name: 'ts', type: TIMESTAMP, rowtime: true },
]
export const TABLE: Table = { name: 't', fields: FIELDS, rowtime: { field: 5, delay: DELAY } }
export const CATALOG: Catalog = new Map([['t', TABLE]])
export const SESSION = { timezone: 'UTC', now: 0 }

export type Row = {
  readonly k: string | null
  readonly j: number | null
  readonly v: number | null
  readonly w: bigint | null
  readonly d: number | null
  readonly ts: number | null
  readonly partition: number
}

export type WindowSpec =
  | { readonly kind: 'TUMBLE'; readonly size: number }
  | { readonly kind: 'HOP'; readonly slide: number; readonly size: number }
  | { readonly kind: 'CUMULATE'; readonly step: number; readonly size: number }

export type Question = {
  readonly window: WindowSpec
  readonly keys: readonly ('k' | 'j')[]
  readonly where: boolean
  readonly top: number | undefined
}

const seconds = (n: number) => `INTERVAL '${n / 1000}' SECOND`

/** The windows over column `ts` of a table, as what FROM names. */
export function windowSql(window: WindowSpec, table: string): string {
  const sizes =
    window.kind === 'TUMBLE'
      ? [window.size]
      : window.kind === 'HOP'
        ? [window.slide, window.size]
        : [window.step, window.size]
  return `TABLE(${window.kind}(TABLE ${table}, DESCRIPTOR(ts), ${sizes.map(seconds).join(', ')}))`
}

/** SQL and definition of each aggregate asked for. */
const AGGREGATES: readonly (readonly [string, (rows: readonly Row[]) => Value])[] = [
  ['COUNT(*)', (rows) => BigInt(rows.length)],
  ['COUNT(v)', (rows) => BigInt(rows.filter(({ v }) => v !== null).length)],
  ['COUNT(*) FILTER (WHERE v > 0)', (rows) => BigInt(rows.filter(({ v }) => v !== null && v > 0).length)],
  ['COUNT(DISTINCT v)', (rows) => BigInt(new Set(present(rows.map(({ v }) => v))).size)],
  [
    'COUNT(DISTINCT k) FILTER (WHERE v > 0)',
    (rows) => BigInt(new Set(present(rows.filter(({ v }) => v !== null && v > 0).map(({ k }) => k))).size),
  ],
  ['SUM(DISTINCT v)', (rows) => sumOf([...new Set(present(rows.map(({ v }) => v)))])],
  ['SUM(v)', (rows) => sumOf(present(rows.map(({ v }) => v)))],
  [
    'SUM(w)',
    (rows) =>
      present(rows.map(({ w }) => w)).reduce<bigint | null>((sum, w) => BigInt.asIntN(64, (sum ?? 0n) + w), null),
  ],
  ['SUM(d)', (rows) => present(rows.map(({ d }) => d)).reduce<number | null>((sum, d) => (sum ?? 0) + d, null)],
  ['AVG(v)', (rows) => average(present(rows.map(({ v }) => v)))],
  ['MIN(k)', (rows) => present(rows.map(({ k }) => k)).sort(compareValues)[0] ?? null],
  [
    'MAX(w)',
    (rows) =>
      present(rows.map(({ w }) => w))
        .sort(compareValues)
        .at(-1) ?? null,
  ],
  ['MIN(ts)', (rows) => present(rows.map(({ ts }) => ts)).sort(compareValues)[0] ?? null],
]

export function sqlOf({ window, keys, where, top }: Question): string {
  const columns = ['window_start', 'window_end', ...keys]
  const aggregates = AGGREGATES.map(([sql], index) => `${sql} AS a${index}`)
  const grouped = `SELECT ${[...columns, ...aggregates].join(', ')} FROM ${windowSql(window, 't')}${where ? ' WHERE v IS NULL OR v <> 3' : ''} GROUP BY ${columns.join(', ')}`
  if (top === undefined) return grouped
  return `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY a0 DESC) AS rn FROM (${grouped})) WHERE rn <= ${top}`
}

export const planOf = (sql: string, mode: Mode, ttl?: number, every?: ChangeStep): Query =>
  planQuery(sql, CATALOG, { mode, session: SESSION, ttl, every, beyondFlink: true })

const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value): value is T & {} => value !== null)

const sumOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => (sum + value) | 0, 0)

const average = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.trunc(values.reduce((sum, value) => sum + value, 0) / values.length) + 0

/** The order of two values: NULL first, texts by their UTF-8 bytes, lists item by item. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  if (Array.isArray(a) && Array.isArray(b)) {
    const order = a
      .map((item, index) => (index < b.length ? compareValues(item, b[index]) : 1))
      .find((each) => each !== 0)
    return order ?? a.length - b.length
  }
  if (a === 0 && b === 0) return Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** The windows of a time, the earliest first. */
export function windowsOf(window: WindowSpec, ts: number): readonly (readonly [start: number, end: number])[] {
  const floor = (unit: number) => Math.floor(ts / unit) * unit
  switch (window.kind) {
    case 'TUMBLE':
      return [[floor(window.size), floor(window.size) + window.size]]
    case 'HOP': {
      const last = floor(window.slide)
      const count = window.size / window.slide
      return Array.from({ length: count }, (_, i) => last - (count - 1 - i) * window.slide).map((start) => [
        start,
        start + window.size,
      ])
    }
    case 'CUMULATE': {
      const start = floor(window.size)
      const ends = Array.from({ length: window.size / window.step }, (_, i) => start + (i + 1) * window.step)
      return ends.filter((end) => end > ts).map((end) => [start, end])
    }
  }
}

/** A row that was late: its index in the input, the windows that it missed, and the number in which it counts. */
export type Missed = {
  readonly index: number
  readonly windows: number
  readonly from: number
  readonly to: number
  readonly counted: number
}

export type Answer = { readonly rows: readonly (readonly Value[])[]; readonly late: readonly Missed[] }

/** The result rows in the order of the contract, and the rows that were late. */
export function answer(question: Question, input: readonly Row[], mode: Mode): Answer {
  const watermarks = new Map<number, number>()
  const windows = new Map<string, { start: number; end: number; rows: Row[] }>()
  const late: Missed[] = []
  input.forEach((row, index) => {
    const watermark = watermarks.get(row.partition) ?? -Infinity
    if (row.ts !== null) watermarks.set(row.partition, Math.max(watermark, row.ts - DELAY))
    if (row.ts === null || (question.where && row.v === 3)) return
    const all = windowsOf(question.window, row.ts)
    const open = mode === 'batch' ? all : all.filter(([, end]) => watermark < end - 1)
    const missed = all.filter((each) => !open.includes(each))
    const [first, last] = [missed[0], missed.at(-1)]
    if (first !== undefined && last !== undefined) {
      late.push({ index, windows: missed.length, from: first[0], to: last[1], counted: open.length })
    }
    for (const [start, end] of open) {
      const window = windows.get(`${start} ${end}`) ?? { start, end, rows: [] }
      windows.set(`${start} ${end}`, window)
      window.rows.push(row)
    }
  })
  const rows = [...windows.values()]
    .sort((a, b) => a.end - b.end || a.start - b.start)
    .flatMap((window) =>
      topOf(
        question,
        groupsOf(question, window.rows).map((group) => [window.start, window.end, ...group]),
      ),
    )
  return { rows, late }
}

/** Keys and aggregates of each group, by key. Rows are added partition by partition. */
function groupsOf({ keys }: Question, rows: readonly Row[]): Value[][] {
  const groups = new Map<string, Row[]>()
  for (const row of [...rows].sort((a, b) => a.partition - b.partition)) {
    const key = JSON.stringify(keys.map((name) => row[name]))
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()]
    .map((members) => [
      ...keys.map((name) => members[0]?.[name] as Value),
      ...AGGREGATES.map(([, meaning]) => meaning(members)),
    ])
    .sort((a, b) => compareLists(a.slice(0, keys.length), b.slice(0, keys.length)))
}

export const compareLists = (a: readonly Value[], b: readonly Value[]): number =>
  a.map((value, index) => compareValues(value, b[index] as Value)).find((order) => order !== 0) ?? 0

function topOf({ top, keys }: Question, groups: Value[][]): Value[][] {
  if (top === undefined) return groups
  const count = 2 + keys.length
  return groups
    .sort((a, b) => -compareValues(a[count] as Value, b[count] as Value) || compareLists(a, b))
    .slice(0, top)
    .map((group, index) => [...group, BigInt(index + 1)])
}

export function batchOf(rows: readonly Row[], columns: readonly number[], partition: number): Batch {
  return {
    count: rows.length,
    columns: columns.map((column) => {
      const { name, type } = FIELDS[column] as Field
      return columnOf(
        type,
        rows.map((row) => row[name as keyof Row]),
      )
    }),
    partition,
    origin: undefined,
    watermark: undefined,
  }
}

export const rowsOf = (batch: Batch): Value[][] =>
  Array.from({ length: batch.count }, (_, row) => batch.columns.map((column) => valueAt(column, row)))
