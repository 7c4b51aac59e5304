/** Rows of results as cells for a page, with every digit of their numbers. */
import { Buffer } from 'node:buffer'
import { parseDigits } from '../bytes/json-digits.ts'
import { ndjsonEncoder } from '../format/write/json.ts'
import type { Batch } from '../record/column.ts'
import { type Field, typeName } from '../record/type.ts'
import type { PageCell, PageColumn } from './page-data.ts'

/** Rows of one result that a page has at most, and bytes of JSON that all its rows take. */
export const MOST_ROWS = 20_000
const MOST_BYTES = 32 << 20

type Row = { readonly [column: string]: PageCell }

/** A row of JSON; a number of more digits than a double has is its text. */
export const rowOfJson = (text: string): Row =>
  parseDigits(text, (value, source) => (String(value) === source ? value : source)) as Row

/** The columns; `rowKey` as of a query. */
export const pageColumns = (fields: readonly Field[], rowKey: readonly number[] | undefined): readonly PageColumn[] =>
  fields.map(({ name, type, window }, index) => ({
    name,
    type: typeName(type),
    ...(window && { window }),
    ...(rowKey && { isKey: rowKey.includes(index) }),
  }))

/** The cells of a row in the order of the columns. */
export const cellsOfRow = (row: Row, columns: readonly Pick<PageColumn, 'name'>[]): readonly PageCell[] =>
  columns.map(({ name }) => row[name] ?? null)

/** The first rows of a result. */
export type RowsOnPage = {
  add(batch: Batch, fields: readonly Field[]): void
  readonly rows: readonly (readonly PageCell[])[]
  /** Of all rows, also those that were not kept. */
  readonly total: number
}

/** Keeps the first rows that come, and counts the others. */
export function keepFirst(most: number = MOST_ROWS): RowsOnPage {
  const rows: (readonly PageCell[])[] = []
  let total = 0
  let bytes = 0
  return {
    rows,
    get total() {
      return total
    },
    add(batch, fields) {
      const wanted = bytes < MOST_BYTES ? Math.min(batch.count, most - rows.length) : 0
      total += batch.count
      if (wanted <= 0) return
      const text = Buffer.from(ndjsonEncoder(fields).encode(batch, 0, wanted)).toString()
      bytes += text.length
      for (const line of text.trimEnd().split('\n')) rows.push(cellsOfRow(rowOfJson(line), fields))
    },
  }
}
