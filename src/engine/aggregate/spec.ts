/** What an aggregate node of the plan asks for, in the terms of the tables that do it. */
import { assert } from '../../base/assert.ts'
import { BIGINT, type Type } from '../../record/type.ts'
import type { AggregateCall, Plan } from '../../sql/plan/plan.ts'
import type { WindowReading } from '../window/row-windows.ts'
import { aggregates } from './all.ts'
import type { AggregateKernel } from './definition.ts'
import type { Layout } from './entries.ts'

export type AggregatePlan = Extract<Plan, { kind: 'aggregate' }>

export type BoundAggregate = {
  readonly call: AggregateCall
  readonly kernel: AggregateKernel
  /** Index of the kernel's first lane and of its first extra. */
  readonly lane: number
  readonly extra: number
  /** For DISTINCT: which of the tables of distinct values has those of this one, and their type. */
  readonly distinct: { readonly table: number; readonly type: Type } | undefined
}

export type OutputPart =
  | { readonly kind: 'window'; readonly role: 'start' | 'end' | 'time' }
  | { readonly kind: 'key'; readonly index: number }
  | { readonly kind: 'aggregate'; readonly index: number }

export type AggregateSpec = {
  /** Undefined: there are no windows, and all groups are complete at the end. */
  readonly reading: WindowReading | undefined
  /** Input columns that are keys and do not belong to the window. */
  readonly keys: readonly number[]
  readonly keyTypes: readonly Type[]
  readonly aggregates: readonly BoundAggregate[]
  readonly layout: Layout
  readonly distinctTables: number
  readonly output: readonly OutputPart[]
}

export function aggregateSpec(plan: AggregatePlan, reading: WindowReading | undefined): AggregateSpec {
  const { fields } = plan.input
  const initial: number[] = []
  let extras = 0
  let distinctTables = 0
  const bound = plan.aggregates.map((call): BoundAggregate => {
    const type = call.argument === undefined ? BIGINT : fields[call.argument]?.type
    assert(type !== undefined, 'the argument of an aggregate is a column of its input')
    const place = { argument: type, result: call.field.type, lane: initial.length, extra: extras }
    const kernel = aggregates[call.function].open(place)
    initial.push(...kernel.initial)
    extras += kernel.extras
    // The least of the distinct values is the least of all.
    const distinct = call.distinct && call.function !== 'MIN' && call.function !== 'MAX'
    return {
      call,
      kernel,
      lane: place.lane,
      extra: place.extra,
      distinct: distinct ? { table: distinctTables++, type } : undefined,
    }
  })
  const keys: number[] = []
  const output = plan.keys.map((key): OutputPart => {
    const role = reading === undefined ? undefined : fields[key]?.window
    if (role !== undefined) return { kind: 'window', role }
    return { kind: 'key', index: keys.push(key) - 1 }
  })
  return {
    reading,
    keys,
    keyTypes: keys.map((key) => fields[key]?.type as Type),
    aggregates: bound,
    layout: { initial, extras },
    distinctTables,
    output: [...output, ...bound.map((_, index): OutputPart => ({ kind: 'aggregate', index }))],
  }
}
