/** ARRAY_CONTAINS, ARRAY_POSITION and ARRAY_REMOVE look for an element; the others treat arrays as sets that keep their order. */
import type { Column, ListColumn } from '../../../record/column.ts'
import { BOOLEAN, INT, type Type } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { fitArguments } from '../define.ts'
import type { ScalarFunction, Session } from '../function.ts'
import { anyNull, booleanOutput, intOutput, setNull } from '../output.ts'
import { FEW_ITEMS, IdSet, ItemIds } from './item-ids.ts'
import {
  arrayTypeOf,
  fitElement,
  isNullItem,
  itemCount,
  joinedItems,
  ListPicks,
  sameArrays,
  sameItem,
} from './lists.ts'

/** An array, and a value of the type of its elements. */
function arrayAndElement(operands: readonly Expression[], session: Session): [Expression, Expression] {
  const [array, element] = fitArguments(operands, ['any', 'any'], session)
  return [array, fitElement(element, arrayTypeOf(array).element, session)]
}

const arrayContains: ScalarFunction = {
  name: 'ARRAY_CONTAINS',
  summary: 'Whether an array has an element; a NULL can be looked for, too.',
  usage: 'ARRAY_CONTAINS(array, element)',
  bind({ arguments: operands, session }) {
    const cast = arrayAndElement(operands, session)
    return { type: BOOLEAN, nulls: 'own', arguments: cast, open: openContains }
  },
}

function openContains(): Compute {
  const output = booleanOutput()
  return ([lists, elements], count) => {
    const list = lists as ListColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (list.nulls?.[row] === 1) setNull(out, row, count)
      else out.values[row] = placeOf(list, row, elements as Column) < 0 ? 0 : 1
    }
    return out
  }
}

/** The item of the row's array that is equal to the row's element; -1 if none is. */
function placeOf({ start, end, items }: ListColumn, row: number, elements: Column): number {
  for (let item = start[row] as number; item < (end[row] as number); item++) {
    if (sameItem(items, item, elements, row)) return item
  }
  return -1
}

const arrayPosition: ScalarFunction = {
  name: 'ARRAY_POSITION',
  summary: 'Where an array first has an element, from 1; 0 where it does not.',
  usage: 'ARRAY_POSITION(array, element)',
  bind({ arguments: operands, session }) {
    return { type: INT, arguments: arrayAndElement(operands, session), open: openPosition }
  },
}

function openPosition(): Compute {
  const output = intOutput()
  return (columns, count) => {
    const list = columns[0] as ListColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const item = placeOf(list, row, columns[1] as Column)
      out.values[row] = item < 0 ? 0 : item - (list.start[row] as number) + 1
    }
    return out
  }
}

const arrayRemove: ScalarFunction = {
  name: 'ARRAY_REMOVE',
  summary: 'An array without the elements that are equal to a value, which may be NULL.',
  usage: 'ARRAY_REMOVE(array, element)',
  bind({ arguments: operands, session }) {
    const cast = arrayAndElement(operands, session)
    const type = arrayTypeOf(cast[0])
    return { type, nulls: 'own', arguments: cast, open: () => openRemove(type.element) }
  },
}

function openRemove(element: Type): Compute {
  const picks = new ListPicks(element)
  return ([lists, elements], count) => {
    const { start, end, items, nulls } = lists as ListColumn
    picks.begin(count)
    for (let row = 0; row < count; row++) {
      const stop = nulls?.[row] === 1 ? 0 : (end[row] as number)
      for (let item = start[row] as number; item < stop; item++) {
        if (!sameItem(items, item, elements as Column, row)) picks.add(item)
      }
      picks.close(row)
    }
    return picks.finish(items, nulls)
  }
}

const arrayDistinct: ScalarFunction = {
  name: 'ARRAY_DISTINCT',
  summary: 'An array with each of its elements once, where it first stands.',
  usage: 'ARRAY_DISTINCT(array)',
  bind({ arguments: operands, session }) {
    const [array] = fitArguments(operands, ['any'], session)
    const type = arrayTypeOf(array)
    const open = () => openSets(type.element, (set, items) => set.addAll(items[0]))
    return { type, arguments: [array], open }
  },
}

const ofTwo = (name: string, summary: string, combine: Combine): ScalarFunction => ({
  name,
  summary,
  usage: `${name}(array, array)`,
  bind({ arguments: operands, session }) {
    const [cast, type] = sameArrays(fitArguments(operands, ['any', 'any'], session), session)
    return { type, arguments: cast, open: () => openSets(type.element, combine) }
  },
})

