/** Counts of the dead letters of a run, and what a person needs to know of its late rows and of records from the future. */
import type { Duration, Offset } from '../base/quantity.ts'
import type { LateRow } from '../engine/graph.ts'
import type { DeadLetterKind } from './letter.ts'

/** The late rows of a query in this run. */
export type LateTally = {
  /** Rows that it has read, late or not. */
  read: number
  /** Those that were late for all their windows, and those that were late for some. */
  rows: number
  partly: number
  greatestMs: Duration
  /** The start of the first window that one of them missed, and the end of the last, on the clock of the windows. */
  from: number
  to: number
}

/** The records from the future, and the last of them. */
export type FutureTally = {
  readonly records: number
  readonly last: { readonly partition: number; readonly offset: Offset; readonly reason: string } | undefined
}

export type DeadTally = {
  reported(kind: DeadLetterKind): void
  read(query: string, rows: number): void
  late(query: string, row: LateRow): void
  future(partition: number, offset: Offset, reason: string): void
  count(kind: DeadLetterKind): number
  lateOf(query: string): Readonly<LateTally>
  futureOf(): FutureTally
}

const NOT_LATE: Readonly<LateTally> = { read: 0, rows: 0, partly: 0, greatestMs: 0, from: Infinity, to: -Infinity }

/** The late rows of a query, over all topics that it reads. */
export function lateOfAll(tallies: readonly DeadTally[], query: string): LateTally {
  const all = { ...NOT_LATE }
  for (const tally of tallies) {
    const { read, rows, partly, greatestMs, from, to } = tally.lateOf(query)
    all.read += read
    all.rows += rows
    all.partly += partly
    all.greatestMs = Math.max(all.greatestMs, greatestMs)
    all.from = Math.min(all.from, from)
    all.to = Math.max(all.to, to)
  }
  return all
}

/** Counts nothing yet. */
export function openDeadTally(): DeadTally {
  const counts: { [kind in DeadLetterKind]?: number } = {}
  const late = new Map<string, LateTally>()
  let last: FutureTally['last']
  const add = (kind: DeadLetterKind) => {
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  const of = (query: string): LateTally => {
    let tally = late.get(query)
    if (tally === undefined) {
      tally = { ...NOT_LATE }
      late.set(query, tally)
    }
    return tally
  }
  return {
    reported: add,
    read(query, rows) {
      of(query).read += rows
    },
    late(query, { kind, late: { lateMs, from, to } }) {
      add(kind)
      const tally = of(query)
      if (kind === 'late') tally.rows++
      else tally.partly++
      if (lateMs > tally.greatestMs) tally.greatestMs = lateMs
      if (from < tally.from) tally.from = from
      if (to > tally.to) tally.to = to
    },
    future(partition, offset, reason) {
      last = { partition, offset, reason }
    },
    count: (kind) => counts[kind] ?? 0,
    lateOf: (query) => late.get(query) ?? NOT_LATE,
    futureOf: () => ({ records: counts.future ?? 0, last }),
  }
}
