/** The order of rows that a person has chosen in the head of a table. */
import { useMemo, useState } from 'preact/hooks'
import { type ChartColumn, type ChartRow, isNumberType, numberOf, textOf } from '../chart/columns.ts'
import { type Order, sortRows } from '../part/table.tsx'

export type OrderedRows = {
  /** All of them, as they are ordered. */
  readonly rows: readonly ChartRow[]
  /** Undefined: as they came. */
  readonly order: Order | undefined
  onOrder(order: Order): void
}

export function useOrder(columns: readonly ChartColumn[], rows: readonly ChartRow[]): OrderedRows {
  const [order, onOrder] = useState<Order | undefined>(undefined)
  const ordered = useMemo(() => {
    const column = columns.find(({ name }) => name === order?.key)
    return order === undefined || column === undefined ? rows : sortRows(rows, sortOf(column), order.isDown)
  }, [columns, rows, order])
  return { rows: ordered, order, onOrder }
}

/** What rows are sorted by in the order of a column. */
export const sortOf =
  ({ name, type }: ChartColumn) =>
  (row: ChartRow): string | number | null => {
    const value = row[name]
    if (value === null || value === undefined) return null
    return isNumberType(type) ? (numberOf(value) ?? null) : textOf(value)
  }
