/**
 * The plan of a query: a tree of operators over typed columns. The planner makes it, `engine/` runs it, `explain` prints
 * it. Expressions of a node name the columns of its input by index.
 */
import type { Duration } from '../../base/quantity.ts'
import type { Field } from '../../record/type.ts'
import type { Template } from '../../template/template.ts'
import type { Expression } from '../expression/expression.ts'
import type { TextRange } from '../syntax/ast.ts'
import type { AggregateCall } from './aggregate.ts'
import type { Severity } from './alert-words.ts'
import type { ChangeStep } from './change-step.ts'

/** streaming: unbounded, rows can be late. batch: bounded, no row is late, sorting and plain grouping are allowed. */
export type Mode = 'streaming' | 'batch'

/** `offset` shifts all windows from the epoch. */
export type WindowKind =
  | { readonly kind: 'tumble'; readonly size: Duration; readonly offset: Duration }
  | { readonly kind: 'hop'; readonly slide: Duration; readonly size: Duration; readonly offset: Duration }
  | { readonly kind: 'cumulate'; readonly step: Duration; readonly size: Duration; readonly offset: Duration }

/**
 * The rows around a row over which something is computed, as distances from it, below 0 before it: in rows (`rows`), or in ms
 * or units of the ordered column (`range`), where rows with equal values come together. Infinite: without a bound.
 */
export type RowFrame = { readonly unit: 'rows' | 'range'; readonly from: number; readonly to: number }

/** What OVER computes of a row's place among the rows of its partition, whatever the frame. */
export type RowFunction = { readonly field: Field } & (
  | { readonly function: 'ROW_NUMBER' | 'RANK' | 'DENSE_RANK' | 'PERCENT_RANK' | 'CUME_DIST' }
  | { readonly function: 'NTILE'; readonly buckets: number }
  /** Column `argument` of the row that is `offset` rows before or behind; without it, whether there is such a row (BOOLEAN). */
  | { readonly function: 'LAG' | 'LEAD'; readonly argument: number | undefined; readonly offset: number }
)

export type OrderKey = { readonly column: number; readonly descending: boolean; readonly nullsFirst: boolean }

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'

/** A column of left and one of right, of the same type. */
export type JoinKey = { readonly left: number; readonly right: number }

/** What makes the pairs of a stream complete. Columns are of left and of right, each counted from 0. */
export type JoinTime =
  /** Both rows are of the same window; its start and its end are among the keys too. */
  | { readonly kind: 'window'; readonly start: JoinKey; readonly end: JoinKey }
  /** The time of the right row is in [from, to], ms after that of the left row. */
  | { readonly kind: 'interval'; readonly on: JoinKey; readonly from: Duration; readonly to: Duration }

/**
 * `single`: no two rows of right may share the keys, or the query fails: a sub-query that is a value. `not-in`: of an anti join whose
 * last key is that of NOT IN, rows of which it is not known whether there is a pair are left out too: those whose own key is
 * NULL, unless there is no row at right with the keys before it, and those for which there is a row with a NULL.
 */
export type JoinDemand = 'single' | 'not-in'

/** Where the event time of a row is read. `isZoned`: it is an instant; else a wall clock in the pipeline's time zone. */
export type AlertTime =
  /** Rows of windows in order: a row is known when its window ends. `window`: what made the windows, if that is known. */
  | {
      readonly kind: 'window'
      readonly role: 'start' | 'end' | 'time'
      readonly column: number
      readonly window: WindowKind | undefined
      readonly isZoned: boolean
    }
  /** Rows in any order, within the watermark delay. */
  | { readonly kind: 'rowtime'; readonly column: number; readonly isZoned: boolean }

/** What an alert watches for. Columns are indexes into the rows of the query, conditions into those of the plan below. */
export type AlertRule = {
  readonly pipeline: string
  readonly name: string
  readonly severity: Severity
  readonly message: Template
  /** Columns of the row: there is one alert for each combination of their values. */
  readonly key: readonly number[]
  readonly time: AlertTime
  /** The number of columns of the query's rows, which come first. */
  readonly width: number
  readonly watches:
    | {
        readonly kind: 'when'
        readonly when: number
        /** Without it, an alert is resolved where `when` is not true. */
        readonly clear: number | undefined
        /** Rows for which this is not true say nothing. */
        readonly enough: number | undefined
        readonly forMs: Duration
        /** A key without rows for this time is in no trouble any more; undefined: it stays as it is. */
        readonly quietMs: Duration | undefined
      }
    | { readonly kind: 'absent'; readonly absentMs: Duration }
  readonly remindMs: Duration | undefined
  /** The most keys that are kept at once. */
  readonly limit: number
}

