/**
 * The columns that loops write. Their arrays are kept from batch to batch and grow when a batch is longer. Each call
 * starts without NULLs and failures; both are rare, so room for them is made when the first one comes.
 *
 * Files have loops of their own even where these look alike: in a loop that several functions share the call for each
 * row is not inlined, and its doubles are boxed (FLOOR of a TIMESTAMP took 30 to 56 ns a row instead of 1.8).
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

/** Gives a column with room for `count` rows: the same column at each call, without its NULLs and failures. */
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

/** Where the text, array or map of each row lies: [start, end). */
export type RowRanges = { readonly start: Int32Array; readonly end: Int32Array }

/** Gives arrays for `count` ranges. */
export function rangesOutput(): (count: number) => RowRanges {
  let ranges: RowRanges = { start: new Int32Array(0), end: new Int32Array(0) }
  return (count) => {
    const { length } = ranges.start
    if (length < count) {
      const capacity = Math.max(count, 2 * length)
      ranges = { start: new Int32Array(capacity), end: new Int32Array(capacity) }
    }
    return ranges
  }
}

/** An output of BIGINTs, which begins each batch as safe integers: see `setBigint`. */
export function bigintOutput(): Output<BigintColumn> {
  const output = outputOf<BigintColumn>(BIGINT)
  return (count) => {
    const column = output(count)
    column.exact = undefined
    return column
  }
}

/**
 * Writes one value of a BIGINT column that is filled from row 0 upward; the first unsafe integer moves all to `exact`.
 */
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

/** Makes the row of a batch of `count` rows NULL. */
export function setNull(column: Column, row: number, count: number): void {
  column.nulls ??= new Uint8Array(count)
  column.nulls[row] = 1
}

/** Makes the row fail, for a reason that people read. */
export function fail(column: Column, row: number, reason: string): void {
  column.failures ??= new Map()
  column.failures.set(row, reason)
}

/** Whether a strict loop skips the row. An argument's value at a NULL is arbitrary, and may not even be valid. */
export function anyNull(columns: readonly Column[], row: number): boolean {
  for (let index = 0; index < columns.length; index++) {
    const { nulls } = columns[index] as Column
    if (nulls !== undefined && nulls[row] === 1) return true
  }
  return false
}
