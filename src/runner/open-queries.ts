/** Opens the queries of a pipeline where the last checkpoint left them, and the readers that feed them. */
import type { Clock } from '../base/clock.ts'
import { entryOf } from '../base/entry.ts'
import type { EventTime } from '../base/quantity.ts'
import { type ZoneRules, zoneRules } from '../base/timezone.ts'
import type { Offsets, TopicReader } from '../bus/bus.ts'
import { offsetsOf } from '../bus/fetched.ts'
import type { GraphState, RowReject } from '../engine/graph.ts'
import { openGraph } from '../engine/open-graph.ts'
import { RESULT_DELAY } from '../pipeline/check/queries.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Checkpoint, QueryCheckpoint, StateLayout } from '../topic/checkpoint.ts'
import { openResultTopic, openTally, type ResultTopic, type Tally } from '../topic/result-topic.ts'
import { fingerprintOf, layoutOf } from './fingerprint.ts'
import type { LookupTables } from './lookup-tables.ts'
import { type OpenTopic, type ReadTopic, topicOf } from './open-topics.ts'
import { openQueryReader, type QueryReader, type RunningQuery } from './query-reader.ts'
import { type Marks, openRepeats, putOutUpTo, type Repeats, repeatsPlan } from './repeats.ts'
import { beforeOf, checkReset, type Reset } from './reset.ts'
import { neededFor, openResultClock } from './result-clock.ts'
import { openRowClock } from './row-clock.ts'
import { watchState } from './state-watch.ts'

export type OpenQuery = RunningQuery & {
  readonly checked: CheckedQuery
  readonly result: ResultTopic
  readonly fingerprint: string
  readonly layout: StateLayout
  /** The offsets of its result topic at which its rows begin; before them are rows from before it was reset. */
  readonly began: Offsets
  readonly tally: Tally
  /** Whether the input has ended and the end is about to close all windows. */
  ending: boolean
  /** undefined: none of its rows may be one that was put out before. */
  readonly repeats: Repeats | undefined
}

export type OpenQueries = { readonly queries: readonly OpenQuery[]; readonly readers: readonly QueryReader[] }

export type OpeningQueries = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly checkpoint: Checkpoint
  readonly reset: ReadonlyMap<string, Reset>
  readonly clock: Clock
  /** Says what a person has to hear; absent: nobody does. */
  warn?(message: string): void
  /** Tallies of queries that this run had open before: they go on counting. */
  readonly tallies?: Map<string, Tally>
  /** Topics of another bus, which are only read. */
  readonly history?: ReadonlyMap<string, ReadTopic>
  /** The contents of lookup tables. */
  readonly tables?: LookupTables
  /** Aborted to stop the readers where they are. */
  readonly halt?: AbortSignal
  /** Where rows of a query may be repeated, by its name. */
  marksOf?(query: string): Marks
}

/** Opens the queries and their readers, none of which reads yet. Throws a Failure where the resets do not fit the pipeline. */
export function openQueries(opening: OpeningQueries): OpenQueries {
  const { pipeline, reset } = opening
  checkReset(opening)
  const zone = zoneOf(pipeline)
  const queries: OpenQuery[] = []
  const readers = new Map<string, { readonly read: ReadTopic; readonly offsets: Offsets; queries: OpenQuery[] }>()
  for (const checked of pipeline.queries) {
    const before = beforeOf(checked, opening)
    const query = openQuery(checked, { before, queries }, opening)
    queries.push(query)
    for (const name of checked.reads) {
      const read = topicReadAs(name, opening)
      const made = queries.find((query) => query.name === name)
      const anew = reset.get(checked.name)
      const begins = made?.began ?? (anew === 'earliest' ? {} : read.starts)
      const moved = typeof anew === 'object' ? entryOf(anew.at, name) : undefined
      const offsets =
        entryOf(before?.offsets, name) ??
        (anew === 'latest' ? endsOf(read.topic) : startsOf(read.topic, moved ?? begins))
      const key = `${name} ${JSON.stringify(offsets)}`
      const reader = readers.get(key) ?? { read, offsets, queries: [] }
      reader.queries.push(query)
      readers.set(key, reader)
    }
  }
  return {
    queries,
    readers: [...readers.values()].map(({ read, offsets, queries: reading }) =>
      openQueryReader({
        read,
        queries: reading,
        offsets,
        tables: opening.tables,
        dueOf: (name) => dueOf(name, queries, zone),
        pushed: () => queries.find(({ name }) => name === read.checked.name)?.resultClock?.offer(),
        clock: opening.clock,
        warn: opening.warn ?? (() => undefined),
        halt: opening.halt ?? new AbortController().signal,
      }),
    ),
  }
}

/** The least watermark at which a query has more rows to put out, or a query that reads its rows has. */
function dueOf(name: string, queries: readonly OpenQuery[], zone: ZoneRules | undefined): EventTime {
  const query = queries.find((query) => query.name === name)
  const own = Math.min(query?.graph.due() ?? Infinity, query?.resultClock?.due() ?? Infinity)
  // Where the topic has no delay, its watermark may be at a time at which that of the rows is not yet.
  return Math.min(own, neededFor(dueBehind(name, queries, zone) + RESULT_DELAY, zone))
}

