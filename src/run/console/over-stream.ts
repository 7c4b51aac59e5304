/**
 * Runs a statement over what comes into the topics of a run, as a query of the pipeline would: its rows follow from the records and
 * the ticks of the topics. It writes nothing, commits no place, holds no record back, and is gone with whoever asked.
 */

import type { EventTime } from '../../base/quantity.ts'
import { refuseStopped } from '../../base/turns.ts'
import type { Offsets } from '../../bus/bus.ts'
import { firstSince, offsetsOf } from '../../bus/fetched.ts'
import { openGraph } from '../../engine/open-graph.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import { type OpenTopic, topicOf } from '../../runner/open-topics.ts'
import { openQueryReader, type ReadersLetters, type RunningQuery } from '../../runner/query-reader.ts'
import { watchState } from '../../runner/state-watch.ts'
import type { Parts } from '../parts.ts'
import { rowsIfEnded } from '../signs-of-life.ts'
import { type RowText, rowTexts } from './rows.ts'
import { STATEMENT_BYTES, type Statement } from './statement.ts'

/** Characters of rows that wait to be taken, at which reading waits. */
const MOST_WAITING = 1 << 20

/** The first records that are kept, those to come, or the first that arrived at or after a time, ms since 1970. */
export type StreamStart = 'earliest' | 'latest' | EventTime

export type StreamCounts = {
  readonly records: number
  readonly rows: number
  readonly undecodable: number
  readonly late: number
  readonly failed: number
}

export type OpenStream = {
  /** Reads until it is halted, or a topic is closed. Rejects with a Failure of a read, or where the state is beyond its limit. */
  run(): Promise<void>
  /** Takes the rows that were put out since the last call. */
  take(): readonly RowText[]
  /** The rows of the open windows, as if they ended now; empty where there are none, or they hold much. */
  open(): readonly RowText[]
  counts(): StreamCounts
}

type Opening = { readonly parts: Parts; readonly pipeline: CheckedPipeline }

/** Opens a statement in live mode. Rejects with a Failure where the place to begin cannot be found. */
export async function openOverStream(
  { query, topics: names, session }: Statement,
  start: StreamStart,
  halt: AbortSignal,
  { parts, pipeline }: Opening,
): Promise<OpenStream> {
  refuseStopped(halt)
  const { topics, context } = parts
  const counts = { records: 0, rows: 0, undecodable: 0, late: 0, failed: 0 }
  const texts = rowTexts(query.plan.fields, query.rowKey)
  const found: RowText[] = []
  let waiting = 0
  let room = Promise.withResolvers<void>()
  const graph = openGraph(query, pipeline.catalog, {
    session,
    partitions: (table) => topicOf(topics, table).checked.partitions,
    output: {
      emit(batch) {
        const rows = texts(batch)
        counts.rows += rows.length
        for (const row of rows) {
          found.push(row)
          waiting += (row.row ?? row.key ?? '').length
        }
      },
      reject: ({ kind }) => void (kind === 'expression' ? counts.failed++ : counts.late++),
    },
  })
  const state = watchState('statement', graph.held, Math.min(STATEMENT_BYTES, pipeline.limits.state))
  const running: RunningQuery = {
    name: 'statement',
    graph,
    state,
    resultClock: undefined,
    rejected() {},
    result: {
      flush() {},
      room: () => (waiting > MOST_WAITING && !halt.aborted ? room.promise : Promise.resolve()),
    },
  }
  halt.addEventListener('abort', () => room.resolve(), { once: true })
  const readers = await Promise.all(
    names.map(async (name) => {
      const open = topicOf(topics, name)
      const { checked, topic, ticks, ended } = open
      return openQueryReader({
        read: { checked, topic, ticks, ended, dead: lettersIn(counts) },
        queries: [running],
        offsets: await startOf(open, start),
        tables: parts.lookups.tables,
        dueOf: () => graph.due(),
        pushed() {},
        clock: context.clock,
        warn() {},
        halt,
      })
    }),
  )
  return {
    async run() {
      await Promise.all(readers.map((reader) => reader.run()))
    },
    take() {
      const rows = found.splice(0)
      waiting = 0
      room.resolve()
      room = Promise.withResolvers()
      return rows
    },
    open: () => (rowsIfEnded({ query, graph, state }, pipeline, topics) ?? []).flatMap((batch) => texts(batch)),
    counts: () => ({ ...counts }),
  }
}

/** Where dead letters would be written, they are counted: the pipeline's own queries have written them. */
const lettersIn = (counts: { records: number; undecodable: number }): ReadersLetters => ({
  undecodable(_partition, _fetched, rejects) {
    counts.undecodable += rejects.length
  },
  row() {},
  flush() {},
  room: () => Promise.resolve(),
  tally: {
    usable() {},
    read(_query, rows) {
      counts.records += rows
    },
  },
})

async function startOf({ topic }: OpenTopic, start: StreamStart): Promise<Offsets> {
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition)
  const offsets = await Promise.all(
    partitions.map((partition) => {
      const { start: first, end } = topic.bounds(partition)
      if (start === 'earliest') return first
      return start === 'latest' ? end : firstSince(topic, partition, start)
    }),
  )
  return offsetsOf(topic.partitions, (partition) => offsets[partition] ?? 0)
}
