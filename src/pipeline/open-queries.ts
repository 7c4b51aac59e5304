/** Opens the queries of a pipeline where the last checkpoint left them, and the readers that feed them. */
import { createHash } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { type ZoneRules, zoneRules } from '../base/timezone.ts'
import type { Topic } from '../bus/bus.ts'
import type { GraphState, RowReject } from '../engine/graph.ts'
import { openGraph } from '../engine/open-graph.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from './checked.ts'
import type { Checkpoint, Offsets, QueryCheckpoint } from './checkpoint.ts'
import type { DeadLetters } from './dead-letter.ts'
import { openQueryReader, type QueryReader, type RunningQuery } from './query-reader.ts'
import { neededFor, openResultClock } from './result-clock.ts'
import { openResultTopic } from './result-topic.ts'
import type { TickLog } from './tick-log.ts'

/** A topic of the pipeline, open. */
export type OpenTopic = {
  readonly checked: CheckedTopic
  readonly topic: Topic
  readonly dead: DeadLetters
  /** Of a topic whose clock can move without records. */
  readonly ticks: TickLog | undefined
  /** Aborted when nothing more will be appended in this run. */
  readonly ended: AbortController
}

/** From where a query that lost its state goes on: the first records that are kept, or those to come. */
export type Reset = 'earliest' | 'latest'

export type OpenQuery = RunningQuery & {
  readonly checked: CheckedQuery
  readonly fingerprint: string
  /** Whether the input has ended and the end is about to close all windows. */
  ending: boolean
}

export type OpenQueries = { readonly queries: readonly OpenQuery[]; readonly readers: readonly QueryReader[] }

type Opening = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly checkpoint: Checkpoint
  readonly reset: ReadonlyMap<string, Reset>
  readonly clock: Clock
}

export function openQueries(opening: Opening): OpenQueries {
  const { pipeline, topics, checkpoint, reset } = opening
  const queries: OpenQuery[] = []
  const readers = new Map<string, { readonly topic: OpenTopic; readonly offsets: Offsets; queries: OpenQuery[] }>()
  for (const checked of pipeline.queries) {
    const fingerprint = fingerprintOf(checked, topics, pipeline)
    const before = reset.has(checked.name) ? undefined : checkpoint.queries[checked.name]
    if (before !== undefined && before.fingerprint !== fingerprint) throw changed(checked.name)
    const query = openQuery(checked, { fingerprint, before, queries }, opening)
    queries.push(query)
    for (const name of checked.reads) {
      const topic = topicOf(topics, name)
      const offsets = before?.offsets[name] ?? startOffsets(topic.topic, reset.get(checked.name) ?? 'earliest')
      const key = `${name} ${JSON.stringify(offsets)}`
      const reader = readers.get(key) ?? { topic, offsets, queries: [] }
      reader.queries.push(query)
      readers.set(key, reader)
    }
  }
  return {
    queries,
    readers: [...readers.values()].map(({ topic, offsets, queries: reading }) =>
      openQueryReader({
        topic: topic.topic,
        table: topic.checked.name,
        format: topic.checked.format,
        queries: reading,
        offsets: new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset])),
        dead: topic.dead,
        ticks: topic.ticks,
        dueOf: (name) => dueOf(name, queries, zoneOf(pipeline)),
        pushed: () => queries.find(({ name }) => name === topic.checked.name)?.resultClock?.offer(),
        ended: topic.ended.signal,
      }),
    ),
  }
}

/** The watermark at which a query has more rows to put out, or one that reads them has. */
function dueOf(name: string, queries: readonly OpenQuery[], zone: ZoneRules | undefined): number {
  const own = queries.find((query) => query.name === name)?.graph.due() ?? Infinity
  return Math.min(own, neededFor(dueBehind(name, queries, zone), zone))
}

