/** Where the rows of each node of a plan are read: in which scan, counted from left to right, and in which partition of it. */
import { assert } from '../base/assert.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Mode, Plan } from '../sql/plan/plan.ts'
import { isPart } from './join/parts.ts'
import type { RowSource } from './operator.ts'
import { statefulOf } from './state-layout.ts'

type Reading = { readonly mode: Mode; partitions(table: string): number }

/** The places of one plan. */
export class RowPlaces {
  readonly #reading: Reading
  readonly #numbers = new Map<Plan, number>()

  constructor(plan: Plan, reading: Reading) {
    this.#reading = reading
    this.#number(plan)
  }

  /** Where the rows of each partition of a node's output were read. */
  sources(plan: Plan): readonly RowSource[] {
    const { mode, partitions } = this.#reading
    if (isPart(plan)) return []
    if (plan.kind === 'scan') {
      const scan = this.#numbers.get(plan)
      assert(scan !== undefined, 'a scan is one of the plan')
      return Array.from({ length: partitions(plan.table) }, (_, partition) => ({ scan, partition, merged: false }))
    }
    const sources = inputsOf(plan).flatMap((input) => this.sources(input))
    return merges(plan, mode) ? [{ scan: sources[0]?.scan ?? -1, partition: 0, merged: true }] : sources
  }

  #number(plan: Plan): void {
    if (isPart(plan)) return
    if (plan.kind === 'scan') this.#numbers.set(plan, this.#numbers.size)
    else for (const input of inputsOf(plan)) this.#number(input)
  }
}

/** Whether the rows of a node's output are of one partition, and come from no record. */
function merges(plan: Plan, mode: Mode): boolean {
  if (plan.kind === 'sort') return plan.order.length > 0
  if (plan.kind === 'rank' || plan.kind === 'union') return statefulOf(plan, mode) !== undefined
  return ['aggregate', 'first', 'over', 'session', 'values', 'changes', 'alert', 'join'].includes(plan.kind)
}
