/**
 * Rows as a table: sorted by a column, filtered by a text, a page at a time, and saved as CSV or JSON. A cell is shown as SQL gives
 * it, with all of its digits.
 */
import type { VNode } from 'preact'
import { useId, useMemo, useState } from 'preact/hooks'
import type { PageCell, PageColumn } from '../../src/page/page-data.ts'
import { isNumberType, numberOf, textOf } from '../chart/columns.ts'
import { saveText } from '../part/download-link.tsx'
import { formatCount, plural } from '../part/format.ts'
import { Pager } from '../part/pager.tsx'
import { sortRows } from '../part/table.tsx'
import { savedCsv, savedJson } from './saved.ts'

type Row = readonly PageCell[]

type Props = {
  readonly name: string
  readonly columns: readonly PageColumn[]
  readonly rows: readonly Row[]
  /** In words, where the page does not have all rows. */
  readonly cut: string | undefined
}

const PAGE_ROWS = 50

export function ResultTable({ name, columns, rows, cut }: Props): VNode {
  const [order, setOrder] = useState<Order | undefined>(undefined)
  const [filter, setFilter] = useState('')
  const [page, setPage] = useState(0)
  const found = useMemo(() => filtered(rows, filter), [rows, filter])
  const sorted = useMemo(() => inOrder(found, columns, order), [found, columns, order])
  const first = Math.min(page * PAGE_ROWS, Math.max(0, sorted.length - 1))
  const shown = sorted.slice(first, first + PAGE_ROWS)
  return (
    <div class="report-rows">
      {rows.length > 1 ? (
        <Tools
          filter={filter}
          onFilter={(text) => {
            setFilter(text)
            setPage(0)
          }}
          found={filter === '' ? undefined : found.length}
          onSave={(form) =>
            form === 'csv'
              ? saveText(savedCsv(columns, sorted), `${name}.csv`, 'text/csv')
              : saveText(savedJson(columns, sorted), `${name}.json`, 'application/json')
          }
        />
      ) : null}
      <Grid name={name} columns={columns} rows={shown} order={order} onOrder={setOrder} />
      {sorted.length > PAGE_ROWS ? (
        <Pager
          label="rows"
          beforeTitle="Before"
          nextTitle="Next"
          onBefore={page > 0 ? () => setPage(page - 1) : undefined}
          onNext={first + PAGE_ROWS < sorted.length ? () => setPage(page + 1) : undefined}
        >
          {formatCount(first + 1)}–{formatCount(first + shown.length)} of {formatCount(sorted.length)}
        </Pager>
      ) : null}
      {cut === undefined ? null : <p class="report-note">{cut}</p>}
    </div>
  )
}

type Order = { readonly column: number; readonly isDown: boolean }

function filtered(rows: readonly Row[], filter: string): readonly Row[] {
  const text = filter.trim().toLowerCase()
  return text === '' ? rows : rows.filter((cells) => cells.some((cell) => textOf(cell).toLowerCase().includes(text)))
}

function inOrder(rows: readonly Row[], columns: readonly PageColumn[], order: Order | undefined): readonly Row[] {
  const column = order === undefined ? undefined : columns[order.column]
  if (order === undefined || column === undefined) return rows
  const by = (cells: Row): string | number | null => {
    const cell = cells[order.column] ?? null
    if (cell === null) return null
    return isNumberType(column.type) ? (numberOf(cell) ?? null) : textOf(cell)
  }
  return sortRows(rows, by, order.isDown)
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

type GridProps = {
  readonly name: string
  readonly columns: readonly PageColumn[]
  readonly rows: readonly Row[]
  readonly order: Order | undefined
  onOrder(order: Order): void
}

function Grid({ name, columns, rows, order, onOrder }: GridProps): VNode {
  return (
    // A frame that scrolls has to be reached by the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <section class="table-frame" tabIndex={0} aria-label={`rows of ${name}`}>
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <Head
                key={column.name}
                column={column}
                isDown={order?.column === index ? order.isDown : undefined}
                onOrder={(isDown) => onOrder({ column: index, isDown })}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, at) => (
            <tr key={at}>
              {columns.map(({ name: column, type }, index) => (
                <Cell key={column} cell={cells[index] ?? null} type={type} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

type HeadProps = {
  readonly column: PageColumn
  /** undefined: rows are not sorted by it. */
  readonly isDown: boolean | undefined
  onOrder(isDown: boolean): void
}

function Head({ column: { name, type }, isDown, onOrder }: HeadProps): VNode {
  const isNumber = isNumberType(type)
  const sort = isDown === undefined ? undefined : isDown ? 'descending' : 'ascending'
  return (
    <th scope="col" class={isNumber ? 'is-number' : undefined} aria-sort={sort} title={type}>
      <button
        type="button"
        class="table-sort"
        // Numbers are wanted with the largest first.
        onClick={() => onOrder(isDown === undefined ? isNumber : !isDown)}
      >
        {name}
        <span class={isDown === undefined ? 'table-arrow' : 'table-arrow is-on'} aria-hidden="true">
          {isDown === false ? '▲' : '▼'}
        </span>
      </button>
    </th>
  )
}

function Cell({ cell, type }: { readonly cell: PageCell; readonly type: string }): VNode {
  const name = isNumberType(type) ? 'is-number' : /^(TIME|DATE)/.test(type) ? 'num' : undefined
  if (cell === null) return <td class={name === undefined ? 'muted' : `${name} muted`}>NULL</td>
  // Numbers of a table have no commas: they are copied into other programs.
  const text = name === 'num' ? timeText(String(cell)) : textOf(cell)
  if (text.length <= LONG) return <td class={name}>{text}</td>
  return (
    <td class={name}>
      <details class="report-long">
        <summary>{text.slice(0, SHOWN_OF_LONG)}…</summary>
        <pre>{text}</pre>
      </details>
    </td>
  )
}

/** A longer value opens by itself: an array of a document would make each row as high as the screen. */
const LONG = 200
const SHOWN_OF_LONG = 80

/** `1995-08-01T06:00:00.000` with less around it; saved rows have it as it is. */
const timeText = (text: string): string => text.replace(/(?<=\d)T(?=\d)/, ' ').replace(/\.000(?=Z?$)/, '')