/** The same of all queries that read its rows. */
const dueBehind = (name: string, queries: readonly OpenQuery[], zone: ZoneRules | undefined): number =>
  queries
    .filter(({ checked }) => checked.reads.includes(name))
    .reduce((first, query) => Math.min(first, dueOf(query.name, queries, zone)), Infinity)

const zoneOf = ({ timezone }: CheckedPipeline): ZoneRules | undefined =>
  timezone === 'UTC' ? undefined : zoneRules(timezone)

type Known = {
  readonly fingerprint: string
  readonly before: QueryCheckpoint | undefined
  /** All queries, also those that are opened later. */
  readonly queries: readonly OpenQuery[]
}

function openQuery(
  checked: CheckedQuery,
  { fingerprint, before, queries }: Known,
  { pipeline, topics, reset, clock }: Opening,
): OpenQuery {
  const own = topicOf(topics, checked.name)
  const emittedBefore = before?.emitted ?? (reset.has(checked.name) ? startOffsets(own.topic, 'latest') : {})
  const result = openResultTopic(
    own.topic,
    { fields: own.checked.fields, rowKey: checked.query.rowKey },
    emittedBefore,
    clock,
  )
  const resultClock =
    own.ticks &&
    openResultClock({
      ticks: own.ticks,
      result,
      inWindows: checked.inWindows,
      zone: zoneOf(pipeline),
      due: () => dueBehind(checked.name, queries, zoneOf(pipeline)),
    })
  const firstDead = topicOf(topics, checked.reads[0] ?? checked.name).dead
  const query: OpenQuery = {
    name: checked.name,
    checked,
    fingerprint,
    result,
    resultClock,
    ending: false,
    // Between two batches nothing can be rejected but what was counted together.
    rejected: (reject: RowReject) => firstDead.row(checked.name, reject, undefined),
    graph: openGraph(checked.query, pipeline.catalog, {
      session: pipeline.session,
      partitions: (table) => topicOf(topics, table).checked.partitions,
      output: {
        emit: (rows) => result.emit(rows),
        advance: (partition, watermark) => resultClock?.advance(partition, watermark),
        reject: (reject) => query.rejected(reject),
      },
      ...(before === undefined ? {} : { state: before.state as GraphState }),
    }),
  }
  if (before?.ending === true) closeWindows(query, topics)
  return query
}

/** Puts out the rows of all windows that are open. */
export function closeWindows(query: OpenQuery, topics: ReadonlyMap<string, OpenTopic>): void {
  query.graph.end()
  query.result.flush()
  for (const { dead } of topics.values()) dead.flush()
  query.ending = false
}

export function topicOf(topics: ReadonlyMap<string, OpenTopic>, name: string): OpenTopic {
  const topic = topics.get(name)
  if (topic === undefined) throw new Error(`internal error: topic ${name} was not opened`)
  return topic
}

function startOffsets(topic: Topic, at: Reset): Offsets {
  return Object.fromEntries(
    Array.from({ length: topic.partitions }, (_, partition) => {
      const { start, end } = topic.bounds(partition)
      return [partition, at === 'latest' ? end : start]
    }),
  )
}

/** What the state of a query depends on: if any of it changes, old state would be read as something that it is not. */
function fingerprintOf(
  { query, reads }: CheckedQuery,
  topics: ReadonlyMap<string, OpenTopic>,
  { timezone }: CheckedPipeline,
): string {
  const tables = reads.map((name) => {
    const { fingerprint, partitions } = topicOf(topics, name).checked
    return [name, fingerprint, partitions]
  })
  return createHash('sha256')
    .update(JSON.stringify([query.sql, timezone, tables]))
    .digest('hex')
    .slice(0, 32)
}

function changed(name: string): Failure {
  return new Failure(
    'pipeline',
    `query "${name}", or the format or watermark of what it reads, is not what it was at the last run`,
    {
      hint: [
        'What it has counted so far belongs to the old one. Start it anew with one of:',
        `--reset ${name}=earliest   from the first record that is kept`,
        `--reset ${name}=latest     from the records to come`,
      ].join('\n'),
    },
  )
}
