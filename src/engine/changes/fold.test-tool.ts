/** The answer that changes come to: a new row takes the place of the one with its key, and a deleted one is gone. */
import type { Batch, Value } from '../../record/column.ts'
import type { Query } from '../../sql/plan/plan.ts'
import type { GraphOutput } from '../graph.ts'
import { rowsOf } from '../naive.test-tool.ts'

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
      rowsOf(batch).forEach((values, row) => {
        const key = plan.kind === 'changes' ? text(plan.key.map((column) => values[column])) : String(number++)
        left.delete(key)
        if (batch.deleted?.[row] !== 1) left.set(key, values)
      })
    },
    rows: (): Values[] => [...left.values()],
  }
}
