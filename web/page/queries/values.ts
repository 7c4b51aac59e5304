/** Values of rows as people read them, and rows in the order in which they are shown. */
import type { ResultColumn } from '../../../src/server/api/queries.ts'
import type { ResultRow, RowValues } from '../../../src/server/api/rows.ts'
import { formatCount, UNKNOWN } from '../../part/format.ts'
import { valueText } from '../../rows/value.tsx'

/** A value in a cell: whole numbers that are no names with their thousands apart, and others with the digits that count. */
export function shownValue(value: unknown, column: ResultColumn): string {
  if (typeof value !== 'number') return valueText(value, column.type)
  if (Number.isSafeInteger(value) && !column.isKey) return formatCount(value)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(8)))
}

/** Names a row in words, for readers of the screen: its window and its key. */
export function rowText(row: RowValues, columns: readonly ResultColumn[]): string {
  const named = columns.filter(({ isKey, window }) => isKey && window !== 'end')
  const shown = named.length === 0 ? columns.slice(0, 2) : named
  return shown.map((column) => shownValue(row[column.name], column)).join(', ')
}

/** The newest window first; in it, rows as they were put out. Rows of no window: the newest first. */
export function inOrder(rows: readonly ResultRow[], columns: readonly ResultColumn[]): readonly ResultRow[] {
  const time = (columns.find(({ window }) => window === 'start') ?? columns.find(({ window }) => window === 'end'))
    ?.name
  const newest = (a: ResultRow, b: ResultRow) => (a.at === b.at ? b.offset - a.offset : a.at < b.at ? 1 : -1)
  if (time === undefined) return [...rows].sort(newest)
  const timeOf = ({ row, key }: ResultRow) => String((row ?? key)?.[time] ?? '')
  return [...rows].sort((a, b) => {
    const [one, other] = [timeOf(a), timeOf(b)]
    return one === other ? a.partition - b.partition || a.offset - b.offset : one < other ? 1 : -1
  })
}

/** The window of a row in words; `–` where it is of none. */
export function windowText({ row }: ResultRow, columns: readonly ResultColumn[]): string {
  const shown = columns.filter(({ window }) => window === 'start' || window === 'end')
  if (row === null || shown.length === 0) return UNKNOWN
  return shown.map((column) => shownValue(row[column.name], column)).join(' – ')
}
