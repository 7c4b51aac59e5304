/**
 * The columns that kernels write: arrays kept from batch to batch and made longer when one is. Each call starts without
 * NULLs and failures; both are rare, so their places are made at the first.
 */
import type {
  BigintColumn,
  BooleanColumn,
  Column,
  DecimalColumn,
  DoubleColumn,
  IntColumn,
} from '../../record/column.ts'
import { makeColumn } from '../../record/column.ts'
import { BIGINT, BOOLEAN, DOUBLE, decimal, INT, type Type } from '../../record/type.ts'

/** A column with room for so many rows; the same one, emptied, at each call. */
export type Output<C extends Column> = (count: number) => C

function outputOf<C extends Column>(type: Type): Output<C> {
  let column = makeColumn(type, 0) as C
  let capacity = 0
  return (count) => {
    if (capacity < count) {
      capacity = Math.max(count, 2 * capacity)
      column = makeColumn(type, capacity) as C
    }
    column.nulls = undefined
    column.failures = undefined
    return column
  }
}

export const booleanOutput = (): Output<BooleanColumn> => outputOf(BOOLEAN)
export const intOutput = (): Output<IntColumn> => outputOf(INT)
export const doubleOutput = (): Output<DoubleColumn> => outputOf(DOUBLE)
export const decimalOutput = (): Output<DecimalColumn> => outputOf(decimal(38, 0))

export function bigintOutput(): Output<BigintColumn> {
  const output = outputOf<BigintColumn>(BIGINT)
  return (count) => {
    const column = output(count)
    column.exact = undefined
    return column
  }
}

/** Writes one value of a BIGINT column that is filled from row 0 upward; the first unsafe one moves all to `exact`. */
export function setBigint(out: BigintColumn, row: number, value: bigint, count: number): void {
  const nearest = Number(value)
  out.values[row] = nearest
  if (out.exact === undefined && !Number.isSafeInteger(nearest)) {
    out.exact = new BigInt64Array(count)
    for (let before = 0; before < row; before++) {
      const earlier = out.values[before] as number
      if (Number.isSafeInteger(earlier)) out.exact[before] = BigInt(earlier)
    }
  }
  if (out.exact !== undefined) out.exact[row] = value
}

export function setNull(column: Column, row: number, count: number): void {
  column.nulls ??= new Uint8Array(count)
  column.nulls[row] = 1
}

export function fail(column: Column, row: number, reason: string): void {
  column.failures ??= new Map()
  column.failures.set(row, reason)
}

/** Whether a strict kernel need not look at the row. What stands there is anything, perhaps not even a value. */
export function anyNull(columns: readonly Column[], row: number): boolean {
  for (let index = 0; index < columns.length; index++) {
    const { nulls } = columns[index] as Column
    if (nulls !== undefined && nulls[row] === 1) return true
  }
  return false
}
