/** Rows of a result by their columns, a page at a time. */
import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { type ChartColumn, type ChartRow, isNumberType } from '../chart/columns.ts'
import { formatCount } from '../part/format.ts'
import { Pager } from '../part/pager.tsx'
import { type Column, Table } from '../part/table.tsx'
import { type OrderedRows, sortOf } from './order.ts'
import { FoldedValue } from './value.tsx'

type Props = OrderedRows & { readonly label: string; readonly columns: readonly ChartColumn[] }

const PAGE_ROWS = 50

export function RowsTable({ label, columns, rows, order, onOrder }: Props): VNode {
  const [first, setFirst] = useState(0)
  const shownColumns = useMemo(() => columns.map(rowColumn), [columns])
  const from = first < rows.length ? first : 0
  const shown = rows.slice(from, from + PAGE_ROWS)
  const turn = (to: number) => (to < 0 || to >= rows.length ? undefined : () => setFirst(to))
  return (
    <>
      <Table
        label={label}
        columns={shownColumns}
        rows={shown}
        keyOf={(_, place) => String(from + place)}
        order={order}
        onOrder={onOrder}
        empty="No rows."
      />
      {rows.length <= PAGE_ROWS ? null : (
        <Pager
          label="rows"
          beforeTitle="Before"
          nextTitle="Next"
          onBefore={turn(from - PAGE_ROWS)}
          onNext={turn(from + PAGE_ROWS)}
        >
          {formatCount(from + 1)}–{formatCount(from + shown.length)} of {formatCount(rows.length)}
        </Pager>
      )}
    </>
  )
}

/** A column of a result as one of a table. */
export const rowColumn = (column: ChartColumn): Column<ChartRow> => ({
  key: column.name,
  title: column.name,
  hint: column.type,
  isNumber: isNumberType(column.type),
  cell: (row) => <FoldedValue value={row[column.name]} type={column.type} />,
  sort: sortOf(column),
})
