/**
 * A query in batch mode over a bounded span of its topics: the rows whose event time lies in the span, of the records that
 * are there when it starts. Partitions are read one after the other, so the same records always give the same rows.
 */

import { zoneRules } from '../base/timezone.ts'
import type { Bounds, Fetched } from '../bus/bus.ts'
import { Gather } from '../engine/gather.ts'
import { openGraph } from '../engine/open-graph.ts'
import type { Batch, Column, DoubleColumn } from '../record/column.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan.ts'
import type { CheckedTopic } from './checked.ts'
import type { Span } from './span.ts'

const READ_BYTES = 4 << 20

/** A topic of the bus, or of a folder that is only looked into. */
export type ReadTopic = {
  readonly partitions: number
  bounds(partition: number): Bounds
  read(partition: number, offset: number, maxBytes: number): Promise<Fetched | undefined> | Fetched | undefined
}

export type SpanTopic = { readonly checked: CheckedTopic; readonly topic: ReadTopic }

/** The watermarks that late records of one topic met, by partition and offset; -Infinity where a record was not late. */
export type Lateness = { watermark(partition: number, offset: number): number }

export type SpanQuery = {
  readonly query: Query
  readonly catalog: Catalog
  readonly session: Session
  readonly span: Span
  readonly topics: ReadonlyMap<string, SpanTopic>
  /** Records that are to be late as they were in the stream, by the topic's name in SQL. */
  readonly lateness?: ReadonlyMap<string, Lateness>
}

export type SpanOutcome = {
  /** Records read, and rows that were in the span. */
  readonly records: number
  readonly rows: number
  /** Records that the format could not decode, and rows whose expression failed. */
  readonly undecodable: number
  readonly failed: number
  /** Event time that the partition furthest behind has reached, ms; Infinity where there is nothing. */
  readonly reached: number
}

/** `emit` gets the rows of the result; a batch is valid during the call. */
export async function runOverSpan(asked: SpanQuery, emit: (rows: Batch) => void): Promise<SpanOutcome> {
  const { query, catalog, session, topics } = asked
  const outcome = { records: 0, rows: 0, undecodable: 0, failed: 0, reached: Number.POSITIVE_INFINITY }
  const graph = openGraph(query, catalog, {
    session,
    partitions: (table) => topics.get(table)?.topic.partitions ?? 1,
    output: { emit, reject: ({ kind }) => void (kind === 'expression' && outcome.failed++) },
  })
  for (const [scan, { table, columns, partitions }] of graph.scans.entries()) {
    const { checked, topic } = topics.get(table) as SpanTopic
    const pick = openPick(checked, columns, asked)
    for (let partition = 0; partition < partitions; partition++) {
      const { start, end } = topic.bounds(partition)
      let reached = end === start ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      for (let offset = start; offset < end; ) {
        const fetched = await topic.read(partition, offset, READ_BYTES)
        if (fetched === undefined) break
        const picked = pick(fetched, partition)
        graph.push(scan, picked.batch)
        reached = Math.max(reached, picked.reached)
        outcome.records += fetched.values.count
        outcome.undecodable += picked.undecodable
        outcome.rows += picked.batch.count
        offset = fetched.baseOffset + fetched.values.count
      }
      outcome.reached = Math.min(outcome.reached, reached)
    }
  }
  graph.end()
  return outcome
}

type Picked = { readonly batch: Batch; readonly undecodable: number; readonly reached: number }

/** Decodes records and keeps the rows in the span. */
function openPick(
  { name, format, fields, rowtime }: CheckedTopic,
  columns: readonly number[],
  { span, session, lateness }: SpanQuery,
): (fetched: Fetched, partition: number) => Picked {
  if (rowtime === undefined) throw new Error(`internal error: ${name} has no event time`)
  const wanted = [...columns, rowtime]
  const decode = format.decoder(wanted)
  const kept = new Gather(wanted.map((column) => fields[column] as (typeof fields)[number]))
  const zone = zoneRules(session.timezone)
  const onWall = fields[rowtime]?.type.kind === 'TIMESTAMP'
  const since = onWall ? zone.toWall(span.since) : span.since
  const until = onWall ? zone.toWall(span.until) : span.until
  const late = lateness?.get(name)
  let chosen = new Int32Array(0)
  return ({ values, baseOffset }, partition) => {
    let undecodable = 0
    const decoded = { ...decode(values, { add: () => undecodable++ }), partition }
    const { values: times, nulls } = decoded.columns.at(-1) as DoubleColumn
    if (chosen.length < decoded.count) chosen = new Int32Array(decoded.count)
    let count = 0
    let reached = Number.NEGATIVE_INFINITY
    for (let row = 0; row < decoded.count; row++) {
      if (nulls?.[row] === 1) continue
      const time = times[row] as number
      if (time > reached) reached = time
      if (time < since || time >= until) continue
      chosen[count++] = row
    }
    const batch = kept.take(decoded, chosen, count)
    const met = (_: unknown, row: number) =>
      late?.watermark(partition, baseOffset + (batch.origin?.[row] as number)) ?? -Infinity
    const asked: Batch = {
      ...batch,
      columns: batch.columns.slice(0, columns.length) as Column[],
      watermark: late === undefined ? undefined : Float64Array.from({ length: count }, met),
    }
    return { batch: asked, undecodable, reached: onWall ? zone.toInstant(reached) : reached }
  }
}
