/**
 * The rows of a bounded OVER in order: owner by owner (the combinations of PARTITION BY) in order of their keys, the rows of each
 * by ORDER BY, and then as they came. Nothing is compared that need not be: rows of logs mostly come in order of time, so it is
 * looked first whether they do; and rows are given to their owners by counting.
 */
import type { Column } from '../../record/column.ts'
import type { Dictionary } from '../../record/dictionary.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'
import { compareBy } from '../sort/compare.ts'
import { RowSort } from '../sort/row-sort.ts'
import { rankTexts } from '../sort/text-ranks.ts'

/** Rows in order; the owner `owners[i]` has those from `bounds[i]` to `bounds[i + 1]`. */
export type Arranged = { readonly rows: Int32Array; readonly bounds: Int32Array; readonly owners: Int32Array }

export type Owned = {
  /** Those that the order names are there. */
  readonly columns: readonly (Column | undefined)[]
  readonly count: number
  /** Of each row, its owner. */
  readonly ids: Int32Array
  /** The keys of the owners, by their ids; undefined: all rows are of one. */
  readonly keys: Dictionary | undefined
  /** Whether owners come in order of their keys, and not as they were seen first. */
  readonly byKey: boolean
}

/** Puts rows in order. */
export function arranged({ columns, count, ids, keys, byKey }: Owned, order: readonly OrderKey[]): Arranged {
  const sorted = inOrder(columns, count, order)
  if (keys === undefined) {
    const bounds = count === 0 ? Int32Array.of(0) : Int32Array.of(0, count)
    return { rows: sorted, bounds, owners: new Int32Array(1) }
  }
  const { size } = keys
  const owners = byKey ? ownersByKey(keys) : numbersTo(size)
  const places = new Int32Array(size)
  for (let place = 0; place < size; place++) places[owners[place] as number] = place
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
  return { rows, bounds, owners }
}

function numbersTo(count: number): Int32Array {
  const numbers = new Int32Array(count)
  for (let number = 0; number < count; number++) numbers[number] = number
  return numbers
}

/** All rows by ORDER BY; those that are equal as they came. */
function inOrder(columns: readonly (Column | undefined)[], count: number, order: readonly OrderKey[]): Int32Array {
  const rows = numbersTo(count)
  if (isInOrder(columns, count, order)) return rows
  const named = new Set(order.map(({ column }) => column))
  const sortable = columns.map((column, index) =>
    column?.kind === 'string' && named.has(index) ? (rankTexts(column, count)?.ranks ?? column) : column,
  )
  new RowSort(order).sort(sortable as readonly Column[], rows)
  return rows
}

function isInOrder(columns: readonly (Column | undefined)[], count: number, order: readonly OrderKey[]): boolean {
  const [first, another] = order
  if (first === undefined) return true
  const column = columns[first.column] as Column
  if (another === undefined && isPlain(column)) return grows(column.values, count, first.descending)
  const compare = compareBy(order)
  const all = columns as readonly Column[]
  for (let row = 1; row < count; row++) if (compare(all, row - 1, all, row) > 0) return false
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

/** The owners in order of their keys. */
function ownersByKey({ size, arena, offsets, nullId }: Dictionary): Int32Array {
  const sorted = numbersTo(size)
  const nulls = nullId < 0 ? undefined : new Uint8Array(size)
  if (nulls !== undefined) nulls[nullId] = 1
  const column: Column = { kind: 'string', bytes: arena, start: offsets, end: offsets.subarray(1), nulls }
  new RowSort([{ column: 0, descending: false, nullsFirst: true }]).sort([column], sorted)
  return sorted
}

/** The numbers by which rows are in order, at their places, if the order is one column of numbers without NULLs. */
export function numbersOf(
  order: readonly OrderKey[],
  columns: readonly (Column | undefined)[],
  rows: Int32Array,
): Float64Array | undefined {
  const [first, another] = order
  const column = first === undefined ? undefined : columns[first.column]
  if (column === undefined || another !== undefined || !isPlain(column)) return undefined
  const { values } = column
  const found = new Float64Array(rows.length)
  for (let place = 0; place < rows.length; place++) found[place] = values[rows[place] as number] as number
  return found
}

/** Tells whether rows of columns are peers: equal in the order. */
export function peersBy(order: readonly OrderKey[], columns: readonly Column[]): (a: number, b: number) => boolean {
  const compare = compareBy(order)
  return (a, b) => compare(columns, a, columns, b) === 0
}
