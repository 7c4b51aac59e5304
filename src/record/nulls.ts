/**
 * NULLs and failures of a function's result, from those of its arguments.
 *
 * A row that failed has a reason in `failures` and is not NULL: never both. NULL wins over a failure: where one argument is
 * NULL so is the result, even if another argument failed.
 */
import type { Column, Nulls } from './column.ts'

export type Failures = Map<number, string> | undefined

/** The same values with other NULLs and failures; both columns share the arrays of values. */
export const withNulls = (column: Column, nulls: Nulls, failures: Failures): Column => ({ ...column, nulls, failures })

/** Makes the NULLs and failures of a strict function's result. The nulls may lie in an array that is reused by the next call. */
export class StrictNulls {
  #buffer = new Uint8Array(0)

  /** `result` with NULL where an argument is NULL, and elsewhere with its own failures and those of the arguments. */
  apply(result: Column, columns: readonly Column[], count: number): Column {
    let nulls: Nulls
    let owned = false
    let failed = result.failures !== undefined
    for (const column of columns) {
      if (column.failures !== undefined) failed = true
      if (column.nulls === undefined || column.nulls === nulls) continue
      if (nulls === undefined) nulls = column.nulls
      else {
        nulls = this.#union(nulls, column.nulls, count)
        owned = true
      }
    }
    const failures = failed ? collectFailures(result, columns, nulls) : undefined
    if (result.nulls !== undefined && result.nulls !== nulls) {
      if (nulls === undefined) nulls = result.nulls
      else {
        nulls = this.#union(nulls, result.nulls, count)
        owned = true
      }
    }
    if (failures !== undefined && nulls !== undefined) {
      if (!owned) nulls = this.#union(nulls, nulls, count)
      for (const row of failures.keys()) nulls[row] = 0
    }
    if (nulls === result.nulls && failures === result.failures) return result
    return withNulls(result, nulls, failures)
  }

  #union(a: Uint8Array, b: Uint8Array, count: number): Uint8Array {
    if (this.#buffer.length < count) this.#buffer = new Uint8Array(Math.max(count, 2 * this.#buffer.length))
    const out = this.#buffer
    for (let row = 0; row < count; row++) out[row] = (a[row] as number) | (b[row] as number)
    return out
  }
}

function collectFailures(result: Column, columns: readonly Column[], nulls: Nulls): Failures {
  const failures = new Map<number, string>()
  for (const column of columns) addFailures(failures, column.failures, nulls)
  addFailures(failures, result.failures, nulls)
  return failures.size === 0 ? undefined : failures
}

function addFailures(to: Map<number, string>, from: Failures, nulls: Nulls): void {
  if (from === undefined) return
  for (const [row, reason] of from) {
    if (nulls?.[row] !== 1 && !to.has(row)) to.set(row, reason)
  }
}
