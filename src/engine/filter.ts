/** Passes on the rows for which the predicate is TRUE. A row for which it cannot be computed is rejected and dropped. */
import type { BooleanColumn } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Field } from '../record/type.ts'
import type { Evaluate } from './expression/expression.ts'
import { type Operator, passing, type Reject } from './operator.ts'

/** Opens a filter over rows of these fields. */
export function openFilter(predicate: Evaluate, fields: readonly Field[], next: Operator, reject: Reject): Operator {
  const gather = new Gather(fields)
  let rows = new Int32Array(0)
  return passing(next, (batch) => {
    const { values, nulls, failures } = predicate(batch) as BooleanColumn
    if (rows.length < batch.count) rows = new Int32Array(batch.count)
    let count = 0
    for (let row = 0; row < batch.count; row++) {
      if (values[row] === 1 && (nulls === undefined || nulls[row] === 0)) rows[count++] = row
    }
    if (failures !== undefined) {
      for (const [row, reason] of failures) if (row < batch.count) reject(batch, row, reason)
      count = without(rows, count, failures)
    }
    if (count === batch.count) next.push(batch)
    else if (count > 0) next.push(gather.take(batch, rows, count))
  })
}

/** Removes failed rows from a list of `count`; returns how many are left. */
export function without(rows: Int32Array, count: number, failures: ReadonlyMap<number, string>): number {
  let kept = 0
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number
    if (!failures.has(row)) rows[kept++] = row
  }
  return kept
}