/** The items of one row's array, in the column that all arguments are joined into. */
type Items = { readonly from: number; readonly end: number }

/** Puts the items of a row into its result. */
type Combine = (set: ItemSet, items: readonly [Items, Items]) => void

/** The result of a row: items that differ. As in Flink, 0 and -0 do in sets of two arrays, and not in those of one. */
class ItemSet {
  readonly #picks: ListPicks
  readonly #items: Column
  readonly #isExact: boolean
  /** The numbers of the items, where the row has many. */
  #ids: Int32Array | undefined
  #known: ItemIds | undefined
  #numbers: Int32Array = new Int32Array(0)
  readonly #taken = new IdSet()
  readonly #others = new IdSet()

  constructor(picks: ListPicks, items: Column, isExact: boolean) {
    this.#picks = picks
    this.#items = items
    this.#isExact = isExact
  }

  /** Begins the set of a row, which will be made of these items. */
  begin(a: Items, b: Items): void {
    this.#ids = undefined
    if (a.end - a.from + b.end - b.from <= FEW_ITEMS) return
    this.#known ??= new ItemIds({ nan: 'other', zeros: this.#isExact ? 'other' : 'same' })
    const most = Math.max(a.end, b.end)
    if (this.#numbers.length < most) this.#numbers = new Int32Array(Math.max(most, 2 * this.#numbers.length))
    this.#ids = this.#numbers
    for (const { from, end } of a.from === b.from ? [a] : [a, b]) this.#known.look(this.#items, from, end, this.#ids)
    this.#taken.clear(this.#known.size)
    this.#others.clear(this.#known.size)
    for (let item = b.from; item < b.end; item++) this.#others.add(this.#ids[item] as number)
  }

  #isSame(item: number, other: number): boolean {
    const items = this.#items
    if (!sameItem(items, item, items, other)) return false
    if (!this.#isExact || items.kind !== 'double' || isNullItem(items, item)) return true
    return Object.is(items.values[item], items.values[other])
  }

  /** Adds an item, unless it is there. */
  add(item: number): void {
    if (this.#ids !== undefined) {
      const id = this.#ids[item] as number
      if (this.#taken.has(id)) return
      this.#taken.add(id)
    } else {
      for (let index = 0; index < this.#picks.size; index++) if (this.#isSame(item, this.#picks.at(index))) return
    }
    this.#picks.add(item)
  }

  addAll({ from, end }: Items): void {
    for (let item = from; item < end; item++) this.add(item)
  }

  /** Whether the item is among those of the second array. */
  isAmong(item: number, { from, end }: Items): boolean {
    if (this.#ids !== undefined) return this.#others.has(this.#ids[item] as number)
    for (let other = from; other < end; other++) if (this.#isSame(item, other)) return true
    return false
  }
}

function openSets(element: Type, combine: Combine): Compute {
  const picks = new ListPicks(element)
  return (columns, count) => {
    const lists = columns as readonly ListColumn[]
    const counts = lists.map((list) => ({ items: list.items, count: itemCount(list, count) }))
    const { items, first } = joinedItems(counts)
    const set = new ItemSet(picks, items, lists.length > 1)
    const itemsOf = (index: number, row: number): Items => {
      const shift = first[index] ?? 0
      const { start, end } = (lists[index] ?? lists[0]) as ListColumn
      return { from: (start[row] as number) + shift, end: (end[row] as number) + shift }
    }
    picks.begin(count)
    for (let row = 0; row < count; row++) {
      if (!anyNull(columns, row)) {
        const [a, b] = [itemsOf(0, row), itemsOf(1, row)]
        set.begin(a, b)
        combine(set, [a, b])
      }
      picks.close(row)
    }
    return picks.finish(items)
  }
}

/** The functions of this file, in the order of the reference page. */
export const setFunctions: readonly ScalarFunction[] = [
  arrayContains,
  arrayPosition,
  arrayRemove,
  arrayDistinct,
  ofTwo('ARRAY_UNION', 'The elements of both arrays, each once.', (set, [a, b]) => {
    set.addAll(a)
    set.addAll(b)
  }),
  ofTwo('ARRAY_INTERSECT', 'The elements of the first array that the second has, too, each once.', (set, [a, b]) => {
    for (let item = a.from; item < a.end; item++) if (set.isAmong(item, b)) set.add(item)
  }),
  ofTwo('ARRAY_EXCEPT', 'The elements of the first array that the second does not have, each once.', (set, [a, b]) => {
    for (let item = a.from; item < a.end; item++) if (!set.isAmong(item, b)) set.add(item)
  }),
]
