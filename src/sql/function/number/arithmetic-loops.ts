/**
 * Arithmetic over columns of one type. INT and BIGINT wrap round as Java's int and long do and divide toward zero; a
 * division by zero fails its row. BIGINTs are computed as doubles, and again in 64 bits where a result is beyond 2^53:
 * a sum or product of safe integers that is rounded is itself beyond, so none is missed.
 *
 * INT and DOUBLE have loops of their own: a loop that reads both kinds of array takes twice as long.
 */
import type { BigintColumn, Column, DecimalColumn, DoubleColumn, IntColumn } from '../../../record/column.ts'
import { exactValues } from '../../../record/exact.ts'
import type { Compute } from '../../expression/expression.ts'
import type { DecimalType } from '../common-type.ts'
import { divideDecimals, fits, rescale } from '../decimal.ts'
import { anyNull, bigintOutput, decimalOutput, doubleOutput, fail, intOutput, setNull } from '../output.ts'

export type Sign = '+' | '-' | '*' | '/' | '%'

const BY_ZERO = 'division by zero'
const LIMIT = Number.MAX_SAFE_INTEGER

/** `a sign b` over INTs. */
export function intArithmetic(sign: Sign): Compute {
  const output = intOutput()
  return (columns, count) => {
    const a = (columns[0] as IntColumn).values
    const b = (columns[1] as IntColumn).values
    const out = output(count)
    const { values } = out
    switch (sign) {
      case '+':
        for (let row = 0; row < count; row++) values[row] = (a[row] as number) + (b[row] as number)
        break
      case '-':
        for (let row = 0; row < count; row++) values[row] = (a[row] as number) - (b[row] as number)
        break
      case '*':
        for (let row = 0; row < count; row++) values[row] = Math.imul(a[row] as number, b[row] as number)
        break
      case '/':
        for (let row = 0; row < count; row++) {
          if (b[row] === 0) fail(out, row, BY_ZERO)
          else values[row] = (a[row] as number) / (b[row] as number)
        }
        break
      case '%':
        for (let row = 0; row < count; row++) {
          if (b[row] === 0) fail(out, row, BY_ZERO)
          else values[row] = (a[row] as number) % (b[row] as number)
        }
    }
    return out
  }
}

/** `a sign b` over DOUBLEs, or other columns of doubles. */
export function doubleArithmetic(sign: Exclude<Sign, '%'>): Compute {
  const output = doubleOutput()
  return (columns, count) => {
    const a = (columns[0] as DoubleColumn).values
    const b = (columns[1] as DoubleColumn).values
    const out = output(count)
    const { values } = out
    switch (sign) {
      case '+':
        for (let row = 0; row < count; row++) values[row] = (a[row] as number) + (b[row] as number)
        break
      case '-':
        for (let row = 0; row < count; row++) values[row] = (a[row] as number) - (b[row] as number)
        break
      case '*':
        for (let row = 0; row < count; row++) values[row] = (a[row] as number) * (b[row] as number)
        break
      case '/':
        for (let row = 0; row < count; row++) values[row] = (a[row] as number) / (b[row] as number)
    }
    return out
  }
}

/** `a sign b` over BIGINTs. */
export function bigintArithmetic(sign: Sign): Compute {
  const output = bigintOutput()
  return (columns, count) => {
    const [a, b] = columns as [BigintColumn, BigintColumn]
    const out = output(count)
    if (a.exact === undefined && b.exact === undefined && safeLoop(sign, a.values, b.values, out, count)) return out
    out.failures = undefined
    exactLoop(sign, columns, out, count)
    return out
  }
}

/** Returns whether all results are safe integers. The `+ 0` makes 0 of -0, as BIGINT has one zero. */
function safeLoop(sign: Sign, a: Float64Array, b: Float64Array, out: BigintColumn, count: number): boolean {
  const { values } = out
  let greatest = 0
  switch (sign) {
    case '+':
      for (let row = 0; row < count; row++) {
        const sum = (a[row] as number) + (b[row] as number)
        values[row] = sum
        greatest = Math.max(greatest, Math.abs(sum))
      }
      break
    case '-':
      for (let row = 0; row < count; row++) {
        const difference = (a[row] as number) - (b[row] as number)
        values[row] = difference
        greatest = Math.max(greatest, Math.abs(difference))
      }
      break
    case '*':
      for (let row = 0; row < count; row++) {
        const product = (a[row] as number) * (b[row] as number)
        values[row] = product + 0
        greatest = Math.max(greatest, Math.abs(product))
      }
      break
    case '/':
      for (let row = 0; row < count; row++) {
        const dividend = a[row] as number
        const divisor = b[row] as number
        // The rest is subtracted first, as the quotient itself could be rounded up to the next integer.
        if (divisor === 0) fail(out, row, BY_ZERO)
        else values[row] = (dividend - (dividend % divisor)) / divisor + 0
      }
      break
    case '%':
      for (let row = 0; row < count; row++) {
        if (b[row] === 0) fail(out, row, BY_ZERO)
        else values[row] = ((a[row] as number) % (b[row] as number)) + 0
      }
  }
  return greatest <= LIMIT
}

function exactLoop(sign: Sign, columns: readonly Column[], out: BigintColumn, count: number): void {
  const a = exactValues(columns[0] as BigintColumn, count)
  const b = exactValues(columns[1] as BigintColumn, count)
  const exact = new BigInt64Array(count)
  let safe = true
  for (let row = 0; row < count; row++) {
    if (anyNull(columns, row)) continue
    const x = a[row] as bigint
    const y = b[row] as bigint
    if (y === 0n && (sign === '/' || sign === '%')) fail(out, row, BY_ZERO)
    else exact[row] = apply(sign, x, y)
    const value = Number(exact[row] as bigint)
    out.values[row] = value
    if (value > LIMIT || value < -LIMIT) safe = false
  }
  out.exact = safe ? undefined : exact
}

function apply(sign: Sign, a: bigint, b: bigint): bigint {
  switch (sign) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
  }
}

/** `a sign b` over DECIMALs of two types; a result with more digits than its type has is NULL. */
export function decimalArithmetic(
  sign: Sign,
  types: readonly [DecimalType, DecimalType],
  result: DecimalType,
): Compute {
  const output = decimalOutput()
  const [{ scale: aScale }, { scale: bScale }] = types
  const common = Math.max(aScale, bScale)
  const compute = (a: bigint, b: bigint): bigint => {
    if (sign === '*') return rescale(a * b, aScale + bScale, result.scale)
    if (sign === '/') return divideDecimals(a, b, result.scale - aScale + bScale)
    return rescale(apply(sign, rescale(a, aScale, common), rescale(b, bScale, common)), common, result.scale)
  }
  return (columns, count) => {
    const a = (columns[0] as DecimalColumn).values
    const b = (columns[1] as DecimalColumn).values
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const y = b[row] as bigint
      if (y === 0n && (sign === '/' || sign === '%')) {
        fail(out, row, BY_ZERO)
        continue
      }
      const value = compute(a[row] as bigint, y)
      if (fits(value, result.precision)) out.values[row] = value
      else setNull(out, row, count)
    }
    return out
  }
}