/** What a node gives: the columns of its rows. */
type WithFields = { readonly fields: readonly Field[] }

export type Plan = WithFields &
  (
    | { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] }
    /** `columns`: indexes of the table's columns that are decoded, in order of output; `clock`: of the event time, for its watermark. */
    | { readonly kind: 'scan'; readonly table: string; readonly columns: readonly number[]; readonly clock?: number }
    | { readonly kind: 'filter'; readonly input: Plan; readonly predicate: Expression }
    | { readonly kind: 'project'; readonly input: Plan; readonly expressions: readonly Expression[] }
    /**
     * A window table function: one row for each window that a row is in. Output: the input's columns, then window_start and
     * window_end (TIMESTAMP) and window_time (type of the time column). `time` is the index of the time column.
     */
    | { readonly kind: 'window'; readonly input: Plan; readonly window: WindowKind; readonly time: number }
    /**
     * SESSION: the rows with the same values of `partitionBy` that follow each other by `gap` or less are in one window, from the
     * first to `gap` after the last. Output as of `window`, when the session is over. In streaming mode a row is late whose session
     * would be one that is closed.
     */
    | {
        readonly kind: 'session'
        readonly input: Plan
        readonly gap: Duration
        readonly partitionBy: readonly number[]
        readonly time: number
      }
    /**
     * A row for each item of column `list`, an ARRAY or a MAP. Output: the input's columns `kept`, then `parts` of the item: the
     * element, or each field of one that is a ROW, or key and value; behind these comes its place, from 1 on (INT). `outer`: a
     * row without items gives one, of NULLs. An element that is NULL in place of a ROW gives none, unless its place is asked for
     * (`numbered`).
     */
    | {
        readonly kind: 'unnest'
        readonly input: Plan
        readonly list: number
        readonly kept: readonly number[]
        readonly parts: readonly number[]
        readonly numbered: boolean
        readonly outer: boolean
      }
    /**
     * Each row with the rows of the lookup table `table`, as it is at the row's offset, whose columns `on` equal the row's columns
     * `keys`, one by one; NULL equals nothing. Output: the input's columns, then `columns` of the table. `outer`: a row that finds
     * none gives one, of NULLs; a row found counts only where `condition`, over the output, is TRUE. `unique`: none finds two.
     */
    | {
        readonly kind: 'lookup'
        readonly input: Plan
        readonly table: string
        readonly keys: readonly number[]
        readonly on: readonly { readonly column: number; readonly field: Field }[]
        readonly columns: readonly number[]
        readonly condition: Expression | undefined
        readonly outer: boolean
        readonly unique: boolean
      }
    /**
     * Pairs of a row of `left` and one of `right` whose columns `keys` are equal, one by one (NULL equals nothing), and for which
     * `condition`, over left's columns and then right's, is TRUE. Output: left's columns, then right's; of `semi` and `anti`,
     * which choose the rows of left with a pair and without one, left's alone. `left`, `right` and `full` give a row of that side
     * without a pair once, with NULLs. `time`: see `JoinTime`; undefined in batch mode.
     */
    | {
        readonly kind: 'join'
        readonly join: JoinKind
        readonly left: Plan
        readonly right: Plan
        readonly keys: readonly JoinKey[]
        readonly condition: Expression | undefined
        readonly time: JoinTime | undefined
        /** More than that a pair is there: see `JoinDemand`. */
        readonly demand: JoinDemand | undefined
      }
    /**
     * Each row once for each of `sets` grouping sets. Output: the input's columns `kept`; the columns `copied`, which are NULL in a
     * set for which `present` does not say that it has them; and a BIGINT for each of `marks`, which has its value in each set.
     */
    | {
        readonly kind: 'expand'
        readonly input: Plan
        readonly sets: number
        readonly kept: readonly number[]
        readonly copied: readonly number[]
        readonly present: readonly (readonly boolean[])[]
        readonly marks: readonly (readonly number[])[]
      }
    /**
     * Output: the key columns, then the aggregates. `keys` are indexes of input columns. With `windowed`, the keys contain
     * window_start and window_end, a group is complete when its window closes, and in streaming mode a row whose window is
     * closed is late. Without (batch mode only), the groups are complete at the end. No keys make one group, also of no
     * rows.
     */
    | {
        readonly kind: 'aggregate'
        readonly input: Plan
        readonly keys: readonly number[]
        readonly aggregates: readonly AggregateCall[]
        readonly windowed: boolean
      }
    /**
     * The rows of rank `from` to `to`, both inclusive and counted from 1, of each partition, by `order` and then, for ties,
     * by the remaining columns ascending as bytes. Output: the input's columns, then the rank (BIGINT) if `withRank`.
     * `windowed`: the partition columns contain window_start and window_end. `keyed`: the key of the input's rows, which change.
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
        readonly keyed?: readonly number[]
      }
    /**
     * Of each key, the columns `partitionBy`, the row whose event time, the column `time`, is least; with `ttl`, after that also the
     * first row whose time is `ttl` or more after it, and so on. Output: the input's columns.
     */
    | {
        readonly kind: 'first'
        readonly input: Plan
        readonly partitionBy: readonly number[]
        readonly time: number
        readonly ttl: Duration | undefined
      }
    /**
     * Aggregates over the frame of each row, among the rows with the same values of `partitionBy`, in the given order; of rows that
     * are equal in it, in the order of partition and offset. Output: the input's columns, then the aggregates, then the functions.
     * In streaming mode the order is the event time, the frame ends at the row, and the functions are ROW_NUMBER, over rows, or LAG,
     * which under `range` gives peers what it gives the last of them; with `ttl`, a row that is as much after the one before it in
     * its partition has none before it.
     */
    | {
        readonly kind: 'over'
        readonly input: Plan
        readonly partitionBy: readonly number[]
        readonly order: readonly OrderKey[]
        readonly frame: RowFrame
        readonly calls: readonly AggregateCall[]
        readonly functions: readonly RowFunction[]
        readonly ttl: Duration | undefined
      }
    /** Batch mode only: the rows in order, without the first `offset`, and at most `limit` of them. */
    | {
        readonly kind: 'sort'
        readonly input: Plan
        readonly order: readonly OrderKey[]
        readonly offset: number
        readonly limit: number | undefined
      }
    | { readonly kind: 'union'; readonly inputs: readonly Plan[] }
    /**
     * Streaming mode only, and only on top: an answer that changes. At the end of each step come the rows of the input that are not
     * as they were put out last, known by `key`. `settled`: none is replaced or deleted. `ttl`: what had no row for it is forgotten.
     */
    | {
        readonly kind: 'changes'
        readonly input: Plan
        readonly every: ChangeStep
        readonly key: readonly number[]
        readonly settled: boolean
        readonly ttl: Duration | undefined
      }
    /** Streaming mode only, and only on top: one row each time that an alert fires or is resolved. Output: see `alertFields`. */
    | { readonly kind: 'alert'; readonly input: Plan; readonly alert: AlertRule }
  )

