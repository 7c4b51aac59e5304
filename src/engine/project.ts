/** Computes columns. A row for which one of them cannot be computed is rejected, once, and dropped. */
import type { Batch, Column } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Field } from '../record/type.ts'
import type { Evaluate } from './expression/expression.ts'
import { without } from './filter.ts'
import { type Operator, passing, type Reject } from './operator.ts'

/** Opens a projection to these fields. */
export function openProject(
  expressions: readonly Evaluate[],
  fields: readonly Field[],
  next: Operator,
  reject: Reject,
): Operator {
  const gather = new Gather(fields)
  return passing(next, (batch) => {
    const columns = expressions.map((evaluate) => evaluate(batch))
    const failures = failuresOf(columns, batch.count)
    const computed: Batch = { ...batch, columns }
    if (failures.size === 0) return next.push(computed)
    for (const [row, reason] of failures) reject(batch, row, reason)
    const rows = Int32Array.from({ length: batch.count }, (_, row) => row)
    const count = without(rows, batch.count, failures)
    if (count > 0) next.push(gather.take(computed, rows, count))
  })
}

/** The first failure of each row, in order of row. */
function failuresOf(columns: readonly Column[], count: number): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  for (const { failures } of columns) {
    for (const [row, reason] of failures ?? []) if (row < count && !found.has(row)) found.set(row, reason)
  }
  return found.size < 2 ? found : new Map([...found].sort(([a], [b]) => a - b))
}
