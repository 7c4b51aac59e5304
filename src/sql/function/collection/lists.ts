/** Arrays that a function makes of items that it was given: which items, in which order. */
import { appendRows, emptyLike } from '../../../record/append.ts'
import type { Column, ListColumn, MapColumn, Nulls } from '../../../record/column.ts'
import { ColumnGather } from '../../../record/gather.ts'
import type { Type } from '../../../record/type.ts'
import { arrayOf, isNumeric, typeName } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { castAll, castTo } from '../cast/cast.ts'
import { commonTypeOf } from '../common-type.ts'
import { untypedNull } from '../define.ts'
import { type Session, TypeProblem } from '../function.ts'
import { type RowRanges, rangesOutput } from '../output.ts'
import { equalCells } from './equal.ts'

type ArrayType = Extract<Type, { kind: 'ARRAY' }>

/** The type of an argument that must be an array. Throws a TypeProblem. */
export function arrayTypeOf({ type }: Expression): ArrayType {
  if (type.kind !== 'ARRAY') throw new TypeProblem(`it wants an ARRAY, not ${typeName(type)}`)
  return type
}

/** The arguments as arrays of one type, and that type. Throws a TypeProblem. */
export function sameArrays(operands: readonly Expression[], session: Session): [readonly Expression[], ArrayType] {
  const types = operands.map(arrayTypeOf)
  const type = commonTypeOf(types)
  if (type?.kind !== 'ARRAY') throw new TypeProblem('the arrays have no type in common')
  return [castAll(operands, [type], session), arrayOf(type.element) as ArrayType]
}

const WIDTHS = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'DECIMAL', 'FLOAT', 'DOUBLE']

/** An argument that is compared with, or put among, the elements of an array: it is cast to their type. Throws a TypeProblem. */
export function fitElement(operand: Expression, element: Type, session: Session): Expression {
  const { type } = operand
  if (type.kind === 'NULL') throw untypedNull(typeName(element))
  const isWider = isNumeric(type) && WIDTHS.indexOf(element.kind) >= WIDTHS.indexOf(type.kind)
  const isSame = commonTypeOf([element, type])?.kind === element.kind && element.kind === type.kind
  if (!isWider && !isSame) {
    const hint = `Write CAST(… AS ${typeName(element)}).`
    throw new TypeProblem(`the elements are ${typeName(element)}, and this is ${typeName(type)}`, hint)
  }
  return castTo(operand, element, { try: false, session })
}

/** Collects for each row which items its array has: `begin` a batch, `add` the items of a row, and `close` it. */
export class ListPicks {
  #ranges: RowRanges = { start: new Int32Array(0), end: new Int32Array(0) }
  readonly #rangesFor = rangesOutput()
  #items: Int32Array = new Int32Array(64)
  #size = 0
  #from = 0
  readonly #gather: ColumnGather

  /** `element` is the type of the items that `finish` takes. */
  constructor(element: Type) {
    this.#gather = new ColumnGather(element)
  }

  begin(count: number): void {
    this.#ranges = this.#rangesFor(count)
    this.#size = 0
    this.#from = 0
  }

  /** Where the array of each row lies among the items that were added. */
  get ranges(): RowRanges {
    return this.#ranges
  }

  /** The number of items that the row has so far. */
  get size(): number {
    return this.#size - this.#from
  }

  /** Item `index` of the row, counted from 0. */
  at(index: number): number {
    return this.#items[this.#from + index] as number
  }

  add(item: number): void {
    if (this.#size === this.#items.length) {
      const wider = new Int32Array(2 * this.#size)
      wider.set(this.#items)
      this.#items = wider
    }
    this.#items[this.#size++] = item
  }

  /** Adds the items of a row of `list`, whose items begin at `shift` in the column of all. */
  addRow({ start, end }: ListColumn, row: number, shift = 0): void {
    for (let item = start[row] as number; item < (end[row] as number); item++) this.add(item + shift)
  }

  /** Ends the array of the row; one without items is empty. */
  close(row: number): void {
    this.#ranges.start[row] = this.#from
    this.#ranges.end[row] = this.#size
    this.#from = this.#size
  }

  /** The items of the row that is being made, to be put in another order. */
  open(): Int32Array {
    return this.#items.subarray(this.#from, this.#size)
  }

  /** The items that were added, of a column of them; `gather` is for columns of another type. */
  take(items: Column, gather: ColumnGather = this.#gather): Column {
    return gather.take(items, this.#items, this.#size)
  }

  /** The arrays of the batch, made of these items; valid until the next batch. */
  finish(items: Column, nulls: Nulls = undefined): ListColumn {
    return { kind: 'list', ...this.#ranges, items: this.take(items), nulls }
  }
}

/** How many items the rows of a batch use. */
export function itemCount({ start, end, nulls }: ListColumn | MapColumn, count: number): number {
  let most = 0
  for (let row = 0; row < count; row++) {
    if (nulls?.[row] !== 1 && (end[row] as number) > (start[row] as number)) most = Math.max(most, end[row] as number)
  }
  return most
}

/** One column with the items of several, and where those of each begin in it. */
export function joinedItems(parts: readonly { readonly items: Column; readonly count: number }[]): {
  readonly items: Column
  readonly first: readonly number[]
} {
  const total = parts.reduce((sum, { count }) => sum + count, 0)
  const joined = emptyLike((parts[0] as { items: Column }).items, total)
  const first: number[] = []
  let at = 0
  for (const { items, count } of parts) {
    first.push(at)
    appendRows(joined, items, { at, rows: undefined, count }, total)
    at += count
  }
  return { items: joined, first }
}

/** Whether the item is NULL. */
export const isNullItem = ({ nulls }: Column, item: number): boolean => nulls !== undefined && nulls[item] === 1

/**
 * Whether two items are equal as by `=`, where NULL counts as equal to NULL. NaN is not equal to NaN, and -0 is 0.
 */
export function sameItem(a: Column, itemA: number, b: Column, itemB: number): boolean {
  if (a.kind === 'double' && !isNullItem(a, itemA) && !isNullItem(b, itemB))
    return a.values[itemA] === (b as typeof a).values[itemB]
  return equalCells({ column: a, row: itemA }, { column: b, row: itemB })
}
