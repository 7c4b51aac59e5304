/** Functions for which an array is a sequence: what it begins with, its order, its parts, and its text. */
import type { Column, IntColumn, ListColumn, StringColumn } from '../../../record/column.ts'
import { withNulls } from '../../../record/nulls.ts'
import { STRING, type Type, typeName } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { fitArgument, fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, rangesOutput } from '../output.ts'
import { TextOutput } from '../text/output.ts'
import { arrayTypeOf, fitElement, isNullItem, itemCount, joinedItems, ListPicks, sameArrays } from './lists.ts'

const arrayConcat: ScalarFunction = {
  name: 'ARRAY_CONCAT',
  summary: 'The elements of all arrays, one array after another.',
  usage: 'ARRAY_CONCAT(array, …)',
  bind({ arguments: operands, session }) {
    const [cast, type] = sameArrays(fitArguments(operands, ['any…'], session), session)
    return { type, arguments: cast, open: () => openConcat(type.element) }
  },
}

function openConcat(element: Type): Compute {
  const picks = new ListPicks(element)
  return (columns, count) => {
    const lists = columns as readonly ListColumn[]
    const { items, first } = joinedItems(lists.map((list) => ({ items: list.items, count: itemCount(list, count) })))
    picks.begin(count)
    for (let row = 0; row < count; row++) {
      if (!anyNull(columns, row))
        lists.forEach((list, index) => {
          picks.addRow(list, row, first[index] as number)
        })
      picks.close(row)
    }
    return picks.finish(items)
  }
}

const withElement = (name: 'ARRAY_APPEND' | 'ARRAY_PREPEND', place: string): ScalarFunction => ({
  name,
  summary: `An array with one more element at its ${place}, which may be NULL.`,
  usage: `${name}(array, element)`,
  bind({ arguments: operands, session }) {
    const [array, element] = fitArguments(operands, ['any', 'any'], session)
    const type = arrayTypeOf(array)
    const cast = [array, fitElement(element, type.element, session)]
    return { type, nulls: 'own', arguments: cast, open: () => openWithElement(type.element, name === 'ARRAY_PREPEND') }
  },
})

function openWithElement(type: Type, isFirst: boolean): Compute {
  const picks = new ListPicks(type)
  return ([lists, elements], count) => {
    const list = lists as ListColumn
    const element = withNulls(elements as Column, elements?.nulls, undefined)
    const { items, first } = joinedItems([
      { items: list.items, count: itemCount(list, count) },
      { items: element, count },
    ])
    picks.begin(count)
    for (let row = 0; row < count; row++) {
      if (list.nulls?.[row] !== 1) {
        if (isFirst) picks.add((first[1] as number) + row)
        picks.addRow(list, row)
        if (!isFirst) picks.add((first[1] as number) + row)
      }
      picks.close(row)
    }
    const made = picks.finish(items, list.nulls)
    if (elements?.failures !== undefined) made.failures = elements.failures
    return made
  }
}

const arrayReverse: ScalarFunction = {
  name: 'ARRAY_REVERSE',
  summary: 'An array from its last element to its first.',
  usage: 'ARRAY_REVERSE(array)',
  bind({ arguments: operands, session }) {
    const [array] = fitArguments(operands, ['any'], session)
    const type = arrayTypeOf(array)
    return { type, arguments: [array], open: () => openReverse(type.element) }
  },
}

function openReverse(element: Type): Compute {
  const picks = new ListPicks(element)
  return (columns, count) => {
    const { start, end, items } = columns[0] as ListColumn
    picks.begin(count)
    for (let row = 0; row < count; row++) {
      const from = start[row] as number
      if (!anyNull(columns, row)) for (let item = (end[row] as number) - 1; item >= from; item--) picks.add(item)
      picks.close(row)
    }
    return picks.finish(items)
  }
}

const arraySlice: ScalarFunction = {
  name: 'ARRAY_SLICE',
  summary: 'The elements from one place to another, both in it; places count from 1, and below 0 from the end.',
  usage: 'ARRAY_SLICE(array, from[, to])',
  bind({ arguments: operands, session }) {
    const cast = fitArguments(operands, ['any', 'int', 'int?'], session)
    return { type: arrayTypeOf(cast[0]), arguments: cast.filter((each) => each !== undefined), open: openSlice }
  },
}

/** The parts share the items of the whole. */
function openSlice(): Compute {
  const rangesFor = rangesOutput()
  return (columns, count) => {
    const [list, froms, tos] = columns as readonly Column[] as [ListColumn, IntColumn, IntColumn | undefined]
    const { start, end } = rangesFor(count)
    for (let row = 0; row < count; row++) {
      const first = list.start[row] as number
      const size = (list.end[row] as number) - first
      const place = (index: number) => (index < 0 ? index + size + 1 : index)
      const from = Math.max(1, place(froms.values[row] as number))
      const to = tos === undefined ? size : place(tos.values[row] as number)
      // As in Flink, an end of 0 is 1.
      const last = to === 0 ? Math.min(1, size) : Math.min(to, size)
      start[row] = first + Math.min(from - 1, Math.max(size, 0))
      end[row] = Math.max(start[row] as number, first + last)
    }
    return { kind: 'list', start, end, items: list.items, nulls: undefined }
  }
}

const arrayJoin: ScalarFunction = {
  name: 'ARRAY_JOIN',
  summary: 'The texts of an array in one, with a separator between them; NULLs are left out, or replaced by a text.',
  usage: 'ARRAY_JOIN(array, separator[, replacement])',
  bind({ arguments: operands, session }) {
    const [array, ...texts] = fitArguments(operands, ['any', 'any', 'any?'], session)
    const { element } = arrayTypeOf(array)
    if (element.kind !== 'STRING')
      throw new TypeProblem(`the elements are ${typeName(element)}`, 'Write CAST(array AS ARRAY<STRING>).')
    const fitted = texts.flatMap((text) => (text === undefined ? [] : [fitArgument(text, 'string', session)]))
    return { type: STRING, arguments: [array, ...fitted], open: openJoin }
  },
}

function openJoin(): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const [list, separators, replacements] = columns as readonly Column[] as [
      ListColumn,
      StringColumn,
      StringColumn | undefined,
    ]
    const items = list.items as StringColumn
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      output.open(row)
      let isFirst = true
      for (let item = list.start[row] as number; item < (list.end[row] as number); item++) {
        const isNull = isNullItem(items, item)
        if (isNull && replacements === undefined) continue
        if (!isFirst) output.copy(separators, row)
        isFirst = false
        if (isNull) output.copy(replacements as StringColumn, row)
        else output.copy(items, item)
      }
      output.close(row)
    }
    return output.finish()
  }
}

/** The functions of this file, in the order of the reference page. */
export const sequenceFunctions: readonly ScalarFunction[] = [
  arrayConcat,
  withElement('ARRAY_APPEND', 'end'),
  withElement('ARRAY_PREPEND', 'beginning'),
  arrayReverse,
  arraySlice,
  arrayJoin,
]
