/**
 * The rows of a bounded OVER in order: owner by owner (the combinations of PARTITION BY) in order of their keys, the rows of each
 * by ORDER BY, and then as they came. Nothing is compared that need not be: rows of logs mostly come in order of time, so it is
 * looked first whether they do; and rows are given to their owners by counting.
 */
import type { Column } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'
import { type CompareRows, compareBy } from '../sort/compare.ts'
import { RowSort } from '../sort/row-sort.ts'
import { rankTexts } from '../sort/text-ranks.ts'

/** Rows in order; owner i has those from `bounds[i]` to `bounds[i + 1]`. */
export type Arranged = { readonly rows: Int32Array; readonly bounds: Int32Array }

export type Owned = {
  readonly columns: readonly Column[]
  readonly count: number
  /** Of each row, its owner. */
  readonly ids: Int32Array
  /** The keys of the owners, by their ids; undefined: all rows are of one. */
  readonly keys: Dictionary | undefined
}

/** Puts rows in order. */
export function arranged({ columns, count, ids, keys }: Owned, order: readonly OrderKey[]): Arranged {
  const sorted = inOrder(columns, count, order)
  if (keys === undefined) return { rows: sorted, bounds: count === 0 ? Int32Array.of(0) : Int32Array.of(0, count) }
  const { size } = keys
  const places = placesOf(keys)
  const bounds = new Int32Array(size + 1)
  for (let row = 0; row < count; row++) {
    const place = (places[ids[row] as number] as number) + 1
    bounds[place] = (bounds[place] as number) + 1
  }
  for (let place = 0; place < size; place++)
    bounds[place + 1] = (bounds[place + 1] as number) + (bounds[place] as number)
  // Of each owner, where its next row goes.
  const next = new Int32Array(size)
  for (let id = 0; id < size; id++) next[id] = bounds[places[id] as number] as number
  const rows = new Int32Array(count)
  for (let index = 0; index < count; index++) {
    const row = sorted[index] as number
    const id = ids[row] as number
    const at = next[id] as number
    rows[at] = row
    next[id] = at + 1
  }
  return { rows, bounds }
}

/** All rows by ORDER BY; those that are equal as they came. */
function inOrder(columns: readonly Column[], count: number, order: readonly OrderKey[]): Int32Array {
  const rows = new Int32Array(count)
  for (let row = 0; row < count; row++) rows[row] = row
  if (isInOrder(columns, count, order)) return rows
  const named = new Set(order.map(({ column }) => column))
  const sortable = columns.map((column, index) =>
    column.kind === 'string' && named.has(index) ? (rankTexts(column, count)?.ranks ?? column) : column,
  )
  new RowSort(order).sort(sortable, rows)
  return rows
}

function isInOrder(columns: readonly Column[], count: number, order: readonly OrderKey[]): boolean {
  const [first, another] = order
  if (first === undefined) return true
  const column = columns[first.column] as Column
  if (another === undefined && isPlain(column)) return grows(column.values, count, first.descending)
  const compare = compareBy(order)
  for (let row = 1; row < count; row++) if (compare(columns, row - 1, columns, row) > 0) return false
  return true
}

type Plain = { readonly values: Float64Array | Int32Array | Uint8Array }

/** Whether the values of a column are its numbers, none of them NULL. */
function isPlain(column: Column): column is Column & Plain {
  if (column.nulls !== undefined) return false
  if (column.kind === 'bigint') return column.exact === undefined
  return column.kind === 'int' || column.kind === 'double' || column.kind === 'boolean'
}

/** Whether numbers grow, or shrink. With a NaN they do not. */
function grows(values: Plain['values'], count: number, descending: boolean): boolean {
  if (count === 1) return true
  for (let row = 1; row < count; row++) {
    const before = values[row - 1] as number
    const value = values[row] as number
    // A zero and its negative are told apart when they are sorted.
    if (!(descending ? before > value : before < value) && !Object.is(before, value)) return false
  }
  return true
}

/** Of each owner, its place in the order of keys. */
function placesOf({ size, arena, offsets, nullId }: Dictionary): Int32Array {
  const sorted = new Int32Array(size)
  for (let id = 0; id < size; id++) sorted[id] = id
  const nulls = nullId < 0 ? undefined : new Uint8Array(size)
  if (nulls !== undefined) nulls[nullId] = 1
  const column: Column = { kind: 'string', bytes: arena, start: offsets, end: offsets.subarray(1), nulls }
  new RowSort([{ column: 0, descending: false, nullsFirst: true }]).sort([column], sorted)
  const places = new Int32Array(size)
  for (let place = 0; place < size; place++) places[sorted[place] as number] = place
  return places
}

/** Whether two rows of a column are peers: equal in the order. */
export type ArePeers = (columns: readonly Column[], a: number, b: number) => boolean

/** Tells peers. Columns must be the ones with which it is called. */
export function peersBy(order: readonly OrderKey[], columns: readonly Column[]): ArePeers {
  const [first, another] = order
  const column = first === undefined ? undefined : (columns[first.column] as Column)
  if (column !== undefined && another === undefined && isPlain(column)) {
    const { values } = column
    return (_, a, b) => values[a] === values[b] || Object.is(values[a], values[b])
  }
  const compare: CompareRows = compareBy(order)
  return (all, a, b) => compare(all, a, all, b) === 0
}
