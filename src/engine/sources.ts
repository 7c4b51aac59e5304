/** Where the rows of a node were read, partition by partition. */
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Mode, Plan } from '../sql/plan/plan.ts'
import { isPart } from './join/parts.ts'
import type { RowSource } from './operator.ts'
import { statefulOf } from './state-layout.ts'

type Places = {
  readonly mode: Mode
  partitions(table: string): number
  /** The number of a scan, from left to right. */
  number(scan: Plan): number
}

/** Where the rows of each partition of a node's output were read. */
export function rowSourcesOf(plan: Plan, places: Places): readonly RowSource[] {
  if (isPart(plan)) return []
  if (plan.kind === 'scan') {
    const scan = places.number(plan)
    const partitions = places.partitions(plan.table)
    return Array.from({ length: partitions }, (_, partition) => ({ scan, partition, merged: false }))
  }
  const sources = inputsOf(plan).flatMap((input) => rowSourcesOf(input, places))
  return merges(plan, places.mode) ? [{ scan: sources[0]?.scan ?? -1, partition: 0, merged: true }] : sources
}

/** Whether the rows of a node's output are of one partition, and come from no record. */
function merges(plan: Plan, mode: Mode): boolean {
  if (plan.kind === 'sort') return plan.order.length > 0
  if (plan.kind === 'rank' || plan.kind === 'union') return statefulOf(plan, mode) !== undefined
  return ['aggregate', 'first', 'over', 'values', 'alert', 'join'].includes(plan.kind)
}
