/**
 * What a query means: a tree of operators over typed columns. Made by the planner, run by `engine/`, printed by `explain`.
 * Expressions of a node speak of the columns of its input by index.
 */
import type { Field } from '../../record/type.ts'
import type { Expression } from '../expression/expression.ts'

/** streaming: unbounded, rows can be late. batch: bounded, no row is late, sorting and plain grouping are allowed. */
export type Mode = 'streaming' | 'batch'

export type WindowKind =
  | { readonly kind: 'tumble'; readonly size: number; readonly offset: number }
  | { readonly kind: 'hop'; readonly slide: number; readonly size: number; readonly offset: number }
  | { readonly kind: 'cumulate'; readonly step: number; readonly size: number; readonly offset: number }

export type AggregateName = 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'

export type AggregateCall = {
  readonly function: AggregateName
  readonly distinct: boolean
  /** Index of the input column; undefined for COUNT(*). */
  readonly argument: number | undefined
  /** Index of the BOOLEAN input column of FILTER (WHERE …). */
  readonly filter: number | undefined
  readonly field: Field
}

export type OrderKey = { readonly column: number; readonly descending: boolean; readonly nullsFirst: boolean }

export type Plan =
  /** `columns` are the indexes of the table's columns that are decoded, in order of output; only those the query uses. */
  | {
      readonly kind: 'scan'
      readonly table: string
      readonly columns: readonly number[]
      readonly fields: readonly Field[]
    }
  | { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[]; readonly fields: readonly Field[] }
  | { readonly kind: 'filter'; readonly input: Plan; readonly predicate: Expression; readonly fields: readonly Field[] }
  | {
      readonly kind: 'project'
      readonly input: Plan
      readonly expressions: readonly Expression[]
      readonly fields: readonly Field[]
    }
  /**
   * A window table function: the input's columns, then window_start, window_end (TIMESTAMP) and window_time (type of the
   * time column); one row for each window a row is in. `time` is the index of the time column.
   */
  | {
      readonly kind: 'window'
      readonly input: Plan
      readonly window: WindowKind
      readonly time: number
      readonly fields: readonly Field[]
    }
  /**
   * OutputColumn: the key columns, then the aggregates. `keys` are indexes of input columns. With `windowed`, the keys contain
   * the window_start or window_end that decide when a group is complete, and in streaming mode a row whose window is
   * closed is late. Without (batch mode only), the groups are complete at the end; no keys at all is one group, also of
   * no rows.
   */
  | {
      readonly kind: 'aggregate'
      readonly input: Plan
      readonly keys: readonly number[]
      readonly aggregates: readonly AggregateCall[]
      readonly windowed: boolean
      readonly fields: readonly Field[]
    }
  /**
   * The rows of rank `from`..`to` (from 1) of each partition, by `order` and then, for ties, by the remaining columns
   * ascending as bytes. OutputColumn: the input's columns, then the rank (BIGINT) if `withRank`. `windowed`: the partition
   * columns contain the window's.
   */
  | {
      readonly kind: 'rank'
      readonly input: Plan
      readonly partitionBy: readonly number[]
      readonly order: readonly OrderKey[]
      readonly from: number
      readonly to: number
      readonly withRank: boolean
      readonly windowed: boolean
      readonly fields: readonly Field[]
    }
  /** Batch mode only. `limit` undefined: all. */
  | {
      readonly kind: 'sort'
      readonly input: Plan
      readonly order: readonly OrderKey[]
      readonly offset: number
      readonly limit: number | undefined
      readonly fields: readonly Field[]
    }
  | { readonly kind: 'union'; readonly inputs: readonly Plan[]; readonly fields: readonly Field[] }

/** A whole query, ready to run or to explain. */
export type Query = {
  readonly sql: string
  readonly mode: Mode
  readonly plan: Plan
  /** Columns of the result whose values together name a row (rules of delivery, 4); undefined: topic, partition, offset, ordinal. */
  readonly rowKey: readonly number[] | undefined
  /** Things worth saying though nothing is wrong: an integer division of counts, a column that is never used. */
  readonly warnings: readonly Warning[]
}

export type Warning = {
  readonly message: string
  readonly hint?: string
  readonly range?: { readonly start: number; readonly end: number }
}
