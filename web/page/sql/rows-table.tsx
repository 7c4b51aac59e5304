/** Rows by their columns, some of them at a time. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { type ChartColumn, isNumberType, textOf } from '../../chart/columns.ts'
import { formatCount } from '../../part/format.ts'
import { Pager } from '../../part/pager.tsx'
import { type Column, Table } from '../../part/table.tsx'
import { ValueText } from '../../part/value-text.tsx'
import type { Row } from './statement-run.ts'

type Props = { readonly label: string; readonly columns: readonly ChartColumn[]; readonly rows: readonly Row[] }
type Placed = { readonly place: number; readonly row: Row }

const PAGE_ROWS = 100

export function RowsTable({ label, columns, rows }: Props): VNode {
  const [first, setFirst] = useState(0)
  const from = first < rows.length ? first : 0
  const shown = rows.slice(from, from + PAGE_ROWS).map((row, index): Placed => ({ place: from + index, row }))
  const isAll = rows.length <= PAGE_ROWS
  const turn = (to: number) => (to < 0 || to >= rows.length ? undefined : () => setFirst(to))
  return (
    <>
      <Table
        label={label}
        columns={columns.map((column) => columnOf(column, isAll))}
        rows={shown}
        keyOf={({ place }) => String(place)}
        empty="No rows."
      />
      {isAll ? null : (
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

/** Only rows that are all on the page can be sorted by it: ORDER BY is for the others. */
function columnOf({ name, type }: ChartColumn, isAll: boolean): Column<Placed> {
  const isNumber = isNumberType(type)
  return {
    key: name,
    title: name,
    hint: type,
    isNumber,
    cell: ({ row }) => cellOf(row[name]),
    ...(isAll && { sort: ({ row }) => sortable(row[name], isNumber) }),
  }
}

function sortable(value: unknown, isNumber: boolean): string | number | null {
  if (value === null || value === undefined) return null
  return isNumber ? Number(value) : textOf(value)
}

const cellOf = (value: unknown) =>
  value === null || value === undefined ? <span class="muted">NULL</span> : <ValueText text={textOf(value)} />
