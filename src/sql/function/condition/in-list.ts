/**
 * IN with a list of literals: one lookup for each row, however long the list. NULL in the list gives NULL for a value
 * not found.
 */
import { assert } from '../../../base/assert.ts'
import type {
  BigintColumn,
  Column,
  DecimalColumn,
  DoubleColumn,
  IntColumn,
  StringColumn,
  Value,
} from '../../../record/column.ts'
import { decimalText } from '../../../record/decimal.ts'
import { BOOLEAN, isApproximate, isByteRange, isInteger, type Type, typeName } from '../../../record/type.ts'
import type { Compute, Expression, ExpressionOf } from '../../expression/expression.ts'
import { castAll, castTo } from '../cast/cast.ts'
import { commonTypeOf, haveMixedFloats } from '../common-type.ts'
import { type ScalarFunction, type Session, TypeProblem } from '../function.ts'
import { anyNull, booleanOutput, setNull } from '../output.ts'
import { matchesAt, toBytes } from '../text/bytes.ts'
import { canCompare, comparable } from './comparison.ts'
import { insteadOf } from './comparison-advice.ts'

export const inList: ScalarFunction = {
  name: 'IN',
  summary: 'Whether a value is one of a list.',
  usage: 'value IN (value, …)',
  bind({ arguments: operands, session }) {
    const [value, ...list] = operands as [Expression, ...Expression[]]
    assert(
      list.every(({ kind }) => kind === 'literal'),
      'the binder refuses a list with more than constants',
    )
    const type = listType(value, list, session)
    const operand = castTo(value, type, { try: false, session })
    const items = castAll(list, [type], session) as ExpressionOf<'literal'>[]
    const wanted = items.map(({ value: item }) => item)
    const hasNull = wanted.includes(null)
    return { type: BOOLEAN, arguments: [operand], open: () => openIn(type, wanted, hasNull) }
  },
}

/** The type in which value and list are compared: the common one, or the value's where the list has texts beside it. */
function listType(value: Expression, list: readonly Expression[], session: Session): Type {
  const changed = list.flatMap((item) => (canCompare(value.type, item.type) ? [] : (insteadOf(item, value.type) ?? [])))
  if (changed.length > 1) {
    throw new TypeProblem(`the list is not of type ${typeName(value.type)}`, `write ${changed.join(', ')}`)
  }
  for (const item of list) {
    comparable(value, item, { ordered: false, session })
    if (haveMixedFloats([value.type, item.type]))
      throw new TypeProblem('the list has FLOATs beside other numbers', 'CAST them to one type', item)
    if (item.kind === 'literal') refuseChanged(value.type, item, session)
  }
  return commonTypeOf([value, ...list].map(({ type }) => type)) ?? value.type
}

/** Flink casts the list to an integer's own type, so that 7.5 is found in 7. A value that would change so is refused. */
function refuseChanged(type: Type, item: ExpressionOf<'literal'>, session: Session): void {
  if ((!isInteger(type) && type.kind !== 'DECIMAL') || item.value === null) return
  if (type.kind === 'DECIMAL' && !isApproximate(item.type)) return
  const cast = castTo(item, type, { try: false, session })
  if (cast.kind === 'literal' && numberOf(cast) === numberOf(item)) return
  const message = `${written(item)} is no ${typeName(type)}, to which Flink casts the whole list`
  throw new TypeProblem(message, `compare it alone: value = ${written(item)}`, item)
}

const written = ({ value, type }: ExpressionOf<'literal'>): string =>
  type.kind === 'DECIMAL' ? decimalText(value as bigint, type.scale) : String(value)

/** Equal for equal numbers of different types. */
const numberOf = (item: ExpressionOf<'literal'>): string => {
  const text = written(item)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function openIn(type: Type, wanted: readonly Value[], hasNull: boolean): Compute {
  const find = isByteRange(type) ? findTexts(bytesOf(type, wanted)) : findNumbers(wanted)
  const output = booleanOutput()
  return (columns, count) => {
    const out = output(count)
    find(columns, out.values, count)
    if (hasNull) for (let row = 0; row < count; row++) if (out.values[row] === 0) setNull(out, row, count)
    return out
  }
}

type Find = (columns: readonly Column[], out: Uint8Array, count: number) => void

function findNumbers(wanted: readonly Value[]): Find {
  const exact = new Set(wanted.filter((value) => typeof value === 'bigint'))
  const numbers = new Set<number>()
  for (const value of wanted) {
    // NaN is equal to nothing, not even in a list.
    if (value !== null && !Number.isNaN(Number(value))) numbers.add(Number(value))
  }
  return (columns, out, count) => {
    const column = columns[0] as BigintColumn | DecimalColumn | DoubleColumn | IntColumn
    const bigints = column.kind === 'decimal' ? column.values : column.kind === 'bigint' ? column.exact : undefined
    if (bigints !== undefined) {
      for (let row = 0; row < count; row++) out[row] = exact.has(bigints[row] as bigint) ? 1 : 0
      return
    }
    const values = column.values as Float64Array | Int32Array
    for (let row = 0; row < count; row++) out[row] = numbers.has(values[row] as number) ? 1 : 0
  }
}

/** Up to this many texts, comparing with each is faster than hashing. */
const FEW = 6

function findFewTexts(texts: readonly Uint8Array[]): Find {
  return (columns, out, count) => {
    const { bytes, start, end } = columns[0] as StringColumn
    out.fill(0, 0, count)
    for (const text of texts) {
      const size = text.length
      const last = text[size - 1]
      for (let row = 0; row < count; row++) {
        const from = start[row] as number
        if ((end[row] as number) - from !== size || (size > 0 && bytes[from + size - 1] !== last)) continue
        let same = 0
        while (same < size && bytes[from + same] === text[same]) same++
        if (same === size) out[row] = 1
      }
    }
  }
}

function bytesOf(type: Type, values: readonly Value[]): readonly Uint8Array[] {
  const present = values.filter((value) => value !== null).map(String)
  return present.map((text) => (type.kind === 'BYTES' ? Buffer.from(text, 'latin1') : toBytes(text)))
}

/** Finds texts by a hash of their length and three of their bytes; those that share a hash are compared in turn. */
function findTexts(texts: readonly Uint8Array[]): Find {
  if (texts.length <= FEW) return findFewTexts(texts)
  const table = new Map<number, Uint8Array[]>()
  for (const text of texts) {
    const hash = hashOf(text, 0, text.length)
    table.set(hash, [...(table.get(hash) ?? []), text])
  }
  return (columns, out, count) => {
    const { bytes, start, end } = columns[0] as StringColumn
    for (let row = 0; row < count; row++) {
      out[row] = 0
      if (anyNull(columns, row)) continue
      const from = start[row] as number
      const size = (end[row] as number) - from
      const same = table.get(hashOf(bytes, from, from + size))
      if (same === undefined) continue
      for (const text of same) if (text.length === size && matchesAt(bytes, from, text)) out[row] = 1
    }
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0
  const middle = (start + end) >> 1
  return (
    ((end - start) << 24) ^
    ((bytes[start] as number) << 16) ^
    ((bytes[middle] as number) << 8) ^
    (bytes[end - 1] as number)
  )
}
