/**
 * What an aggregate function is: a value with its name and its kernel. A new one is a file beside this and one line in
 * `all.ts`.
 *
 * A kernel keeps its state in lanes and extras of `Entries` (see there), so hot tables, sealed windows, snapshots and
 * partials of other workers are handled once for all aggregates. It must not matter in how many parts rows were
 * accumulated before they were merged, except for the rounding of doubles, where parts and their order are fixed.
 */
import type { Column } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'
import type { Entries } from './entries.ts'

export type AggregateKernel = {
  /** Initial values of its lanes. */
  readonly initial: readonly number[]
  /** How many extras it has. */
  readonly extras: number
  /**
   * Takes rows [from, to) in: row i belongs to entry `slots[i]`, or to none where that is negative. The caller has
   * taken out the rows whose argument is NULL or which FILTER leaves out. `column` is undefined for COUNT(*).
   */
  accumulate(into: Entries, slots: Int32Array, column: Column | undefined, from: number, to: number): void
  /** Takes entries [start, start + count) of `other` in: entry start + i belongs to entry `slots[i]`. */
  merge(into: Entries, slots: Int32Array, other: Entries, start: number, count: number): void
  /** The results of all entries; valid until the entries change. */
  result(entries: Entries): Column
}

export type KernelPlace = {
  /** Type of the argument, as COUNT(*) has none BIGINT. */
  readonly argument: Type
  readonly result: Type
  /** Index of its first lane and of its first extra. */
  readonly lane: number
  readonly extra: number
}

export type AggregateDefinition = {
  readonly name: string
  open(place: KernelPlace): AggregateKernel
}
