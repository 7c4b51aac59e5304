/**
 * A query in batch mode over a bounded span of its topics: the rows whose event time lies in the span, of the records that
 * are there when it starts. Partitions are read one after the other, so the same records always give the same rows.
 */
import { setImmediate } from 'node:timers/promises'
import type { EventTime, Offset } from '../base/quantity.ts'
import { refuseStopped } from '../base/turns.ts'
import type { Fetched, Space, TopicReader } from '../bus/bus.ts'
import { readKept, sliceFetched, withoutNulls } from '../bus/fetched.ts'
import { refuseBeyond } from '../engine/held.ts'
import { openGraph } from '../engine/open-graph.ts'
import type { KeptRecords } from '../format/format.ts'
import { allTopics, type CheckedPipeline, type CheckedTable, type CheckedTopic } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import type { Batch } from '../record/column.ts'
import type { LookupTables } from '../runner/lookup-tables.ts'
import { openTableChanges } from '../runner/table-changes.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import type { Ticks } from '../topic/tick-log.ts'
import { type EventTimes, NO_TIMES, type TimeRange } from './event-times.ts'
import { inColumn, type LateRecords, openPick, type SpanPick } from './pick.ts'
import { readTable } from './table-rows.ts'

/** Bytes read and worked on in one go, by default; everything else in this thread waits meanwhile. */
const READ_BYTES = 1 << 20
const REFUSED =
  'Let it have more (limits: { state: … } in the pipeline file), or ask for a shorter span, or for fewer groups.'

export type SpanTopic = {
  readonly checked: CheckedTopic
  readonly topic: TopicReader
  /** Of a topic that this process keeps: the event times of its closed stretches are noted. */
  readonly space?: Space | undefined
  /** Given where each row is joined with the versions of lookup tables that the stream joined it with. */
  readonly ticks?: Ticks | undefined
}

/** Opens these topics of a pipeline, of its reports too, as span queries read them. Rejects with the Failure of `open`. */
export async function openSpanTopics<Open extends TopicReader>(
  pipeline: CheckedPipeline,
  names: readonly string[],
  open: (checked: CheckedTopic) => Promise<Open>,
): Promise<ReadonlyMap<string, SpanTopic & { readonly topic: Open }>> {
  const wanted = allTopics(pipeline).filter(({ name }) => names.includes(name))
  const opened = wanted.map(async (checked) => [checked.name, { checked, topic: await open(checked) }] as const)
  return new Map(await Promise.all(opened))
}

export type SpanQuery = {
  /** In batch mode; with `lateness`, it may be in streaming mode, whose joins leave late rows out. */
  readonly query: Query
  readonly catalog: Catalog
  readonly session: Session
  readonly span: Span
  readonly topics: ReadonlyMap<string, SpanTopic>
  /** Tables of stores, by their names in SQL, and the folder that their relative paths start from. */
  readonly tables?: ReadonlyMap<string, CheckedTable>
  readonly folder?: string
  /** The contents of lookup tables. Rows are joined with the newest, but those of topics with `ticks` with the one at their offset. */
  readonly lookups?: LookupTables
  /** Records that must be late again as they were in the stream, by the topic's name in SQL. */
  readonly lateness?: ReadonlyMap<string, LateRecords>
  /** Records that are left out, those for which there is a watermark. */
  readonly without?: ReadonlyMap<string, LateRecords>
  /** Stretches that are known to have nothing of the span are not read. */
  readonly times?: EventTimes
  /** Bytes of memory that its state may take, and what the message beyond them calls it: the report. */
  readonly stateLimit: number
  /** Told how many records were read, again and again. */
  onRead?(records: number): void
  readonly what?: string
  /** The run stops: then it ends between two reads with a Failure ('in-use'). */
  readonly stop?: AbortSignal | undefined
  /** Where others need this thread more: bytes read in one go, and what is called after each. */
  readonly pace?: SpanPace | undefined
}

export type SpanPace = {
  readonly readBytes: number
  /** `records`: those of the read. */
  pause(records: number): Promise<void>
}

export type SpanOutcome = {
  /** Records read, and rows that were in the span. */
  readonly records: number
  readonly rows: number
  /** Rows of the span that were left out. */
  readonly left: number
  /** Records that the format could not decode, and rows whose expression failed. */
  readonly undecodable: number
  readonly failed: number
  /** The greatest event time, as an instant, of the partition furthest behind; Infinity where there are no records. */
  readonly reached: EventTime
}

/**
 * Runs the query to its end. `emit` gets the rows of the result; a batch is valid during the call. Rejects with a Failure
 * where its state is beyond the limit, or of a read.
 */
