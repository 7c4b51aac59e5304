/**
 * One running step of a query. Operators are chained from the result backwards: each is made with the one that takes its
 * rows. They are synchronous; their state is plain values that `snapshot` copies.
 *
 * The input of an operator has partitions, each with its own watermark: `advance` moves it up after the rows pushed so
 * far; in batch mode it is never called. The result of an aggregate is one partition, and none of its rows is late: all
 * rows of a window are pushed before the watermark that closed it is passed on.
 */
import { assert } from '../base/assert.ts'
import type { EventTime } from '../base/quantity.ts'
import type { Batch } from '../record/column.ts'
import type { Lateness, LateRow, RowReject } from './graph.ts'

export type Operator = {
  /** The batch is valid during the call. */
  push(batch: Batch): void
  advance(partition: number, watermark: EventTime): void
  /** No more rows will come, from no partition. */
  end(): void
}

/** An operator that keeps no rows back: watermarks and the end go straight on to the next one. */
export function passing(next: Operator, push: (batch: Batch) => void): Operator {
  return { push, advance: (partition, watermark) => next.advance(partition, watermark), end: () => next.end() }
}

/** Where the rows of one partition of an operator's input were read. */
export type RowSource = {
  readonly scan: number
  readonly partition: number
  /** Whether rows were merged on the way here, so that a row no longer comes from one record. */
  readonly merged: boolean
}

/**
 * Plain values: numbers, strings, typed arrays, bigints, objects and arrays of these. When the form of an operator's state
 * changes, raise its version in `state-layout.ts`.
 */
export type OperatorState = { readonly [key: string]: unknown }

/** Reports a row that is dropped, or that is late for some of its windows. The `Lateness` is valid during the call. */
export type Reject = (batch: Batch, row: number, why: string | Lateness) => void

/** Reports rows to the output of the graph, by the place where they were read. A late row makes no object: floods of them come. */
export function rejecting(sources: readonly RowSource[], reject: (row: RowReject) => void): Reject {
  const late: Writable<LateRow> = {
    scan: 0,
    partition: 0,
    origin: -1,
    kind: 'late',
    late: NOT_LATE,
  }
  return (batch, row, why) => {
    const source = sources[batch.partition]
    assert(source !== undefined, 'a batch is of a partition of the input')
    const { scan, partition, merged } = source
    const origin = merged ? -1 : (batch.origin?.[row] ?? row)
    if (typeof why === 'string') return reject({ scan, partition, origin, kind: 'expression', reason: why })
    late.scan = scan
    late.partition = partition
    late.origin = origin
    late.kind = why.counted === 0 ? 'late' : 'partly_late'
    late.late = why
    reject(late)
  }
}

/** A value that is written over for each row: floods of rows make no objects then. */
export type Writable<T> = { -readonly [key in keyof T]: T[key] }

const NOT_LATE: Lateness = { watermark: -Infinity, lateMs: 0, windows: 0, from: 0, to: 0, counted: 0 }

/** The watermarks of an operator's partitions. The lowest decides which windows are complete. */
export class Watermarks {
  readonly values: Float64Array

  constructor(partitions: number, saved: unknown) {
    this.values = new Float64Array(partitions).fill(-Infinity)
    if (saved === undefined) return
    assert(saved instanceof Float64Array && saved.length === partitions, 'there is a saved watermark of each partition')
    this.values.set(saved)
  }

  /**
   * Moves the watermark of a partition up; returns the lowest of all. A step back is ignored: at the end of the input an
   * aggregate passes on the watermarks of its last windows, and later those of its own partitions, which may be lower.
   */
  advance(partition: number, watermark: EventTime): EventTime {
    const { values } = this
    assert(partition < values.length, 'a watermark is of one of the partitions of its operator')
    if (watermark > (values[partition] as number)) values[partition] = watermark
    return this.lowest
  }

  get lowest(): EventTime {
    let lowest = Infinity
    for (const value of this.values) if (value < lowest) lowest = value
    return lowest
  }
}