/** The same of all queries that read its rows. */
const dueBehind = (name: string, queries: readonly OpenQuery[], zone: ZoneRules | undefined): EventTime =>
  queries
    .filter(({ checked }) => checked.reads.includes(name))
    .reduce((first, query) => Math.min(first, dueOf(query.name, queries, zone)), Infinity)

const zoneOf = ({ timezone }: CheckedPipeline): ZoneRules | undefined =>
  timezone === 'UTC' ? undefined : zoneRules(timezone)

type Known = {
  readonly before: QueryCheckpoint | undefined
  /** All queries of the pipeline: those opened after this one are added to it. */
  readonly queries: readonly OpenQuery[]
}

function openQuery(checked: CheckedQuery, { before, queries }: Known, opening: OpeningQueries): OpenQuery {
  const { pipeline, topics, reset, clock, tallies } = opening
  const own = topicOf(topics, checked.name)
  const isAnew = before === undefined && reset.has(checked.name)
  const tally = tallies?.get(checked.name) ?? openTally()
  tallies?.set(checked.name, tally)
  const result = openResultTopic(
    own.topic,
    { fields: own.checked.fields, rowKey: checked.query.rowKey, tally },
    { before: before?.emitted ?? (isAnew ? own.ordinals : {}), there: own.ordinals },
    clock,
  )
  const rowClock =
    checked.ticks &&
    openRowClock({
      ticks: checked.ticks,
      fields: own.checked.fields,
      result,
      partitions: own.checked.partitions,
      watermark: (partition) => query.graph.watermark(0, partition),
    })
  const resultClock =
    rowClock ??
    (own.ticks &&
      openResultClock({
        ticks: own.ticks,
        result,
        inWindows: checked.inWindows,
        zone: zoneOf(pipeline),
        due: () => dueBehind(checked.name, queries, zoneOf(pipeline)),
      }))
  const repeats = openRepeatsOf(checked, before, opening)
  const firstDead = topicReadAs(checked.reads[0] ?? checked.name, opening).dead
  if (isAnew) for (const name of checked.reads) topicReadAs(name, opening).dead.anew(checked.name)
  const graph = openGraph(checked.query, pipeline.catalog, {
    session: pipeline.session,
    partitions: (table) => topicReadAs(table, opening).checked.partitions,
    output: {
      emit(rows) {
        const fresh = repeats === undefined ? rows : repeats.without(rows)
        if (fresh !== undefined) result.emit(fresh)
      },
      advance: (partition, watermark) => resultClock?.advance(partition, watermark),
      reject: (reject) => query.rejected(masked(reject, pipeline.mask)),
    },
    ...(before === undefined ? {} : { state: before.state as GraphState }),
  })
  const query: OpenQuery = {
    name: checked.name,
    checked,
    fingerprint: fingerprintOf(checked, pipeline),
    layout: layoutOf(checked, pipeline),
    began: isAnew ? endsOf(own.topic) : (before?.began ?? {}),
    result,
    tally,
    resultClock,
    ending: false,
    repeats,
    // Between two batches only the result of a whole group can be rejected: there is no one record to name.
    rejected: (reject: RowReject) => firstDead.row(checked.name, reject, undefined),
    graph,
    state: watchState(checked.name, graph.held, checked.stateLimit),
  }
  if (before?.ending === true) closeWindows(query, [...topics.values(), ...(opening.history?.values() ?? [])])
  return query
}

/** undefined: the query repeats no rows. */
function openRepeatsOf(
  { name, query, reads, repeats = repeatsPlan(query) }: CheckedQuery,
  before: QueryCheckpoint | undefined,
  opening: OpeningQueries,
): Repeats | undefined {
  const anew = opening.reset.get(name)
  const { partitions } = topicReadAs(reads[0] ?? name, opening).checked
  const moved = before === undefined && typeof anew === 'object' ? anew.outUpTo : undefined
  const hasMarks = repeats?.offset !== undefined
  const nothing = hasMarks ? putOutUpTo(partitions, -Infinity) : undefined
  const state = before?.repeats ?? (moved === undefined ? nothing : putOutUpTo(partitions, moved))
  if (repeats === undefined || state === undefined) return undefined
  return openRepeats(repeats, query.plan.fields, { marks: () => opening.marksOf?.(name) ?? [], state })
}

/** The reason of a failed expression quotes values, which may be those of the statement. */
const masked = (reject: RowReject, mask: CheckedPipeline['mask']): RowReject =>
  reject.kind === 'expression' ? { ...reject, reason: mask(reject.reason) } : reject

const topicReadAs = (name: string, { topics, history }: OpeningQueries): ReadTopic =>
  history?.get(name) ?? topicOf(topics, name)

/** Puts out the rows of all windows that are open, and the dead letters of these topics. */
export function closeWindows(query: OpenQuery, topics: Iterable<Pick<ReadTopic, 'dead'>>): void {
  query.graph.end()
  query.result.flush()
  for (const { dead } of topics) dead.flush()
  query.ending = false
}

/** The first offsets that are kept, or those at which the query that makes the topic began. */
function startsOf(topic: TopicReader, began: Offsets = {}): Offsets {
  return offsetsOf(topic.partitions, (partition) => Math.max(topic.bounds(partition).start, began[partition] ?? 0))
}

const endsOf = (topic: TopicReader): Offsets => offsetsOf(topic.partitions, (partition) => topic.bounds(partition).end)
