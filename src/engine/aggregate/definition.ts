/**
 * What an aggregate function is: a function that opens accumulators. A new one is a file beside this and one line in
 * `all.ts`.
 *
 * An accumulator keeps its state in lanes and extras of `Entries`, so hot tables, sealed windows, snapshots and partial
 * results of other threads are handled once for all functions. The result must not depend on how rows were divided before
 * they were merged, except for the rounding of doubles, where the division and its order are fixed.
 */
import { assert } from '../../base/assert.ts'
import type { Column } from '../../record/column.ts'
import { isInteger, type Type } from '../../record/type.ts'
import type { AggregateSettings } from '../../sql/plan/aggregate.ts'
import type { Entries } from './entries.ts'

export type Accumulator = {
  /** Initial values of its lanes. */
  readonly initial: readonly number[]
  /** How many extras it has. */
  readonly extras: number
  /** Whether it has a heap, whose lanes are its first three: `function/heap.ts`. */
  readonly hasHeap?: boolean
  /** Whether rows whose argument is NULL belong to entries too. */
  readonly takesNulls?: boolean
  /**
   * Whether the result is the same, to its last bit, in whatever order rows come and partial results are merged. Groups
   * without windows then need not be kept apart for each range of a file.
   */
  readonly anyOrder?: boolean
  /**
   * Adds rows [from, to): row i belongs to entry `entryOf[i]`, or to none where that is negative, as its argument is NULL
   * or FILTER leaves it out. `column` is undefined for COUNT(*).
   */
  accumulate(into: Entries, entryOf: Int32Array, column: Column | undefined, from: number, to: number): void
  /** Adds entries [start, start + count) of `other`: entry start + i belongs to entry `entryOf[i]`. */
  merge(into: Entries, entryOf: Int32Array, other: Entries, start: number, count: number): void
  /** The results of all entries; valid until the entries change. */
  result(entries: Entries): Column
}

export type AccumulatorOptions = {
  /** Type of the argument; BIGINT for COUNT(*), which has none. */
  readonly argument: Type
  readonly result: Type
  /** Index of its first lane, of its first extra, and of its heap if it has one. */
  readonly lane: number
  readonly extra: number
  readonly heap: number
  readonly settings: AggregateSettings | undefined
}

/** An aggregate function. */
export type OpenAccumulator = (options: AccumulatorOptions) => Accumulator

/** A function of numbers, with an accumulator for each kind: whole numbers, DECIMAL, DOUBLE, FLOAT. */
export function ofNumbers(
  integers: OpenAccumulator,
  decimals: OpenAccumulator,
  doubles: OpenAccumulator,
  floats: OpenAccumulator,
): OpenAccumulator {
  return (options) => {
    const { kind } = options.argument
    if (isInteger(options.argument)) return integers(options)
    if (kind === 'DECIMAL') return decimals(options)
    if (kind === 'FLOAT') return floats(options)
    assert(kind === 'DOUBLE', `${kind} is no number`)
    return doubles(options)
  }
}
