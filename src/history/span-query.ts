/**
 * A query in batch mode over a bounded span of its topics: the rows whose event time lies in the span, of the records that
 * are there when it starts. Partitions are read one after the other, so the same records always give the same rows.
 */
import { setImmediate } from 'node:timers/promises'
import { assert } from '../base/assert.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import { zoneRules } from '../base/timezone.ts'
import { refuseStopped } from '../base/turns.ts'
import type { Fetched, Space, TopicReader } from '../bus/bus.ts'
import { readKept, withoutNulls } from '../bus/fetched.ts'
import { refuseBeyond } from '../engine/held.ts'
import { openGraph } from '../engine/open-graph.ts'
import { allTopics, type CheckedPipeline, type CheckedTopic } from '../pipeline/checked.ts'
import type { Span } from '../pipeline/span.ts'
import type { Batch, Column, DoubleColumn } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import { type EventTimes, NO_TIMES, type TimeRange } from './event-times.ts'

/** Bytes read and worked on in one go; everything else in this thread waits meanwhile. */
const READ_BYTES = 1 << 20
const REFUSED =
  'Let it have more (limits: { state: … } in the pipeline file), or ask for a shorter span, or for fewer groups.'

export type SpanTopic = {
  readonly checked: CheckedTopic
  readonly topic: TopicReader
  /** Of a topic that this process keeps: the event times of its closed stretches are noted. */
  readonly space?: Space | undefined
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

/** The watermarks that late records of one topic met, by partition and offset; -Infinity where a record was not late. */
export type LateRecords = (partition: number, offset: Offset) => EventTime

export type SpanQuery = {
  readonly query: Query
  readonly catalog: Catalog
  readonly session: Session
  readonly span: Span
  readonly topics: ReadonlyMap<string, SpanTopic>
  /** Records that must be late again as they were in the stream, by the topic's name in SQL. */
  readonly lateness?: ReadonlyMap<string, LateRecords>
  /** Stretches that are known to have nothing of the span are not read. */
  readonly times?: EventTimes
  /** Bytes of memory that its state may take. */
  readonly stateLimit: number
  /** The run stops: then it ends between two reads with a Failure ('in-use'). */
  readonly stop?: AbortSignal | undefined
}

export type SpanOutcome = {
  /** Records read, and rows that were in the span. */
  readonly records: number
  readonly rows: number
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
  const outcome = { records: 0, rows: 0, undecodable: 0, failed: 0, reached: Number.POSITIVE_INFINITY }
  const graph = openGraph(query, catalog, {
    session,
    partitions: (table) => topics.get(table)?.topic.partitions ?? 1,
    output: { emit, reject: ({ kind }) => void (kind === 'expression' && outcome.failed++) },
  })
  for (const [scan, { table, columns, partitions }] of graph.scans.entries()) {
    const open = topics.get(table) as SpanTopic
    const pick = openPick(open.checked, columns, asked)
    for (let partition = 0; partition < partitions; partition++) {
      const reached = await readPartition(open, partition, asked, (fetched) => {
        const picked = pick.rows(fetched, partition)
        graph.push(scan, picked.batch)
        refuseBeyond(asked.stateLimit, graph.held, { what: 'the report', hint: REFUSED })
        outcome.records += fetched.values.count
        outcome.undecodable += picked.undecodable
        outcome.rows += picked.batch.count
        return picked
      })
      outcome.reached = Math.min(outcome.reached, pick.instant(reached))
    }
  }
  graph.end()
  return outcome
}

/**
 * Hands over the records of a partition, except for stretches that are known to have no record in the span, and notes the
 * times of closed stretches that it has read. Resolves to the greatest event time; Infinity where there are no records.
 */
async function readPartition(
  { checked, topic, space }: SpanTopic,
  partition: number,
  { times, span, session, stop }: SpanQuery,
  take: (fetched: Fetched) => TimeRange,
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
    const fetched = await readKept(topic, partition, offset, READ_BYTES)
    if (fetched === undefined) break
    // Where retention has deleted records meanwhile, a stretch begins at the first that are kept.
    if (topic.bounds(partition).start > offset) beginAt(fetched.baseOffset)
    for (const run of withoutNulls(fetched)) {
      const { least, greatest } = take(run)
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
    await setImmediate()
  }
  return reached
}

/** The span in the values of the event-time column: wall time for TIMESTAMP, instants otherwise. */
function inColumn({ since, until }: Span, { fields, rowtime }: CheckedTopic, { timezone }: Session): Span {
  if (rowtime === undefined || fields[rowtime]?.type.kind !== 'TIMESTAMP') return { since, until }
  const zone = zoneRules(timezone)
  return { since: zone.toWall(since), until: zone.toWall(until) }
}

/** Decodes records and keeps the rows in the span. */
function openPick(checked: CheckedTopic, columns: readonly number[], { span, session, lateness }: SpanQuery) {
  const { name, format, fields, rowtime } = checked
  assert(rowtime !== undefined, `${name} has event time`)
  const wanted = [...columns, rowtime]
  const decode = format.decoder(wanted)
  const kept = new Gather(wanted.map((column) => fields[column] as (typeof fields)[number]))
  const zone = zoneRules(session.timezone)
  const { since, until } = inColumn(span, checked, session)
  const late = lateness?.get(name)
  let chosen = new Int32Array(0)
  return {
    /** The instant that a value of the event-time column means. */
    instant: (time: EventTime): EventTime =>
      fields[rowtime]?.type.kind === 'TIMESTAMP' && Number.isFinite(time) ? zone.toInstant(time) : time,
    /** `least` and `greatest` are the times of all records, in the span or not. */
    rows(fetched: Fetched, partition: number) {
      const { baseOffset } = fetched
      let undecodable = 0
      const decoded = { ...decode(fetched, partition, { add: () => undecodable++ }), partition }
      const { values: times, nulls } = decoded.columns.at(-1) as DoubleColumn
      if (chosen.length < decoded.count) chosen = new Int32Array(decoded.count)
      let count = 0
      let least = Number.POSITIVE_INFINITY
      let greatest = Number.NEGATIVE_INFINITY
      for (let row = 0; row < decoded.count; row++) {
        if (nulls?.[row] === 1) continue
        const time = times[row] as number
        if (time < least) least = time
        if (time > greatest) greatest = time
        if (time < since || time >= until) continue
        chosen[count++] = row
      }
      const batch = kept.take(decoded, chosen, count)
      const met = (_: unknown, row: number) =>
        late?.(partition, baseOffset + (batch.origin?.[row] as number)) ?? -Infinity
      const asked: Batch = {
        ...batch,
        columns: batch.columns.slice(0, columns.length) as Column[],
        watermark: late === undefined ? undefined : Float64Array.from({ length: count }, met),
      }
      return { batch: asked, undecodable, least, greatest }
    },
  }
}