export async function runOverSpan(asked: SpanQuery, emit: (rows: Batch) => void): Promise<SpanOutcome> {
  const { query, catalog, session, topics } = asked
  const outcome = { records: 0, rows: 0, left: 0, undecodable: 0, failed: 0, reached: Number.POSITIVE_INFINITY }
  const graph = openGraph(query, catalog, {
    session,
    partitions: (table) => topics.get(table)?.topic.partitions ?? 1,
    stamped: asked.lateness !== undefined,
    output: { emit, reject: ({ kind }) => void (kind === 'expression' && outcome.failed++) },
  })
  for (const table of graph.tables) {
    const content = await asked.lookups?.content(table, undefined)
    if (content !== undefined) graph.bring(table, content)
  }
  /** Works on records; what they were picked from. */
  const push = (scan: number, pick: SpanPick, { kept, partition }: Read): TimeRange => {
    const picked = pick.rows(kept, partition)
    graph.push(scan, picked.batch)
    refuseBeyond(asked.stateLimit, graph.held, { what: asked.what ?? 'the report', hint: REFUSED })
    outcome.records += kept.values.count
    outcome.undecodable += picked.undecodable
    outcome.rows += picked.batch.count
    outcome.left += picked.left
    asked.onRead?.(outcome.records)
    return picked
  }
  for (const scan of graph.order) {
    const { table, columns, partitions } = graph.scans[scan] as (typeof graph.scans)[number]
    const stored = asked.tables?.get(table)
    if (stored !== undefined) {
      const pick = openPick(stored, columns, asked)
      await readTable(stored, columns, asked, (kept) => void push(scan, pick, { kept, partition: 0 }))
      graph.finish(scan)
      continue
    }
    const open = topics.get(table) as SpanTopic
    const pick = openPick(open.checked, columns, asked)
    const read = { ...open, ticks: graph.tables.length === 0 ? undefined : open.ticks }
    const changes = openTableChanges({
      consumers: [{ query: { graph }, scan }],
      ticks: read.ticks,
      tables: asked.lookups,
    })
    for (let partition = 0; partition < partitions; partition++) {
      const reached = await readPartition(read, partition, asked, async (kept) => {
        if (read.ticks !== undefined) await changes(partition, kept.baseOffset)
        return push(scan, pick, { kept, partition })
      })
      outcome.reached = Math.min(outcome.reached, pick.instant(reached))
    }
    graph.finish(scan)
  }
  graph.end()
  return outcome
}

type Read = { readonly kept: KeptRecords; readonly partition: number }

/**
 * Hands over the records of a partition, except for stretches that are known to have no record in the span, and notes the
 * times of closed stretches that it has read. Resolves to the greatest event time; Infinity where there are no records.
 */
async function readPartition(
  { checked, topic, space, ticks }: SpanTopic,
  partition: number,
  { times, span, session, stop, pace }: SpanQuery,
  take: (fetched: Fetched) => Promise<TimeRange>,
): Promise<EventTime> {
  const { since, until } = inColumn(span, checked, session)
  const closed = (space?.stretches(partition) ?? []).filter((stretch) => stretch.since === undefined)
  const { start, end } = topic.bounds(partition)
  let reached: EventTime = start === end ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  /** Where the stretch that is being read begins, and the event times read of it. */
  let begin = start
  let seen = NO_TIMES
  const beginAt = (offset: Offset): Offset => {
    begin = offset
    seen = NO_TIMES
    return offset
  }
  for (let offset = start; offset < end; ) {
    refuseStopped(stop)
    const known = offset === begin ? times?.at(checked, partition, offset) : undefined
    if (known !== undefined && !((known.least ?? until) < until && (known.greatest ?? since) >= since)) {
      reached = Math.max(reached, known.greatest ?? reached)
      offset = beginAt(known.end)
      continue
    }
    const fetched = await readKept(topic, partition, offset, pace?.readBytes ?? READ_BYTES)
    if (fetched === undefined) break
    // Where retention has deleted records meanwhile, a stretch begins at the first that are kept.
    if (topic.bounds(partition).start > offset) beginAt(fetched.baseOffset)
    for (const run of withoutNulls(fetched).flatMap((each) => [...cutAtTicks(each, partition, ticks)])) {
      await checked.format.ready?.(run.values, stop)
      const { least, greatest } = await take(run)
      seen = { least: Math.min(seen.least, least), greatest: Math.max(seen.greatest, greatest) }
    }
    reached = Math.max(reached, seen.greatest)
    offset = fetched.next
    const stretch = closed.find((one) => one.start === begin && one.end === offset)
    if (stretch !== undefined) {
      times?.note(checked, partition, stretch, seen)
      beginAt(offset)
    }
    // Reading may never wait for anything: without a turn of the event loop sockets and timers would starve.
    await (pace?.pause(fetched.values.count) ?? setImmediate())
  }
  return reached
}

/** The records in parts, between which ticks lie. */
function* cutAtTicks(run: Fetched, partition: number, ticks: Ticks | undefined): Generator<Fetched> {
  const end = run.baseOffset + run.values.count
  for (let from = run.baseOffset; from < end; ) {
    const to = ticks?.next(partition, from, end) ?? end
    yield from === run.baseOffset && to === end ? run : sliceFetched(run, from - run.baseOffset, to - run.baseOffset)
    from = to
  }
}
