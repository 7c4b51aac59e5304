/**
 * BIGINT at the edge of 2^53: a column keeps doubles while all of its values are safe integers, and 64-bit integers
 * from the first that is not. `exact`, where it is there, is the truth; `values` beside it are the nearest doubles.
 */
import type { BigintColumn } from './column.ts'

/** The values as 64-bit integers; what stands at a NULL row is anything. */
export function exactValues(column: BigintColumn, count: number): BigInt64Array {
  if (column.exact !== undefined) return column.exact
  const exact = new BigInt64Array(count)
  for (let row = 0; row < count; row++) {
    const value = column.values[row] as number
    exact[row] = Number.isSafeInteger(value) ? BigInt(value) : 0n
  }
  return exact
}
