/** The order of values in two columns of one type: that of `key.ts`, except for NULL, whose place the query says. */
import { compareBytes, viewOf } from '../../record/bytes.ts'
import type { Column, NestedColumn, StringColumn } from '../../record/column.ts'
import { compareDoubles } from '../../record/order.ts'
import type { OrderKey } from '../../sql/plan/plan.ts'

/** Below zero if the first row comes first. */
export type CompareRows = (a: readonly Column[], rowA: number, b: readonly Column[], rowB: number) => number

function compareCells(a: Column, rowA: number, b: Column, rowB: number, views: Views): number {
  switch (a.kind) {
    case 'boolean':
    case 'int':
      return (a.values[rowA] as number) - ((b as typeof a).values[rowB] as number)
    case 'double':
      return compareDoubles(a.values[rowA] as number, (b as typeof a).values[rowB] as number)
    case 'bigint': {
      const other = b as typeof a
      if (a.exact === undefined && other.exact === undefined) {
        return (a.values[rowA] as number) - (other.values[rowB] as number)
      }
      const left = a.exact?.[rowA] ?? BigInt(a.values[rowA] as number)
      const right = other.exact?.[rowB] ?? BigInt(other.values[rowB] as number)
      return left < right ? -1 : left > right ? 1 : 0
    }
    case 'decimal': {
      const left = a.values[rowA] as bigint
      const right = (b as typeof a).values[rowB] as bigint
      return left < right ? -1 : left > right ? 1 : 0
    }
    case 'string':
      return views.compare(a, rowA, b as typeof a, rowB)
    default:
      return compareNested({ column: a, row: rowA }, { column: b as typeof a, row: rowB }, views)
  }
}

type CellOf<C extends Column> = { readonly column: C; readonly row: number }

/** Item by item, or field by field; the beginning of a longer list comes before it. */
function compareNested(a: CellOf<NestedColumn>, b: CellOf<NestedColumn>, views: Views): number {
  const [from, other] = [firstOf(a), firstOf(b)]
  const [length, otherLength] = [lengthOf(a), lengthOf(b)]
  const [children, others] = [childrenOf(a.column), childrenOf(b.column)]
  for (let index = 0; index < Math.min(length, otherLength); index++) {
    for (const [place, column] of children.entries()) {
      const item = { column: others[place] as Column, row: other + index }
      const difference = compareItems({ column, row: from + index }, item, views)
      if (difference !== 0) return difference
    }
  }
  return length - otherLength
}

const childrenOf = (column: NestedColumn): readonly Column[] =>
  column.kind === 'list' ? [column.items] : column.kind === 'map' ? [column.keys, column.values] : column.fields

const firstOf = ({ column, row }: CellOf<NestedColumn>): number =>
  column.kind === 'row' ? row : (column.start[row] as number)

const lengthOf = ({ column, row }: CellOf<NestedColumn>): number =>
  column.kind === 'row' ? 1 : (column.end[row] as number) - (column.start[row] as number)

/** The order of values inside of others: NULL first. */
function compareItems(a: CellOf<Column>, b: CellOf<Column>, views: Views): number {
  const isNull = a.column.nulls?.[a.row] === 1
  const isOtherNull = b.column.nulls?.[b.row] === 1
  if (isNull || isOtherNull) return isNull === isOtherNull ? 0 : isNull ? -1 : 1
  return compareCells(a.column, a.row, b.column, b.row, views)
}

/** Views of the bytes that were compared last: to make one costs more than to compare two words. */
class Views {
  #bytesA: Uint8Array = new Uint8Array(0)
  #bytesB: Uint8Array = this.#bytesA
  #a: DataView = viewOf(this.#bytesA)
  #b: DataView = this.#a

  compare(a: StringColumn, rowA: number, b: StringColumn, rowB: number): number {
    if (a.bytes !== this.#bytesA) {
      this.#bytesA = a.bytes
      this.#a = viewOf(a.bytes)
    }
    if (b.bytes !== this.#bytesB) {
      this.#bytesB = b.bytes
      this.#b = viewOf(b.bytes)
    }
    const endA = a.end[rowA] as number
    const endB = b.end[rowB] as number
    return compareBytes(this.#a, a.start[rowA] as number, endA, this.#b, b.start[rowB] as number, endB)
  }
}

/** The keys of an order, and then all other columns, ascending, NULL first; columns in `except` do not take part. */
export function allKeys(order: readonly OrderKey[], columns: number, except: readonly number[] = []): OrderKey[] {
  const rest: OrderKey[] = []
  for (let column = 0; column < columns; column++) {
    if (except.includes(column) || order.some((key) => key.column === column)) continue
    rest.push({ column, descending: false, nullsFirst: true })
  }
  return [...order, ...rest]
}

/** A comparison by several keys, the first of which decides first. */
export function compareBy(keys: readonly OrderKey[]): CompareRows {
  const views = keys.map(() => new Views())
  return (a, rowA, b, rowB) => {
    for (let index = 0; index < keys.length; index++) {
      const { column, descending, nullsFirst } = keys[index] as OrderKey
      const left = a[column] as Column
      const right = b[column] as Column
      const leftNull = left.nulls?.[rowA] === 1
      const rightNull = right.nulls?.[rowB] === 1
      if (leftNull || rightNull) {
        if (leftNull === rightNull) continue
        return leftNull === nullsFirst ? -1 : 1
      }
      const difference = compareCells(left, rowA, right, rowB, views[index] as Views)
      if (difference !== 0) return descending ? -difference : difference
    }
    return 0
  }
}
