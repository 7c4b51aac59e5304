/**
 * GREATEST and LEAST, NULL where an argument is. As in Java's `compare`, NaN is above all numbers and -0.0 below 0.0.
 */
import type { BigintColumn, Column, ScalarColumn, StringColumn } from '../../../record/column.ts'
import { valueAt } from '../../../record/column.ts'
import { exactValues } from '../../../record/exact.ts'
import { compareDoubles } from '../../../record/order.ts'
import { INT, isNested, type Type, typeName } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { castAll } from '../cast/cast.ts'
import { commonTypeOf, haveMixedFloats } from '../common-type.ts'
import { fitArguments, nullType, untypedNull } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, bigintOutput, decimalOutput, doubleOutput, intOutput } from '../output.ts'
import { compareTexts } from '../text/bytes.ts'
import { TextOutput } from '../text/output.ts'

const extreme = (name: 'GREATEST' | 'LEAST', sign: 1 | -1): ScalarFunction => ({
  name,
  summary: `The ${name === 'GREATEST' ? 'greatest' : 'least'} of the values; NULL if one of them is.`,
  usage: `${name}(value, …)`,
  bind({ arguments: operands, session }) {
    fitArguments(operands, ['any…'], session)
    if (operands.some(({ type }) => type.kind === 'NULL')) {
      throw untypedNull(nullType(commonTypeOf(operands.map((operand) => operand.type)) ?? INT))
    }
    const types = operands.map((operand) => operand.type)
    const type = haveMixedFloats(types) ? undefined : commonTypeOf(types)
    if (type === undefined) throw new TypeProblem('its arguments have no type in common')
    if (type.kind === 'BOOLEAN' || type.kind === 'BYTES' || isNested(type))
      throw new TypeProblem(`it does not order ${typeName(type)}`)
    const cast = castAll(operands, [type], session)
    return { type, arguments: cast, open: () => (type.kind === 'STRING' ? openTexts(sign) : openNumbers(type, sign)) }
  },
})

export const greatest: ScalarFunction = extreme('GREATEST', 1)
export const least: ScalarFunction = extreme('LEAST', -1)

function openNumbers(type: Type, sign: 1 | -1): Compute {
  const [ints, doubles, bigints, decimals] = [intOutput(), doubleOutput(), bigintOutput(), decimalOutput()]
  return (columns, count) => {
    const best = new Uint16Array(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      for (let index = 1; index < columns.length; index++) {
        if (sign * compareAt(columns[index] as Column, columns[best[row] as number] as Column, row) > 0)
          best[row] = index
      }
    }
    if (type.kind === 'BIGINT') return chooseBigints(columns as BigintColumn[], best, bigints(count), count)
    const kind = columns[0]?.kind
    const out = kind === 'int' ? ints(count) : kind === 'double' ? doubles(count) : decimals(count)
    const values = out.values as { [row: number]: number | bigint }
    for (let row = 0; row < count; row++) {
      const column = columns[best[row] as number] as Exclude<ScalarColumn, StringColumn>
      if (!anyNull(columns, row)) values[row] = column.values[row] as number | bigint
    }
    return out
  }
}

function compareAt(a: Column, b: Column, row: number): number {
  if (a.kind === 'double') return compareDoubles(a.values[row] as number, (b as typeof a).values[row] as number)
  const x = valueAt(a, row) as number | bigint
  const y = valueAt(b, row) as number | bigint
  return x < y ? -1 : x > y ? 1 : 0
}

function chooseBigints(columns: readonly BigintColumn[], best: Uint16Array, out: BigintColumn, count: number): Column {
  for (let row = 0; row < count; row++) {
    out.values[row] = (columns[best[row] as number] as BigintColumn).values[row] as number
  }
  if (columns.every(({ exact }) => exact === undefined)) return out
  const exacts = columns.map((column) => exactValues(column, count))
  out.exact = new BigInt64Array(count)
  for (let row = 0; row < count; row++) out.exact[row] = (exacts[best[row] as number] as BigInt64Array)[row] as bigint
  return out
}

function openTexts(sign: 1 | -1): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    output.begin(count)
    const texts = columns as StringColumn[]
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      let best = texts[0] as StringColumn
      for (const text of texts) {
        const order = compareTexts(text.bytes, rangeAt(text, row), best.bytes, rangeAt(best, row))
        if (sign * order > 0) best = text
      }
      output.open(row)
      output.copy(best, row)
      output.close(row)
    }
    return output.finish()
  }
}

const rangeAt = ({ start, end }: StringColumn, row: number): [number, number] => [
  start[row] as number,
  end[row] as number,
]
