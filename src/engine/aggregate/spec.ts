/** An aggregate node of the plan, in terms of the lanes, extras and columns that carry it out. */
import { assert } from '../../base/assert.ts'
import { BIGINT, type Type } from '../../record/type.ts'
import type { AggregateCall } from '../../sql/plan/aggregate.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import type { WindowReading } from '../window/row-windows.ts'
import { aggregates } from './all.ts'
import type { Accumulator } from './definition.ts'
import type { Layout } from './entries.ts'

export type AggregatePlan = Extract<Plan, { kind: 'aggregate' }>

export type BoundAggregate = {
  readonly call: AggregateCall
  readonly accumulator: Accumulator
  /** Index of the accumulator's first lane and of its first extra. */
  readonly lane: number
  readonly extra: number
  /** For DISTINCT: which of the stores of distinct values it uses, and the type of the values. */
  readonly distinct: { readonly table: number; readonly type: Type } | undefined
}

export type OutputColumn =
  | { readonly kind: 'window'; readonly role: 'start' | 'end' | 'time' }
  | { readonly kind: 'key'; readonly index: number }
  | { readonly kind: 'aggregate'; readonly index: number }

export type AggregateSpec = {
  /** Undefined without windows: all groups are complete at the end. */
  readonly reading: WindowReading | undefined
  /** The key columns of the input, without those of the window. */
  readonly keys: readonly number[]
  readonly keyTypes: readonly Type[]
  readonly aggregates: readonly BoundAggregate[]
  readonly layout: Layout
  readonly distinctTables: number
  readonly output: readonly OutputColumn[]
}

/** The spec of an aggregate node; `reading` says how the window of a row is read. */
export function aggregateSpec(plan: AggregatePlan, reading: WindowReading | undefined): AggregateSpec {
  const { fields } = plan.input
  const initial: number[] = []
  let extras = 0
  const heaps: number[] = []
  let distinctTables = 0
  const bound = plan.aggregates.map((call): BoundAggregate => {
    const type = call.argument === undefined ? BIGINT : fields[call.argument]?.type
    assert(type !== undefined, 'the argument of an aggregate is a column of its input')
    const place = { lane: initial.length, extra: extras, heap: heaps.length }
    const options = { ...place, argument: type, result: call.field.type, settings: call.settings }
    const accumulator = aggregates[call.function](options)
    if (accumulator.hasHeap === true) heaps.push(place.lane)
    initial.push(...accumulator.initial)
    extras += accumulator.extras
    // The least of the distinct values is the least of all values.
    const distinct = call.distinct && call.function !== 'MIN' && call.function !== 'MAX'
    return {
      call,
      accumulator,
      lane: options.lane,
      extra: options.extra,
      distinct: distinct ? { table: distinctTables++, type } : undefined,
    }
  })
  const keys: number[] = []
  const output = plan.keys.map((key): OutputColumn => {
    const role = reading === undefined ? undefined : fields[key]?.window
    if (role !== undefined) return { kind: 'window', role }
    return { kind: 'key', index: keys.push(key) - 1 }
  })
  return {
    reading,
    keys,
    keyTypes: keys.map((key) => fields[key]?.type as Type),
    aggregates: bound,
    layout: heaps.length === 0 ? { initial, extras } : { initial, extras, heaps },
    distinctTables,
    output: [...output, ...bound.map((_, index): OutputColumn => ({ kind: 'aggregate', index }))],
  }
}
