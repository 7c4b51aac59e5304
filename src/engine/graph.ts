/**
 * A query, running: decoded rows of its tables go in, result rows come out. Synchronous and deterministic: the same rows
 * in the same partitions give the same result in the same order, however they were cut into batches.
 */
import type { Batch } from '../record/column.ts'
import type { Held } from './held.ts'

/** Why a row is not in the result though it was read. `origin` is the row's record, as in `Batch.origin`. */
export type RowReject = {
  readonly scan: number
  readonly partition: number
  readonly origin: number
  /** `partly_late`: late for some of its windows, and counted in the others. */
  readonly kind: 'late' | 'partly_late' | 'expression'
  /** "CAST of 'x' to INT: …", "4.2 s late: the watermark was …". */
  readonly reason: string
  readonly late?: Lateness
}

/** What a row that is late for its windows, or some of them, came after. */
export type Lateness = {
  /** The watermark of its partition before it. */
  readonly watermark: number
  /** How much longer the watermark's delay must be, ms, for the row to count in all windows; where it counts in none, in one. */
  readonly lateMs: number
  /** How many windows it missed, and the start of the first and the end of the last, on the wall clock of the windows. */
  readonly windows: number
  readonly from: number
  readonly to: number
  /** How many later windows it counts in. */
  readonly counted: number
}

export type GraphOutput = {
  /** Result rows; the batch is valid during the call. */
  emit(rows: Batch): void
  /** The watermark of a partition of the result, after the rows emitted so far; only in streaming mode. */
  advance?(partition: number, watermark: number): void
  /** A row that was late for its windows, or some of them, or whose expression failed. */
  reject(row: RowReject): void
}

export type Graph = {
  /** The scans of the plan, left to right, each with the table's columns that its rows have, in that order. */
  readonly scans: readonly {
    readonly table: string
    readonly columns: readonly number[]
    readonly partitions: number
  }[]
  /** Rows of one partition (`batch.partition`) of one scan, as decoded: `watermark` is computed here. */
  push(scan: number, batch: Batch): void
  /**
   * No more rows will come: closes every window and ends every sort. If a graph that goes on from the snapshot gets more
   * after all, they are late for those windows and for no others.
   */
  end(): void
  /** Moves the watermark of a partition up, as a row of a later time would, without a row. Never back. */
  tick(scan: number, partition: number, watermark: number): void
  /** The least watermark that puts out rows that wait; Infinity where none wait. */
  due(): number
  /** The watermark of a partition. A reader of all partitions of a table takes the one with the lowest first. */
  watermark(scan: number, partition: number): number
  /** The memory and the groups that the state takes. */
  readonly held: Held
  /** All state as a plain value that shares nothing with the graph. */
  snapshot(): GraphState
}

/** The `OperatorState` of each stateful operator, by its path in the plan: see `state-layout.ts`. */
export type GraphState = { readonly [path: string]: { readonly [key: string]: unknown } }
