/** An OVER node of the plan, in terms of the lanes, extras and columns that carry it out. */
import { assert } from '../../base/assert.ts'
import type { Batch, Column } from '../../record/column.ts'
import { BIGINT } from '../../record/type.ts'
import type { AggregateCall } from '../../sql/plan/aggregate.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import { aggregates } from '../aggregate/all.ts'
import type { Accumulator, OpenAccumulator } from '../aggregate/definition.ts'
import type { Entries, Layout } from '../aggregate/entries.ts'
import { firstInFrame, lastInFrame } from './first-last.ts'

export type OverPlan = Extract<Plan, { kind: 'over' }>

export type OverSpec = {
  readonly plan: OverPlan
  readonly calls: readonly { readonly call: AggregateCall; readonly accumulator: Accumulator }[]
  readonly layout: Layout
  /** Whether the results do not depend on how rows are added up, to the last digit. */
  readonly exact: boolean
}

/** The spec of a node. */
export function overSpec(plan: OverPlan): OverSpec {
  const initial: number[] = []
  let extras = 0
  let exact = true
  const calls = plan.calls.map((call) => {
    const argument = call.argument === undefined ? BIGINT : plan.input.fields[call.argument]?.type
    assert(argument !== undefined, 'the argument of an aggregate is a column of its input')
    const place = { lane: initial.length, extra: extras, heap: 0 }
    const options = { ...place, argument, result: call.field.type, settings: call.settings }
    const accumulator = openFor(call)(options)
    assert(accumulator.hasHeap !== true, 'OVER takes no aggregate that has a heap')
    initial.push(...accumulator.initial)
    extras += accumulator.extras
    const isSum = call.function === 'SUM' || call.function === 'AVG'
    if (/^(?:STDDEV|VAR)/.test(call.function) || (isSum && argument.kind === 'DOUBLE')) exact = false
    return { call, accumulator }
  })
  return { plan, calls, layout: { initial, extras }, exact }
}

function openFor({ function: name }: AggregateCall): OpenAccumulator {
  if (name === 'FIRST_VALUE') return firstInFrame
  return name === 'LAST_VALUE' ? lastInFrame : aggregates[name]
}

/** Adds rows [from, to) of a batch: row i to entry `entryOf[i]`, in each aggregate whose argument is not NULL. */
export function accumulateRows(
  { calls }: OverSpec,
  into: Entries,
  batch: Batch,
  rows: { readonly entryOf: Int32Array; readonly from: number; readonly to: number },
): void {
  const { entryOf, from, to } = rows
  for (const { call, accumulator } of calls) {
    const column: Column | undefined = call.argument === undefined ? undefined : batch.columns[call.argument]
    accumulator.accumulate(
      into,
      column?.nulls === undefined ? entryOf : masked(entryOf, column.nulls, from, to),
      column,
      from,
      to,
    )
  }
}

let mask = new Int32Array(0)

/** The entries without those of rows that are NULL; valid until the next call. */
function masked(entryOf: Int32Array, nulls: Uint8Array, from: number, to: number): Int32Array {
  if (mask.length < to) mask = new Int32Array(Math.max(to, 2 * mask.length))
  for (let row = from; row < to; row++) mask[row] = nulls[row] === 1 ? -1 : (entryOf[row] as number)
  return mask
}

/** The results of all entries, as columns. */
export const resultsOf = ({ calls }: OverSpec, entries: Entries): readonly Column[] =>
  calls.map(({ accumulator }) => accumulator.result(entries))
