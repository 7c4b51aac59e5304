/** ARRAY_SORT, ARRAY_MAX and ARRAY_MIN: the order of elements. Texts are ordered by their bytes, as everywhere in SQL. */
import type { BooleanColumn, Column, ListColumn, StringColumn } from '../../../record/column.ts'
import { compareDoubles } from '../../../record/order.ts'
import { BOOLEAN, isNested, type Type, typeName } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull } from '../output.ts'
import { openItemPick } from './element.ts'
import { arrayTypeOf, isNullItem, ListPicks } from './lists.ts'

/** The type of the elements, which must have an order. Throws a TypeProblem. */
function orderedElement(array: Expression): Type {
  const { element } = arrayTypeOf(array)
  if (isNested(element)) throw new TypeProblem(`it does not order ${typeName(element)}`)
  return element
}

const arraySort: ScalarFunction = {
  name: 'ARRAY_SORT',
  summary: 'An array in order; NULLs are first ascending, and last descending, unless it is said.',
  usage: 'ARRAY_SORT(array[, ascending[, nulls_first]])',
  bind({ arguments: operands, session }) {
    const [array, ...flags] = fitArguments(operands, ['any', 'any?', 'any?'], session)
    const element = orderedElement(array)
    const written = flags.filter((flag) => flag !== undefined)
    for (const { type } of written) {
      if (type.kind !== BOOLEAN.kind) throw new TypeProblem(`its order is TRUE or FALSE, not ${typeName(type)}`)
    }
    return { type: array.type, arguments: [array, ...written], open: () => openSort(element) }
  },
}

function openSort(element: Type): Compute {
  const picks = new ListPicks(element)
  return (columns, count) => {
    const [list, ascending, nullsFirst] = columns as readonly Column[] as [ListColumn, BooleanColumn?, BooleanColumn?]
    const { items } = list
    picks.begin(count)
    for (let row = 0; row < count; row++) {
      if (!anyNull(columns, row)) {
        const sign = ascending === undefined || ascending.values[row] === 1 ? 1 : -1
        const isFirst = nullsFirst === undefined ? sign === 1 : nullsFirst.values[row] === 1
        picks.addRow(list, row)
        picks.open().sort((a, b) => {
          const [noA, noB] = [isNullItem(items, a), isNullItem(items, b)]
          if (noA || noB) return noA === noB ? a - b : noA === isFirst ? -1 : 1
          // Elements that are equal stay as they are.
          return sign * compareItems(items, a, b) || a - b
        })
      }
      picks.close(row)
    }
    return picks.finish(items)
  }
}

/** Below 0 if item `a` comes before item `b`; neither is NULL. NaN is above all numbers, and -0 below 0. */
function compareItems(items: Column, a: number, b: number): number {
  switch (items.kind) {
    case 'string':
      return compareBytesOf(items, a, b)
    case 'bigint':
      if (items.exact !== undefined) return compareValues(items.exact[a] as bigint, items.exact[b] as bigint)
      return (items.values[a] as number) - (items.values[b] as number)
    case 'double':
      return compareDoubles(items.values[a] as number, items.values[b] as number)
    case 'decimal':
      return compareValues(items.values[a] as bigint, items.values[b] as bigint)
    case 'boolean':
    case 'int':
      return (items.values[a] as number) - (items.values[b] as number)
    default:
      return 0
  }
}

const compareValues = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

function compareBytesOf({ bytes, start, end }: StringColumn, a: number, b: number): number {
  const [fromA, fromB] = [start[a] as number, start[b] as number]
  const [lengthA, lengthB] = [(end[a] as number) - fromA, (end[b] as number) - fromB]
  for (let index = 0; index < Math.min(lengthA, lengthB); index++) {
    const difference = (bytes[fromA + index] as number) - (bytes[fromB + index] as number)
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}

const extremeOf = (name: 'ARRAY_MAX' | 'ARRAY_MIN', sign: 1 | -1): ScalarFunction => ({
  name,
  summary: `The ${sign > 0 ? 'greatest' : 'least'} element of an array that is not NULL; NULL if there is none.`,
  usage: `${name}(array)`,
  bind({ arguments: operands, session }) {
    const [array] = fitArguments(operands, ['any'], session)
    const type = orderedElement(array)
    return { type, arguments: [array], open: () => openExtreme(type, sign) }
  },
})

const openExtreme = (type: Type, sign: 1 | -1): Compute =>
  openItemPick<ListColumn>(
    type,
    ({ items }) => items,
    ({ start, end, items }, row) => {
      let best = -1
      for (let item = start[row] as number; item < (end[row] as number); item++) {
        if (!isNullItem(items, item) && (best < 0 || exceeds(items, item, best, sign))) best = item
      }
      return best
    },
  )

/** As by `>` and `<`: NaN exceeds nothing, and nothing exceeds NaN. */
function exceeds(items: Column, item: number, best: number, sign: 1 | -1): boolean {
  if (items.kind !== 'double') return sign * compareItems(items, item, best) > 0
  const [value, other] = [items.values[item] as number, items.values[best] as number]
  return sign > 0 ? value > other : value < other
}

/** The functions of this file, in the order of the reference page. */
export const orderFunctions: readonly ScalarFunction[] = [
  arraySort,
  extremeOf('ARRAY_MAX', 1),
  extremeOf('ARRAY_MIN', -1),
]
