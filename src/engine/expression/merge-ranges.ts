/** The items of a merged column of lists, or the entries of one of maps: they are in the columns that its rows come from. */
import { appendRows, emptyLike } from '../../record/append.ts'
import type { Column, ListColumn, MapColumn } from '../../record/column.ts'

/** The choice for a row without a value: it is NULL, or has failed. */
export const NOWHERE = 0xffff

/** Copies the items or bytes that the ranges of `out` point at into one column; each range is still that of the column at index `choice[row]`. */
export function mergeRanges<C extends ListColumn | MapColumn>(
  out: C,
  columns: readonly C[],
  choice: Uint16Array,
  count: number,
): void {
  const inside = columns.map(childrenOf)
  const [first] = inside as [readonly Column[]]
  if (inside.every((children) => children.every((child, index) => child === first[index]))) {
    setChildren(out, first)
    return
  }
  const { start, end, nulls } = out
  let length = 0
  for (let row = 0; row < count; row++) {
    if (choice[row] === NOWHERE || nulls?.[row] === 1) start[row] = end[row] = 0
    else length += (end[row] as number) - (start[row] as number)
  }
  const merged = first.map((child) => emptyLike(child, length))
  let at = 0
  inside.forEach((children, index) => {
    const rows = movedItems(out, choice, { index, count, at, length })
    merged.forEach((to, i) => {
      appendRows(to, children[i] as Column, { at, rows, count: rows.length }, length)
    })
    at += rows.length
  })
  setChildren(out, merged)
}

type Part = { readonly index: number; readonly count: number; readonly at: number; readonly length: number }

/** Moves the ranges of rows that come from one column to `at` and behind; returns which items go there. */
function movedItems({ start, end }: ListColumn | MapColumn, choice: Uint16Array, part: Part): Int32Array {
  const { index, count, at, length } = part
  const items = new Int32Array(length - at)
  let moved = 0
  for (let row = 0; row < count; row++) {
    if (choice[row] !== index) continue
    const from = start[row] as number
    const to = end[row] as number
    start[row] = at + moved
    for (let item = from; item < to; item++) items[moved++] = item
    end[row] = at + moved
  }
  return items.subarray(0, moved)
}

const childrenOf = (column: ListColumn | MapColumn): readonly Column[] =>
  column.kind === 'list' ? [column.items] : [column.keys, column.values]

function setChildren(column: ListColumn | MapColumn, [first, second]: readonly Column[]): void {
  if (column.kind === 'list') column.items = first as Column
  else {
    column.keys = first as Column
    column.values = second as Column
  }
}
