/** The rows of a result as a table that a text filters, saved as CSV or JSON as they are shown. */
import type { VNode } from 'preact'
import { useId, useMemo, useState } from 'preact/hooks'
import type { PageColumn } from '../../src/page/page-data.ts'
import { type ChartRow, textOf } from '../chart/columns.ts'
import { saveText } from '../part/download-link.tsx'
import { plural } from '../part/format.ts'
import { useOrder } from '../rows/order.ts'
import { RowsTable } from '../rows/rows-table.tsx'
import { savedCsv, savedJson } from '../rows/saved.ts'

type Props = {
  readonly name: string
  readonly columns: readonly PageColumn[]
  readonly rows: readonly ChartRow[]
  /** In words, where the page does not have all rows. */
  readonly cut: string | undefined
}

export function ResultTable({ name, columns, rows, cut }: Props): VNode {
  const [filter, setFilter] = useState('')
  const found = useMemo(() => filtered(rows, filter), [rows, filter])
  const ordered = useOrder(columns, found)
  return (
    <div class="report-rows">
      {rows.length > 1 ? (
        <Tools
          filter={filter}
          onFilter={setFilter}
          found={filter === '' ? undefined : found.length}
          onSave={(form) =>
            form === 'csv'
              ? saveText(savedCsv(columns, ordered.rows), `${name}.csv`, 'text/csv')
              : saveText(savedJson(columns, ordered.rows), `${name}.json`, 'application/json')
          }
        />
      ) : null}
      {/* Other rows are shown from their first page on. */}
      <RowsTable key={filter} label={`rows of ${name}`} columns={columns} {...ordered} />
      {cut === undefined ? null : <p class="report-note">{cut}</p>}
    </div>
  )
}

function filtered(rows: readonly ChartRow[], filter: string): readonly ChartRow[] {
  const text = filter.trim().toLowerCase()
  if (text === '') return rows
  return rows.filter((row) => Object.values(row).some((value) => textOf(value).toLowerCase().includes(text)))
}

type ToolsProps = {
  readonly filter: string
  onFilter(text: string): void
  /** How many rows have the text; undefined where there is none. */
  readonly found: number | undefined
  onSave(form: 'csv' | 'json'): void
}

function Tools({ filter, onFilter, found, onSave }: ToolsProps): VNode {
  const id = useId()
  return (
    <div class="report-tools">
      <label for={id}>Find</label>
      <input id={id} type="search" value={filter} onInput={({ currentTarget }) => onFilter(currentTarget.value)} />
      <span class="muted" role="status">
        {found === undefined ? '' : plural(found, 'row')}
      </span>
      <span class="report-save">
        <button type="button" class="button" onClick={() => onSave('csv')}>
          CSV
        </button>
        <button type="button" class="button" onClick={() => onSave('json')}>
          JSON
        </button>
      </span>
    </div>
  )
}
