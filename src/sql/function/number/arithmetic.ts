/** The operators + - * / % over numbers and times, and the signs + and -. */
import type { BigintColumn, Column, DecimalColumn } from '../../../record/column.ts'
import { exactValues } from '../../../record/exact.ts'
import { isApproximate, isNumeric, isSmallInteger, type Type, typeName } from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { castAll } from '../cast/cast.ts'
import { toFloats, wrapped } from '../cast/number.ts'
import { asDecimal, commonNumber, decimalResult } from '../common-type.ts'
import { nullType, untypedNull } from '../define.ts'
import { type Call, type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, bigintOutput, decimalOutput, doubleOutput, intOutput } from '../output.ts'
import { bigintArithmetic, decimalArithmetic, doubleArithmetic, intArithmetic, type Sign } from './arithmetic-loops.ts'
import { bindTimeArithmetic } from './time-arithmetic.ts'

const arithmetic = (name: Sign, summary: string): ScalarFunction => ({
  name,
  summary,
  usage: `a ${name} b`,
  bind: (call) => bindArithmetic(name, call),
})

const remainder = arithmetic('%', 'The remainder of a division, with the sign of the dividend.')

function bindArithmetic(sign: Sign, call: Call): BoundCall {
  if (call.arguments.length !== 2) throw new TypeProblem('it takes two arguments')
  const [left, right] = call.arguments as [Expression, Expression]
  if (left.type.kind === 'NULL' || right.type.kind === 'NULL') {
    const other = left.type.kind === 'NULL' ? right.type : left.type
    if (isNumeric(other) || other.kind === 'NULL') throw untypedNull('INT')
    throw new TypeProblem('NULL has no type here', `all of it is NULL: write CAST(NULL AS ${nullType(other)})`)
  }
  if (!isNumeric(left.type) || !isNumeric(right.type)) return bindTimeArithmetic(sign, left, right)
  if ((sign === '/' || sign === '%') && isZero(right) && !isNullLiteral(left))
    throw new TypeProblem('it divides by a constant zero')
  const decimals = [asDecimal(left.type), asDecimal(right.type)] as const
  if ((left.type.kind === 'DECIMAL' || right.type.kind === 'DECIMAL') && decimals[0] && decimals[1]) {
    const [a, b] = decimals
    const result = decimalResult(sign, a, b)
    return castBoth(call, [a, b], result, () => decimalArithmetic(sign, [a, b], result))
  }
  const type = commonNumber(left.type, right.type)
  if (isApproximate(type)) {
    if (sign === '%') throw new TypeProblem(`% is not defined for ${typeName(type)}`, 'Cast to DECIMAL first.')
    const open = () => doubleArithmetic(sign)
    return castBoth(call, [type, type], type, type.kind === 'FLOAT' ? () => toFloats(open()) : open)
  }
  // The rest has the type of the divisor, which always has room for it.
  const result = sign === '%' ? right.type : type
  if (type.kind !== 'BIGINT') return castBoth(call, [type, type], result, () => smallArithmetic(sign, result))
  const open = () => bigintArithmetic(sign)
  return castBoth(call, [type, type], result, result.kind === 'BIGINT' ? open : () => narrowed(open()))
}

/** Of TINYINT, SMALLINT or INT, which wraps round at the bits of the type. */
const smallArithmetic = (sign: Sign, type: Type): Compute =>
  type.kind === 'INT' ? intArithmetic(sign) : wrapped(intArithmetic(sign), type)

function castBoth(call: Call, to: readonly [Type, Type], type: Type, open: () => Compute): BoundCall {
  return { type, arguments: castAll(call.arguments, to, call.session), open }
}

/** A loop of BIGINTs whose results all fit INT. */
function narrowed(loop: Compute): Compute {
  const output = intOutput()
  return (columns, count) => {
    const wide = loop(columns, count) as BigintColumn
    const out = output(count)
    out.values.set(wide.values.subarray(0, count))
    out.failures = wide.failures
    return out
  }
}

const isNullLiteral = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === null

const isZero = (expression: Expression): boolean =>
  expression.kind === 'literal' && Number(expression.value) === 0 && expression.value !== null

const positive: ScalarFunction = {
  name: 'PLUS',
  summary: 'The number itself.',
  usage: '+ number',
  bind({ arguments: [operand] }) {
    const { type } = operand as Expression
    if (!isNumeric(type)) throw new TypeProblem('it wants a number')
    return { type, arguments: [operand as Expression], open: () => (columns) => columns[0] as Column }
  },
}

const negative: ScalarFunction = {
  name: 'NEGATE',
  summary: 'The number or interval with the other sign.',
  usage: '- number',
  bind({ arguments: [operand] }) {
    const { type } = operand as Expression
    if (!isNumeric(type) && type.kind !== 'INTERVAL_DAY' && type.kind !== 'INTERVAL_MONTH') {
      throw new TypeProblem('it wants a number')
    }
    return { type, arguments: [operand as Expression], open: () => negation(type) }
  },
}

const negation = (type: Type): Compute =>
  isSmallInteger(type) && type.kind !== 'INT' ? wrapped(openNegation(type), type) : openNegation(type)

function openNegation(type: Type): Compute {
  const [ints, doubles, bigints, decimals] = [intOutput(), doubleOutput(), bigintOutput(), decimalOutput()]
  return (columns, count) => {
    const column = columns[0] as Column
    switch (column.kind) {
      case 'int': {
        const out = ints(count)
        for (let row = 0; row < count; row++) out.values[row] = -(column.values[row] as number)
        return out
      }
      case 'double': {
        const out = doubles(count)
        const zero = isApproximate(type) ? -0 : 0
        for (let row = 0; row < count; row++) out.values[row] = zero - (column.values[row] as number)
        return out
      }
      case 'bigint':
        return negateBigints(column, bigints(count), count)
      default: {
        const out = decimals(count)
        const { values } = column as DecimalColumn
        for (let row = 0; row < count; row++) if (!anyNull(columns, row)) out.values[row] = -(values[row] as bigint)
        return out
      }
    }
  }
}

function negateBigints(column: BigintColumn, out: BigintColumn, count: number): BigintColumn {
  if (column.exact === undefined) {
    for (let row = 0; row < count; row++) out.values[row] = 0 - (column.values[row] as number)
    return out
  }
  const exact = exactValues(column, count)
  out.exact = new BigInt64Array(count)
  for (let row = 0; row < count; row++) {
    out.exact[row] = -(exact[row] as bigint)
    out.values[row] = Number(out.exact[row])
  }
  return out
}

export const arithmeticFunctions: readonly ScalarFunction[] = [
  arithmetic('+', 'Adds numbers, or an interval to a time; integers wrap round.'),
  arithmetic('-', 'Subtracts numbers, or an interval from a time.'),
  arithmetic('*', 'Multiplies numbers.'),
  arithmetic('/', 'Divides numbers; of integers, the whole part: 7 / 2 is 3.'),
  remainder,
  negative,
  positive,
  { ...remainder, name: 'MOD', usage: 'MOD(a, b)' },
]
