/**
 * ABS, SIGN, CEIL, FLOOR, ROUND and TRUNCATE of numbers, with a loop for each type. ROUND goes half away from zero by
 * the decimal digits, also of a DOUBLE: ROUND(1.005, 2) is 1.01.
 */
import type { BigintColumn, Column, DecimalColumn, DoubleColumn, IntColumn } from '../../../record/column.ts'
import { valueAt } from '../../../record/column.ts'
import { decimal, INT, integerBits, isNumeric, type Type, typeName } from '../../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../../expression/expression.ts'
import { toFloats } from '../cast/number.ts'
import type { DecimalType } from '../common-type.ts'
import { divideRounded, fits, magnitude, parseDecimal, powerOfTen, rescale } from '../decimal.ts'
import { fitArgument, fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, bigintOutput, decimalOutput, doubleOutput, fail, intOutput, setBigint, setNull } from '../output.ts'

/** How a number is changed: an exact one, as digits and a scale, and a double. */
type Change = {
  exact(digits: bigint, scale: number, resultScale: number): bigint
  double(value: number): number
  /** Whether the change works on decimal digits, so that NaN and the infinities fail. */
  readonly byDigits?: boolean
}

/** The quotient, rounded toward minus infinity. */
function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend % divisor < 0n ? quotient - 1n : quotient
}

const simple = (name: string, summary: string, change: Change): ScalarFunction => ({
  name,
  summary,
  usage: `${name}(number)`,
  bind({ arguments: operands, session }) {
    const [operand] = fitArguments(operands, ['any'], session)
    return bindChange(operand, change, (type) => type)
  },
})

/** `resultOf` gives the type of the result for a DECIMAL; other numbers keep their type. */
function bindChange(operand: Expression, change: Change, resultOf: (type: DecimalType) => Type): BoundCall {
  const { type } = operand
  if (!isNumeric(type)) throw new TypeProblem(`it wants a number, not ${typeName(type)}`)
  const result = type.kind === 'DECIMAL' ? resultOf(type) : type
  return { type: result, arguments: [operand], open: () => changing(type, result, change) }
}

export const abs: ScalarFunction = simple('ABS', 'The number without its sign.', {
  exact: magnitude,
  double: Math.abs,
})

export const sign: ScalarFunction = simple('SIGN', '-1, 0 or 1, in the type of the number.', {
  exact: (digits, scale) => (digits === 0n ? 0n : digits < 0n ? -powerOfTen(scale) : powerOfTen(scale)),
  double: Math.sign,
})

export const ceilNumber: Change = {
  exact: (digits, scale) => -floorDivide(-digits, powerOfTen(scale)),
  double: Math.ceil,
}

export const floorNumber: Change = {
  exact: (digits, scale) => floorDivide(digits, powerOfTen(scale)),
  double: Math.floor,
}

/** CEIL or FLOOR of a number; see `time/floor.ts` for that of a time. */
export const bindWhole = (operand: Expression, change: Change): BoundCall =>
  bindChange(operand, change, ({ precision }) => decimal(precision, 0))

const rounding = (name: 'ROUND' | 'TRUNCATE', summary: string): ScalarFunction => ({
  name,
  summary,
  usage: `${name}(number[, digits])`,
  bind({ arguments: operands, session }) {
    const [operand, places] = fitArguments(operands, ['any', 'any?'], session)
    const { type } = operand
    if (!isNumeric(type)) throw new TypeProblem(`it wants a number, not ${typeName(type)}`)
    const digits: Expression =
      places === undefined ? { kind: 'literal', value: 0, type: INT } : fitArgument(places, 'int', session)
    if (digits.kind !== 'literal') throw new TypeProblem('the number of digits must be written out')
    const count = Number(digits.value)
    const result = type.kind === 'DECIMAL' ? roundedType(type, count) : type
    // The number of digits stays an argument, as NULL there makes every row NULL.
    return { type: result, arguments: [operand, digits], open: () => changing(type, result, roundTo(name, count)) }
  },
})

export const round: ScalarFunction = rounding(
  'ROUND',
  'The number rounded to the given digits after the point, or to a whole number.',
)
export const truncate: ScalarFunction = rounding(
  'TRUNCATE',
  'The number cut to the given digits after the point, or to a whole number.',
)

function roundedType({ precision, scale }: DecimalType, places: number): Type {
  if (places >= scale) return decimal(precision, scale)
  const whole = 1 + precision - scale
  return places < 0 ? decimal(Math.min(38, whole), 0) : decimal(whole + places, places)
}

function roundTo(name: 'ROUND' | 'TRUNCATE', places: number): Change {
  const cut = (digits: bigint, scale: number): bigint => {
    const unit = powerOfTen(Math.max(0, scale - places))
    return (name === 'ROUND' ? divideRounded(digits, unit) : digits / unit) * unit
  }
  return {
    byDigits: true,
    exact: (digits, scale, resultScale) => rescale(cut(digits, scale), scale, resultScale),
    double(value) {
      const { value: digits, scale } = parseDecimal(String(value)) ?? { value: 0n, scale: 0 }
      if (places >= scale) return value + 0
      // A number far below one unit of the last place becomes 0 without writing out its zeros.
      if (scale - places > 400) return 0
      return Number(`${cut(digits, scale)}e${-scale}`)
    },
  }
}

function changing(from: Type, to: Type, change: Change): Compute {
  switch (from.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return changeInts(integerBits(from), change)
    case 'BIGINT':
      return changeBigints(change)
    case 'FLOAT':
      return toFloats(changeDoubles(change))
    case 'DOUBLE':
      return changeDoubles(change)
    default:
      return changeDecimals(from as DecimalType, to as DecimalType, change)
  }
}

function changeInts(bits: number, change: Change): Compute {
  const output = intOutput()
  return (columns, count) => {
    const { values } = columns[0] as IntColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      out.values[row] = Number(BigInt.asIntN(bits, change.exact(BigInt(values[row] as number), 0, 0)))
    }
    return out
  }
}

function changeBigints(change: Change): Compute {
  const output = bigintOutput()
  return (columns, count) => {
    const out: BigintColumn = output(count)
    for (let row = 0; row < count; row++) {
      out.values[row] = 0
      if (anyNull(columns, row)) continue
      const value = valueAt(columns[0] as Column, row) as bigint
      setBigint(out, row, BigInt.asIntN(64, change.exact(value, 0, 0)), count)
    }
    return out
  }
}

function changeDoubles(change: Change): Compute {
  const output = doubleOutput()
  return (columns, count) => {
    const { values } = columns[0] as DoubleColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const value = values[row] as number
      if (change.byDigits === true && !Number.isFinite(value)) fail(out, row, `${value} has no digits to round`)
      else out.values[row] = change.double(value)
    }
    return out
  }
}

function changeDecimals(from: DecimalType, to: DecimalType, change: Change): Compute {
  const output = decimalOutput()
  return (columns, count) => {
    const { values } = columns[0] as DecimalColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const value = change.exact(values[row] as bigint, from.scale, to.scale)
      if (fits(value, to.precision)) out.values[row] = value
      else setNull(out, row, count)
    }
    return out
  }
}
