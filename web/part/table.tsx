/**
 * A table whose columns can be sorted. Its head stays in sight; on a phone it scrolls sideways in its frame, which the
 * keyboard reaches. A row can be opened: its first cell then has a button or link, and a click anywhere on the row does the same.
 */
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'

export type Column<Row> = {
  /** Names it in the order that is chosen. */
  readonly key: string
  readonly title: string
  cell(row: Row): ComponentChildren
  /** What rows are sorted by; without it the column cannot be sorted. Null comes last. */
  readonly sort?: (row: Row) => string | number | null
  /** Numbers stand at the right. */
  readonly isNumber?: boolean
  /** What the title means, where it is not plain. */
  readonly hint?: string
}

export type Order = { readonly key: string; readonly isDown: boolean }

type Props<Row> = {
  /** What it shows, for readers of the screen. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  keyOf(row: Row, place: number): string
  /** How it is sorted at first; without it rows stay as they come. */
  readonly order?: Order | undefined
  /** Where the rows are those of one page: told to sort all of them. `order` then says how they are sorted. */
  onOrder?(order: Order): void
  onOpen?(row: Row): void
  /** The row that is open, or shown beside. */
  isOpen?(row: Row): boolean
  rowClass?(row: Row): string | undefined
  /** Instead of rows, where there are none. */
  readonly empty?: ComponentChildren
}

export function Table<Row>(props: Props<Row>): VNode {
  const { label, columns, rows, onOrder, empty } = props
  const [own, setOwn] = useState(props.order)
  const order = onOrder === undefined ? own : props.order
  const by = onOrder === undefined ? columns.find(({ key }) => key === order?.key)?.sort : undefined
  const sorted = sortRows(rows, by, order?.isDown ?? false)
  if (rows.length === 0 && empty !== undefined) return <div class="table-empty">{empty}</div>
  return (
    // A frame that scrolls has to be reached by the keyboard, and then to be named; it is no landmark.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
    <div class="table-frame" role="group" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} order={order} onOrder={onOrder ?? setOwn} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, place) => (
            <BodyRow key={props.keyOf(row, place)} row={row} table={props} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

type HeadProps<Row> = {
  readonly column: Column<Row>
  readonly order: Order | undefined
  onOrder(order: Order): void
}

function Head<Row>({ column, order, onOrder }: HeadProps<Row>): VNode {
  const { key, title, sort, isNumber, hint } = column
  const isSorted = order?.key === key
  const sorted = isSorted ? (order.isDown ? 'descending' : 'ascending') : undefined
  return (
    <th scope="col" class={isNumber ? 'is-number' : undefined} aria-sort={sorted} title={hint}>
      {sort === undefined ? (
        title
      ) : (
        <button
          type="button"
          class="table-sort"
          // Numbers are wanted with the largest first.
          onClick={() => onOrder({ key, isDown: isSorted ? !order.isDown : (isNumber ?? false) })}
        >
          {title}
          <span class={isSorted ? 'table-arrow is-on' : 'table-arrow'} aria-hidden="true">
            {isSorted && !order.isDown ? '▲' : '▼'}
          </span>
        </button>
      )}
    </th>
  )
}

function BodyRow<Row>({ row, table }: { readonly row: Row; readonly table: Props<Row> }): VNode {
  const { columns, onOpen, isOpen, rowClass } = table
  const names = [rowClass?.(row), onOpen === undefined ? undefined : 'can-open', isOpen?.(row) ? 'is-open' : undefined]
  const open = (event: Event): void => {
    // What can be clicked inside the row does what it does.
    const inside = event.target instanceof Element ? event.target.closest('a, button, input, label') : null
    if (inside === null && String(getSelection() ?? '') === '') onOpen?.(row)
  }
  return (
    // The keyboard opens a row by the button or link in its first cell.
    <tr class={names.filter(Boolean).join(' ') || undefined} onClick={onOpen === undefined ? undefined : open}>
      {columns.map(({ key, cell, isNumber }) => (
        <td key={key} class={isNumber ? 'is-number' : undefined}>
          {cell(row)}
        </td>
      ))}
    </tr>
  )
}

/** A copy in this order; equal rows stay as they are. */
export function sortRows<Row>(rows: readonly Row[], by: Column<Row>['sort'], isDown: boolean): readonly Row[] {
  if (by === undefined) return rows
  return [...rows].sort((one, other) => {
    const [a, b] = [by(one), by(other)]
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    const order =
      typeof a === 'string' && typeof b === 'string'
        ? a.localeCompare(b, 'en', { numeric: true })
        : a < b
          ? -1
          : a > b
            ? 1
            : 0
    return isDown ? -order : order
  })
}
