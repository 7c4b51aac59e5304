/** Values inside of arrays, maps and rows: array[1], map['key'], row.field, ELEMENT(array). */
import type { Column, IntColumn, ListColumn, MapColumn, RowColumn } from '../../../record/column.ts'
import { ColumnGather } from '../../../record/gather.ts'
import { INT, isMultiset, isSmallInteger, type NestedType, type Type, typeName } from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { castTo } from '../cast/cast.ts'
import { commonType } from '../common-type.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, type Session, TypeProblem } from '../function.ts'
import { anyNull, fail, intOutput } from '../output.ts'
import { findKey } from './equal.ts'
import { arrayTypeOf } from './lists.ts'

export const elementAt: ScalarFunction = {
  name: '[ ]',
  summary: 'The element of an ARRAY at an index from 1 on, or the value of a key of a MAP; NULL if there is none.',
  usage: 'array[index], map[key]',
  bind({ arguments: [container, index], session }) {
    const { type } = container as Expression
    if (type.kind === 'MAP') return valueOfKey(container as Expression, index as Expression, type, session)
    if (type.kind !== 'ARRAY') throw new TypeProblem('only an ARRAY has elements, and a MAP values')
    return elementOf(container as Expression, index as Expression, type.element)
  },
}

function elementOf(array: Expression, index: Expression, type: Type): BoundCall {
  if (!isSmallInteger(index.type)) {
    throw new TypeProblem('an index is an INT', index.type.kind === 'BIGINT' ? 'Write CAST(… AS INT).' : undefined)
  }
  if (index.kind === 'literal' && index.value !== null && Number(index.value) < 1) {
    throw new TypeProblem(`the first element has index 1, and there is none at ${index.value}`, undefined, index)
  }
  const find = ({ start, end }: ListColumn, row: number, [, indexes]: readonly Column[]): number => {
    const at = (start[row] as number) + ((indexes as IntColumn).values[row] as number) - 1
    return at >= (start[row] as number) && at < (end[row] as number) ? at : -1
  }
  return {
    type,
    arguments: [array, index],
    nulls: 'own',
    open: () => openItemPick(type, (list) => (list as ListColumn).items, find),
  }
}

function valueOfKey(map: Expression, key: Expression, type: NestedType & { kind: 'MAP' }, session: Session): BoundCall {
  const wanted = commonType(type.key, key.type)
  if (wanted?.kind !== type.key.kind) {
    throw new TypeProblem(
      `a key is a ${typeName(type.key)}, not ${typeName(key.type)}`,
      `Write CAST(… AS ${typeName(type.key)}).`,
    )
  }
  const cast = castTo(key, type.key, { try: false, session })
  const find = (column: MapColumn, row: number, [, keys]: readonly Column[]): number =>
    findKey(column, row, { column: keys as Column, row })
  return {
    type: type.value,
    arguments: [map, cast],
    nulls: 'own',
    open: () => openItemPick(type.value, (column) => (column as MapColumn).values, find),
  }
}

/** Takes for each row the item that `find` gives, or NULL for -1; NULL where an argument is. */
export function openItemPick<C extends ListColumn | MapColumn>(
  type: Type,
  itemsOf: (column: C) => Column,
  find: (column: C, row: number, columns: readonly Column[]) => number,
): Compute {
  const gather = new ColumnGather(type)
  let rows = new Int32Array(0)
  let absent = new Uint8Array(0)
  return (columns, count) => {
    if (rows.length < count) {
      rows = new Int32Array(Math.max(count, 2 * rows.length))
      absent = new Uint8Array(rows.length)
    }
    const container = columns[0] as C
    let isAnyAbsent = 0
    for (let row = 0; row < count; row++) {
      const item = anyNull(columns, row) ? -1 : find(container, row, columns)
      absent[row] = item < 0 ? 1 : 0
      isAnyAbsent |= absent[row] as number
      rows[row] = Math.max(0, item)
    }
    return gather.take(itemsOf(container), rows, count, isAnyAbsent === 1 ? absent : undefined)
  }
}

export const fieldOf: ScalarFunction = {
  name: '.',
  summary: 'The value of a field of a ROW.',
  usage: 'row.field',
  bind({ arguments: [row], keywords: [name] }) {
    const { type } = row as Expression
    const place = type.kind === 'ROW' ? type.fields.findIndex((field) => field.name === name) : -1
    const field = type.kind === 'ROW' ? type.fields[place] : undefined
    if (field === undefined) throw new TypeProblem(`it has no field ${name}`)
    return {
      type: field.type,
      arguments: [row as Expression],
      // A field is NULL where its ROW is.
      nulls: 'own',
      open: () => (columns) => ({ ...((columns[0] as RowColumn).fields[place] as Column), failures: undefined }),
    }
  },
}

export const element: ScalarFunction = {
  name: 'ELEMENT',
  summary: 'The only element of an array; NULL if it has none. An array of more than one fails.',
  usage: 'ELEMENT(array)',
  bind({ arguments: operands, session }) {
    const [array] = fitArguments(operands, ['any'], session)
    const { element: type } = arrayTypeOf(array)
    return { type, arguments: [array], nulls: 'own', open: () => openElement(type) }
  },
}

function openElement(type: Type): Compute {
  const find = ({ start, end }: ListColumn, row: number) => (start[row] === end[row] ? -1 : (start[row] as number))
  const pick = openItemPick<ListColumn>(type, ({ items }) => items, find)
  return (columns, count) => {
    const { start, end, nulls } = columns[0] as ListColumn
    const out = pick(columns, count)
    out.failures = undefined
    for (let row = 0; row < count; row++) {
      const isLonger = (end[row] as number) - (start[row] as number) > 1
      if (isLonger && nulls?.[row] !== 1) fail(out, row, 'ELEMENT: the array has more than one element')
    }
    return out
  }
}

export const cardinality: ScalarFunction = {
  name: 'CARDINALITY',
  summary: 'The number of elements of an array, or of entries of a map.',
  usage: 'CARDINALITY(array or map)',
  bind({ arguments: operands, session }) {
    const [container] = fitArguments(operands, ['any'], session)
    const { kind } = container.type
    if ((kind !== 'ARRAY' && kind !== 'MAP') || isMultiset(container.type)) {
      throw new TypeProblem(`it wants an ARRAY or a MAP, not ${typeName(container.type)}`)
    }
    return { type: INT, arguments: [container], open: openLength }
  },
}

function openLength(): Compute {
  const output = intOutput()
  return (columns, count) => {
    const out = output(count)
    const { start, end } = columns[0] as ListColumn | MapColumn
    for (let row = 0; row < count; row++) out.values[row] = (end[row] as number) - (start[row] as number)
    return out
  }
}
