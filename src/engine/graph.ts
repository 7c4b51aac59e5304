/**
 * A running query: decoded rows of its tables go in, result rows come out. It is synchronous and deterministic: the same
 * rows in the same partitions give the same result in the same order, however they were cut into batches.
 */
import type { Duration, EventTime } from '../base/quantity.ts'
import type { Batch } from '../record/column.ts'
import type { AlertStanding } from './alert/standing.ts'
import type { Held } from './held.ts'
import type { LookupContent, LookupPlace } from './lookup/content.ts'
import type { WallTime } from './window/time.ts'

/** The record of a row that was read but is not in the result: `origin` is as in `Batch.origin`; -1: merged rows. */
type RejectPlace = { readonly scan: number; readonly partition: number; readonly origin: number }

/** A row for which an expression failed: "CAST of 'x' to INT: …". */
export type FailedRow = RejectPlace & { readonly kind: 'expression'; readonly reason: string }

/** A row that was late for its windows (`late`), or for some of them and counted in the others (`partly_late`). */
export type LateRow = RejectPlace & { readonly kind: 'late' | 'partly_late'; readonly late: Lateness }

/** A row that is not in the result, or not in all of it, and why. It is valid during the call: the next one reuses it. */
export type RowReject = FailedRow | LateRow

/** How late a row is for its windows, or for some of them. */
export type Lateness = {
  /** The watermark of its partition before the row. */
  readonly watermark: EventTime
  /** How much longer the watermark delay would have to be for the row to count: in one window if in none, else in all. */
  readonly lateMs: Duration
  /** The number of windows it missed, the start of the first and the end of the last. */
  readonly windows: number
  readonly from: WallTime
  readonly to: WallTime
  /** The number of later windows, in which it counts. */
  readonly counted: number
}

export type GraphOutput = {
  /** Result rows; the batch is valid during the call. */
  emit(rows: Batch): void
  /** The watermark of a partition of the result, after the rows emitted so far; only in streaming mode. */
  advance?(partition: number, watermark: EventTime): void
  /** A row that was late for its windows, or for some of them, or for which an expression failed. */
  reject(row: RowReject): void
}

export type Graph = {
  /** The scans of the plan, left to right: which table's rows to push, and which of its columns, in that order. */
  readonly scans: readonly {
    readonly table: string
    readonly columns: readonly number[]
    readonly partitions: number
  }[]
  /** The scans in the order in which bounded input is best read: rows of a build side come before those that pass it. */
  readonly order: readonly number[]
  /** The lookup tables that rows are joined with. Each has a content before rows are pushed. */
  readonly tables: readonly string[]
  /** The content of a lookup table for the next rows of a partition of a scan, or for all rows. */
  bring(table: string, content: LookupContent, place?: LookupPlace): void
  /** Takes decoded rows of one partition (`batch.partition`) of one scan. Their `watermark` is computed here. */
  push(scan: number, batch: Batch): void
  /** Says that no more rows of a scan will come; `end` says so of all. */
  finish(scan: number): void
  /**
   * Says that no more rows will come: closes every window and ends every sort. If a graph goes on from a later snapshot,
   * its rows are late for those windows and not for others.
   */
  end(): void
  /** Moves the watermark of a partition up, as a later row would. A watermark that is not ahead changes nothing. */
  tick(scan: number, partition: number, watermark: EventTime): void
  /** The least watermark at which rows that wait are emitted; Infinity if no rows wait. */
  due(): EventTime
  /** The watermark of a partition: of all partitions of a table, the one with the lowest is read next. */
  watermark(scan: number, partition: number): EventTime
  /** How many keys of its alert stand so. */
  alerting(): { readonly firing: number; readonly pending: number }
  /** Up to which instant its alert has come; undefined where it has none, or has seen no time. */
  reached(): EventTime | undefined
  /** At most `most` keys of its alert that are pending or firing; none where it has no alert. */
  standing(most: number): readonly AlertStanding[]
  /** The memory of the state. */
  readonly held: Held
  /** The whole state, a plain value that shares nothing with the graph: numbers, strings, typed arrays, objects. */
  snapshot(): GraphState
}

/** The `OperatorState` of each stateful operator, by its path in the plan: see `state-layout.ts`. */
export type GraphState = { readonly [path: string]: { readonly [key: string]: unknown } }