/** Plan nodes of one kind. */
export type PlanOf<Kind extends Plan['kind']> = Extract<Plan, { kind: Kind }>

/** A whole query, ready to run or to explain. */
export type Query = {
  readonly sql: string
  readonly mode: Mode
  readonly plan: Plan
  /** Columns of the result whose values together name a row (rules of delivery, 4); undefined: topic, partition, offset, ordinal. */
  readonly rowKey: readonly number[] | undefined
  /** The row key in parts, each with the columns of which any one is enough: either end of a window. */
  readonly rowKeyParts: readonly (readonly number[])[] | undefined
  /** Probable mistakes in a valid query: an integer division of counts, a row key that is not selected. */
  readonly warnings: readonly Warning[]
  /** How long the first row of a key counts as its first, ms of event time, as the pipeline says; Infinity: it says for ever. */
  readonly ttl?: Duration
  /** Of an answer that changes: what to write instead where every row must be final, a statement or words. */
  readonly instead?: string
  /** The views that the text reads, and those that they read, each once, by name; absent where there is none. */
  readonly views?: readonly ViewText[]
  /** What is watched for over the rows of `sql`; the plan has it on top. */
  readonly alert?: AlertRule
}

export type ViewText = { readonly name: string; readonly sql: string }

export type Warning = { readonly message: string; readonly hint?: string; readonly range?: TextRange }
