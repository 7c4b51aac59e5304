/** The summary that a run prints at its end, and the look at one that goes on. */
import type { Clock } from '../base/clock.ts'
import { type DeadTally, lateOfAll } from '../topic/dead-tally.ts'
import type { Latency } from '../topic/latency.ts'
import type { DeadLetterKind } from '../topic/letter.ts'
import type { Parts } from './parts.ts'
import type { RunLook } from './run-options.ts'
import type { TopicWriter } from './topic-writer.ts'

export type RunSummary = {
  /** Lines that sources brought in this run. */
  readonly lines: number
  /** Rows by query, and rows delivered by sink. */
  readonly rows: { readonly [query: string]: number }
  /** By query, from the arrival of a record, or from a tick, to the durable rows that it made complete. */
  readonly latency: { readonly [query: string]: Latency }
  /** By query: the most memory that its open windows have taken since it was opened, and their limit. */
  readonly state: { readonly [query: string]: { readonly mostBytes: number; readonly limitBytes: number } }
  readonly delivered: { readonly [sink: string]: number }
  readonly dead: { readonly [kind in DeadLetterKind]: number }
  /** Records that were refused by rules of topics, by the name of the rule. */
  readonly rules: { readonly [rule: string]: number }
  /** Rows that were late for all their windows, by query. */
  readonly late: { readonly [query: string]: number }
  /** Records that were deleted at a limit before every query and sink had read them. */
  readonly dropped: number
  readonly elapsedMs: number
  /** The part of it before the first line came. */
  readonly waitedMs: number
}

/** The counts of a run until now; `began` by `clock.elapsed`. */
export function summaryOf(parts: Parts, began: number): RunSummary {
  const { context, topics, writers } = parts
  const isShown = shownIn(parts)
  const tallies = new Map([...parts.tallies].filter(([name]) => isShown(name)))
  const queries = (parts.queries?.queries ?? []).filter(({ name }) => isShown(name))
  const sum = <T>(all: Iterable<T>, count: (one: T) => number) => [...all].reduce((total, one) => total + count(one), 0)
  const letterTallies = [...topics.values()].map(({ dead }) => dead.tally)
  const letters = (kind: DeadLetterKind) => sum(letterTallies, (tally) => tally.count(kind))
  const late = (query: string) => lateOfAll(letterTallies, query).rows
  const delivered = new Map(parts.delivered)
  for (const { name, loop } of parts.sinks.all()) delivered.set(name, (delivered.get(name) ?? 0) + loop.rows())
  return {
    lines: linesOf(writers),
    rows: Object.fromEntries([...tallies].map(([name, { rows }]) => [name, rows])),
    latency: Object.fromEntries([...tallies].map(([name, { latency }]) => [name, latency.summary()])),
    state: Object.fromEntries(
      queries.map(({ name, state }) => [name, { mostBytes: state.bytes().most, limitBytes: state.limit }]),
    ),
    late: Object.fromEntries([...tallies.keys()].map((name) => [name, late(name)])),
    delivered: Object.fromEntries(delivered),
    dead: {
      format: letters('format'),
      future: letters('future'),
      rule: letters('rule'),
      late: letters('late'),
      partly_late: letters('partly_late'),
      expression: letters('expression'),
      sink: letters('sink'),
    },
    rules: rulesOf(letterTallies),
    dropped: droppedIn(parts),
    ...timesOf(writers, began, context.clock),
  }
}

/** Whether a query is one of the file: what is decoded for Flink is no result. */
function shownIn({ pipeline }: Parts): (query: string) => boolean {
  const { onFlink } = pipeline ?? {}
  if (pipeline === undefined || onFlink === undefined) return () => true
  const asked = new Set(onFlink.queries.map(({ name }) => name))
  const decodes = new Set(pipeline.queries.flatMap(({ name }) => (asked.has(name) ? [] : [name])))
  return (query) => !decodes.has(query)
}

/** The counts of all topics; rules of several topics that have one name are counted together. */
function rulesOf(tallies: readonly DeadTally[]): RunSummary['rules'] {
  const counts = new Map<string, number>()
  for (const [rule, count] of tallies.flatMap((tally) => Object.entries(tally.rules()))) {
    counts.set(rule, (counts.get(rule) ?? 0) + count)
  }
  return Object.fromEntries(counts)
}

/** The state of the run at this moment. */
export function lookAt({ queries, tallies, writers }: Parts): RunLook {
  return {
    lines: linesOf(writers),
    latency: Object.fromEntries([...tallies].map(([name, { latency }]) => [name, latency.recent()])),
    state: Object.fromEntries((queries?.queries ?? []).map(({ name, state }) => [name, state.bytes().now])),
  }
}

/** Records deleted before every query and sink had read them: at our own limits, or by a shared bus. */
export const droppedIn = ({ upkeep, topics }: Parts): number =>
  upkeep.dropped() + [...topics.values()].reduce((sum, { deleted }) => sum + deleted(), 0)

const linesOf = (writers: ReadonlyMap<string, TopicWriter>): number =>
  [...writers.values()].reduce((sum, writer) => sum + writer.lines(), 0)

/** A run without a line has not waited for one. */
function timesOf(writers: ReadonlyMap<string, TopicWriter>, began: number, clock: Clock) {
  const firstAt = Math.min(...[...writers.values()].map((writer) => writer.firstAt() ?? Number.POSITIVE_INFINITY))
  return { elapsedMs: clock.elapsed() - began, waitedMs: Number.isFinite(firstAt) ? firstAt - began : 0 }
}
