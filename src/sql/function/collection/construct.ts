/** Makes arrays, maps and rows of values: ARRAY[…], MAP[…], ROW(…). */
import { appendRows, emptyLike } from '../../../record/append.ts'
import type { Column } from '../../../record/column.ts'
import { withNulls } from '../../../record/nulls.ts'
import { arrayOf, isNested, mapOf, rowOf, type Type, typeName } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { castAll } from '../cast/cast.ts'
import { commonTypeOf } from '../common-type.ts'
import { untypedNull } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'

export const makeArray: ScalarFunction = {
  name: 'ARRAY[ ]',
  summary: 'An array of the values, which have one type.',
  usage: 'ARRAY[value, …]',
  bind({ arguments: operands, session }) {
    const type = sharedType(operands, 'values')
    return { type: arrayOf(type), arguments: castAll(operands, [type], session), nulls: 'own', open: openArray }
  },
}

export const makeMap: ScalarFunction = {
  name: 'MAP[ ]',
  summary: 'A map of the keys, each before its value.',
  usage: 'MAP[key, value, …]',
  bind({ arguments: operands, session }) {
    if (operands.length % 2 === 1) throw new TypeProblem('each key needs a value behind it')
    const [keys, values] = [0, 1].map((part) => operands.filter((_, index) => index % 2 === part)) as [
      Expression[],
      Expression[],
    ]
    const [key, value] = [sharedType(keys, 'keys'), sharedType(values, 'values')]
    if (isNested(key)) throw new TypeProblem(`${typeName(key)} cannot be the type of a key`)
    const cast = [...castAll(keys, [key], session), ...castAll(values, [value], session)]
    return { type: mapOf(key, value), arguments: cast, nulls: 'own', open: openMap }
  },
}

export const makeRow: ScalarFunction = {
  name: 'ROW',
  summary: 'A row of the values. CAST(… AS ROW<name type, …>) names its fields.',
  usage: 'ROW(value, …)',
  bind({ arguments: operands }) {
    if (operands.some(({ type }) => type.kind === 'NULL')) throw untypedNull('INT')
    const fields = operands.map(({ type }, index) => ({ name: `EXPR$${index}`, type }))
    const open = () => (columns: readonly Column[]) => {
      const parts = columns.map((column) => withNulls(column, column.nulls, undefined))
      return { kind: 'row', fields: parts, nulls: undefined } as const
    }
    return { type: rowOf(fields), arguments: operands, nulls: 'own', open }
  },
}

function sharedType(operands: readonly Expression[], what: string): Type {
  const type = commonTypeOf(operands.map((operand) => operand.type))
  if (type === undefined) throw new TypeProblem(`the ${what} have no type in common`)
  if (type.kind === 'NULL') throw untypedNull('INT')
  return type
}

function openArray(): Compute {
  return (columns, count) => {
    const { items, ...ranges } = interleaved(columns, count)
    return { kind: 'list', ...ranges, items, nulls: undefined }
  }
}

function openMap(): Compute {
  return (columns, count) => {
    const half = columns.length / 2
    const { items: keys, ...ranges } = interleaved(columns.slice(0, half), count)
    const { items: values } = interleaved(columns.slice(half), count)
    return { kind: 'map', ...ranges, keys, values, nulls: undefined }
  }
}

/** One column with the values of a row side by side. */
function interleaved(columns: readonly Column[], count: number) {
  const width = columns.length
  const length = width * count
  const joined = emptyLike(columns[0] as Column, length)
  columns.forEach((column, part) => {
    appendRows(joined, column, { at: part * count, rows: undefined, count }, length)
  })
  const order = Int32Array.from({ length }, (_, index) => (index % width) * count + Math.floor(index / width))
  const items = emptyLike(joined, length)
  appendRows(items, joined, { at: 0, rows: order, count: length }, length)
  const start = Int32Array.from({ length: count }, (_, row) => row * width)
  return { start, end: start.map((from) => from + width), items }
}
