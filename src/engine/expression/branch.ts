/**
 * CASE and COALESCE: for each row, they choose the column that its value comes from; then one pass copies it from there.
 * NULLs and failures come from the chosen column, and from the conditions that were tested for the row.
 */
import { assert } from '../../base/assert.ts'
import type { Batch, BooleanColumn, Column } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'
import { Merge } from './merge.ts'
import { NOWHERE } from './merge-ranges.ts'

type Evaluate = (batch: Batch) => Column

/** CASE: the value of the first branch whose condition is TRUE, or of `otherwise`. */
export function compileCase(
  branches: readonly { readonly when: Evaluate; readonly value: Evaluate }[],
  otherwise: Evaluate,
  type: Type,
): Evaluate {
  assert(branches.length < NOWHERE, 'a CASE has fewer branches than choices have numbers')
  const merge = new Merge(type)
  let choice = new Uint16Array(0)
  return (batch) => {
    const { count } = batch
    if (choice.length < count) choice = new Uint16Array(Math.max(count, 2 * choice.length))
    const failures = new Map<number, string>()
    choice.fill(NOWHERE, 0, count)
    const columns = branches.map(({ when, value }, index) => {
      const condition = when(batch) as BooleanColumn
      for (const [row, reason] of condition.failures ?? []) {
        if (row < count && choice[row] === NOWHERE && !failures.has(row)) failures.set(row, reason)
      }
      takeWhere(condition, choice, index, count)
      return value(batch)
    })
    for (const row of failures.keys()) choice[row] = NOWHERE
    for (let row = 0; row < count; row++) if (choice[row] === NOWHERE) choice[row] = branches.length
    columns.push(otherwise(batch))
    for (const row of failures.keys()) choice[row] = NOWHERE
    return merge.run(columns, choice, count, failures)
  }
}

function takeWhere(condition: BooleanColumn, choice: Uint16Array, index: number, count: number): void {
  const { values, nulls, failures } = condition
  for (let row = 0; row < count; row++) {
    if (choice[row] !== NOWHERE || values[row] !== 1) continue
    if (nulls !== undefined && nulls[row] === 1) continue
    if (failures?.has(row)) continue
    choice[row] = index
  }
}

/** COALESCE: the first value that is not NULL. */
export function compileCoalesce(operands: readonly Evaluate[], type: Type): Evaluate {
  const merge = new Merge(type)
  let choice = new Uint16Array(0)
  return (batch) => {
    const { count } = batch
    if (choice.length < count) choice = new Uint16Array(Math.max(count, 2 * choice.length))
    choice.fill(NOWHERE, 0, count)
    const columns: Column[] = []
    for (const operand of operands) {
      const column = operand(batch)
      const index = columns.push(column) - 1
      const { nulls } = column
      if (nulls === undefined && index === 0) return column
      for (let row = 0; row < count; row++) {
        if (choice[row] === NOWHERE && (nulls === undefined || nulls[row] !== 1)) choice[row] = index
      }
      if (nulls === undefined) break
    }
    return merge.run(columns, choice, count, new Map())
  }
}
