/** The answer that changes come to: a new row takes the place of the one with its key, and a deleted one is gone. */
import { type Batch, type Column, type Value, valueAt } from '../../record/column.ts'
import type { Query } from '../../sql/plan/plan.ts'
import type { GraphOutput } from '../graph.ts'

type Values = Value[]

/** Takes the batches of a query's result; `rows` are those that are left, in order of their last change. */
export function openFold({ plan }: Pick<Query, 'plan'>): Pick<GraphOutput, 'emit'> & { rows(): Values[] } {
  const left = new Map<string, Values>()
  let number = 0
  const text = (values: readonly unknown[]) =>
    JSON.stringify(values, (_, value) =>
      typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value,
    )
  return {
    emit(batch: Batch) {
      for (let row = 0; row < batch.count; row++) {
        const values = plan.fields.map(({ type }, column) => valueAt(batch.columns[column] as Column, row, type))
        const key = plan.kind === 'changes' ? text(plan.key.map((column) => values[column])) : String(number++)
        left.delete(key)
        if (batch.deleted?.[row] !== 1) left.set(key, values)
      }
    },
    rows: (): Values[] => [...left.values()],
  }
}
