/** Counts of the dead letters of a run, and what a person needs to know of its late rows and of records from the future. */
import type { Duration, Offset } from '../base/quantity.ts'
import type { LateRow } from '../engine/graph.ts'
import { DEAD_LETTER_KINDS, type DeadLetterKind } from './letter.ts'

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

/** The rows of a query for which an expression failed, and why the first did. */
export type FailedTally = { readonly rows: number; readonly first: string | undefined }

export type DeadTally = {
  /** `rule`: the name of that which a record does not meet. */
  reported(kind: DeadLetterKind, reason: string, rule?: string): void
  failed(query: string, reason: string): void
  read(query: string, rows: number): void
  /** Rows that a query or a sink could read of the records of the topic. */
  usable(rows: number): void
  late(query: string, row: LateRow): void
  future(partition: number, offset: Offset, reason: string): void
  count(kind: DeadLetterKind): number
  /** Rows that were read of the topic, by each of its readers. */
  usableRows(): number
  /** Of every kind. */
  counts(): { readonly [kind in DeadLetterKind]: number }
  /** Why the first letter of the kind was written. */
  firstReason(kind: DeadLetterKind): string | undefined
  failedOf(query: string): FailedTally
  lateOf(query: string): Readonly<LateTally>
  futureOf(): FutureTally
  /** Records by the rule that they do not meet. */
  rules(): { readonly [rule: string]: number }
}

const NOT_FAILED: FailedTally = { rows: 0, first: undefined }
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
  const first: { [kind in DeadLetterKind]?: string } = {}
  const failed = new Map<string, { rows: number; readonly first: string }>()
  const late = new Map<string, LateTally>()
  const rules = new Map<string, number>()
  let last: FutureTally['last']
  let usable = 0
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
    reported(kind, reason, rule) {
      add(kind)
      if (rule !== undefined) rules.set(rule, (rules.get(rule) ?? 0) + 1)
      first[kind] ??= reason
    },
    failed(query, reason) {
      add('expression')
      const tally = failed.get(query)
      if (tally === undefined) failed.set(query, { rows: 1, first: reason })
      else tally.rows++
    },
    read(query, rows) {
      of(query).read += rows
    },
    usable(rows) {
      usable += rows
    },
    usableRows: () => usable,
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
    rules: () => Object.fromEntries(rules),
    count: (kind) => counts[kind] ?? 0,
    counts: () =>
      Object.fromEntries(DEAD_LETTER_KINDS.map((kind) => [kind, counts[kind] ?? 0])) as ReturnType<DeadTally['counts']>,
    firstReason: (kind) => first[kind],
    failedOf: (query) => failed.get(query) ?? NOT_FAILED,
    lateOf: (query) => late.get(query) ?? NOT_LATE,
    futureOf: () => ({ records: counts.future ?? 0, last }),
  }
}
