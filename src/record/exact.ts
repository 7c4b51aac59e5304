/**
 * BIGINT beyond 2^53: a column keeps doubles while all of its values are safe integers, else 64-bit integers as well. Where
 * `exact` is set it holds the values, and `values` holds the nearest doubles.
 */
import type { BigintColumn } from './column.ts'

/** The values of the first `count` rows as 64-bit integers; those of NULL rows are arbitrary. */
export function exactValues(column: BigintColumn, count: number): BigInt64Array {
  if (column.exact !== undefined) return column.exact
  const exact = new BigInt64Array(count)
  for (let row = 0; row < count; row++) {
    const value = column.values[row] as number
    exact[row] = Number.isSafeInteger(value) ? BigInt(value) : 0n
  }
  return exact
}
