/** Casts among BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE and DECIMAL. */
import { assert } from '../../../base/assert.ts'
import type {
  BigintColumn,
  Column,
  DecimalColumn,
  DoubleColumn,
  IntColumn,
  ScalarColumn,
} from '../../../record/column.ts'
import { floatOfInteger } from '../../../record/float.ts'
import { integerBits, type Type } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import type { DecimalType } from '../common-type.ts'
import { decimalToDouble, parseDecimal, powerOfTen, toDecimal } from '../decimal.ts'
import {
  anyNull,
  bigintOutput,
  booleanOutput,
  decimalOutput,
  doubleOutput,
  fail,
  intOutput,
  setBigint,
  setNull,
} from '../output.ts'

type NumberColumn = Exclude<ScalarColumn, { kind: 'string' }>

/** Opens a cast to one of these types from another of them. */
export function openNumberCast(from: Type, to: Type): Compute {
  const scale = from.kind === 'DECIMAL' ? from.scale : 0
  switch (to.kind) {
    case 'BOOLEAN':
      return toBoolean()
    case 'TINYINT':
    case 'SMALLINT':
      return wrapped(toInt(scale), to)
    case 'INT':
      return toInt(scale)
    case 'BIGINT':
      return toBigint(scale)
    case 'FLOAT':
      return toFloats(toDouble(scale, floatOfInteger))
    case 'DOUBLE':
      return toDouble(scale, Number)
    default:
      assert(to.kind === 'DECIMAL', `no number is cast to ${to.kind} here`)
      return toDecimals(scale, to)
  }
}

function toBoolean(): Compute {
  const output = booleanOutput()
  return ([column], count) => {
    const out = output(count)
    const values: ArrayLike<number | bigint> =
      column?.kind === 'bigint' && column.exact !== undefined ? column.exact : (column as NumberColumn).values
    for (let row = 0; row < count; row++) out.values[row] = Number(values[row]) !== 0 ? 1 : 0
    return out
  }
}

/**
 * Copies numbers that the array of the result converts by itself. DECIMALs, and BIGINTs beyond 2^53, go through
 * `convert` as digits of the column's scale.
 */
function copyNumbers(
  columns: readonly Column[],
  values: Int32Array | Float64Array,
  count: number,
  convert: (digits: bigint) => number,
): void {
  const column = columns[0] as NumberColumn
  const digits = column.kind === 'decimal' ? column.values : column.kind === 'bigint' ? column.exact : undefined
  if (digits === undefined) values.set((column as Exclude<NumberColumn, DecimalColumn>).values.subarray(0, count))
  else for (let row = 0; row < count; row++) if (!anyNull(columns, row)) values[row] = convert(digits[row] as bigint)
}

function toInt(scale: number): Compute {
  const output = intOutput()
  const divisor = powerOfTen(scale)
  return (columns, count) => {
    const column = columns[0] as NumberColumn
    const out = output(count)
    const { values } = out
    // An Int32Array takes a number modulo 2^32, as Java's (int) does with a long, but not with a double.
    if (column.kind !== 'double') {
      copyNumbers(columns, values, count, (digits) => Number(BigInt.asIntN(32, digits / divisor)))
      return out
    }
    for (let row = 0; row < count; row++) {
      values[row] = Math.max(-2147483648, Math.min(2147483647, column.values[row] as number))
    }
    return out
  }
}

/** The loop of INTs with the lowest bits of its results: as many as the type has, the first of them a sign. */
export function wrapped(loop: Compute, type: Type): Compute {
  const unused = 32 - integerBits(type)
  return (columns, count) => {
    const out = loop(columns, count) as IntColumn
    const { values } = out
    for (let row = 0; row < count; row++) values[row] = ((values[row] as number) << unused) >> unused
    return out
  }
}

function toBigint(scale: number): Compute {
  const output = bigintOutput()
  const divisor = powerOfTen(scale)
  return (columns, count) => {
    const column = columns[0] as NumberColumn
    const out = output(count)
    if (column.kind === 'double') doublesToBigint(column.values, out, count)
    else if (column.kind !== 'decimal') out.values.set(column.values.subarray(0, count))
    else {
      for (let row = 0; row < count; row++) {
        if (!anyNull(columns, row)) {
          setBigint(out, row, BigInt.asIntN(64, (column.values[row] as bigint) / divisor), count)
        }
      }
    }
    return out
  }
}

function doublesToBigint(from: Float64Array, out: BigintColumn, count: number): void {
  for (let row = 0; row < count; row++) {
    const whole = Math.trunc(from[row] as number) + 0
    if (Number.isSafeInteger(whole) && out.exact === undefined) out.values[row] = whole
    else setBigint(out, row, saturated(whole), count)
  }
}

/** Java's (long): 0 for NaN, the nearest long for a number out of range. */
function saturated(value: number): bigint {
  if (Number.isNaN(value)) return 0n
  if (value >= 2 ** 63) return 2n ** 63n - 1n
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value)
}

/** The loop of doubles, each rounded to 32 bits. */
export function toFloats(loop: Compute): Compute {
  return (columns, count) => {
    const out = loop(columns, count) as DoubleColumn
    const { values } = out
    for (let row = 0; row < count; row++) values[row] = Math.fround(values[row] as number)
    return out
  }
}

function toDouble(scale: number, ofInteger: (value: bigint) => number): Compute {
  const output = doubleOutput()
  return (columns, count) => {
    const out = output(count)
    const isDecimal = columns[0]?.kind === 'decimal'
    const convert = isDecimal ? (digits: bigint) => decimalToDouble(digits, scale) : ofInteger
    copyNumbers(columns, out.values, count, convert)
    return out
  }
}

function toDecimals(scale: number, to: DecimalType): Compute {
  const output = decimalOutput()
  const set = (out: DecimalColumn, row: number, value: bigint | undefined, count: number) => {
    if (value === undefined) setNull(out, row, count)
    else out.values[row] = value
  }
  return (columns, count) => {
    const column = columns[0] as NumberColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      if (column.kind === 'double') {
        const number = column.values[row] as number
        if (!Number.isFinite(number)) {
          fail(out, row, `CAST of ${number} to DECIMAL: it is no finite number`)
          continue
        }
        // The digits are those of its text, as in BigDecimal.valueOf: 1.005 is rounded to 1.01.
        const digits = parseDecimal(String(number)) ?? { value: 0n, scale: 0 }
        set(out, row, toDecimal(digits.value, digits.scale, to.precision, to.scale), count)
      } else {
        const exact = column.kind === 'bigint' ? column.exact : undefined
        const value = BigInt(exact?.[row] ?? (column.values[row] as number | bigint))
        set(out, row, toDecimal(value, scale, to.precision, to.scale), count)
      }
    }
    return out
  }
}
