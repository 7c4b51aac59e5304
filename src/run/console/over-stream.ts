/**
 * Runs a statement over what comes into the topics of a run, as a query of the pipeline would: its rows follow from the records and
 * the ticks of the topics. It writes nothing, commits no place, holds no record back, and ends with the request.
 */

import type { EventTime } from '../../base/quantity.ts'
import { refuseStopped } from '../../base/turns.ts'
import type { Offsets } from '../../bus/bus.ts'
import { firstSince, offsetsOf } from '../../bus/fetched.ts'
import { openGraph } from '../../engine/open-graph.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import type { Batch } from '../../record/column.ts'
import { type OpenTopic, topicOf } from '../../runner/open-topics.ts'
import { openQueryReader, type ReadersLetters, type RunningQuery } from '../../runner/query-reader.ts'
import { watchState } from '../../runner/state-watch.ts'
import { openRowTexts, type RowText } from '../../topic/row-texts.ts'
import type { Parts } from '../parts.ts'
import { rowsIfEnded } from '../served/open-windows.ts'
import type { StreamCounts } from './outcome.ts'
import { type ConsoleStatement, STATEMENT_BYTES } from './statement.ts'

/** Characters of rows that wait to be taken, at which reading waits. */
const MOST_WAITING = 1 << 20

/** The first records that are kept, those to come, or the first that arrived at or after a time, ms since 1970. */
export type StreamStart = 'earliest' | 'latest' | EventTime

export type OpenStream = {
  /** Reads until it is halted, or a topic is closed. Rejects with a Failure of a read, or where the state is beyond its limit. */
  run(): Promise<void>
  /** Takes the rows that were put out since the last call. */
  take(): readonly RowText[]
  /** Another text where there may be other open windows. */
  mark(): string
  /** The rows of the open windows, as if they ended now; empty where there are none, or they hold much. */
  open(): readonly RowText[]
  counts(): StreamCounts
}

type Opening = { readonly parts: Parts; readonly pipeline: CheckedPipeline }

/** Opens a statement in live mode. Rejects with a Failure where the place to begin cannot be found. */
export async function openOverStream(
  { query, topics: names, session }: ConsoleStatement,
  start: StreamStart,
  halt: AbortSignal,
  { parts, pipeline }: Opening,
): Promise<OpenStream> {
  refuseStopped(halt)
  const { topics, context } = parts
  const counts = { records: 0, rows: 0, undecodable: 0, late: 0, failed: 0 }
  const found = openFound(query, halt)
  const graph = openGraph(query, pipeline.catalog, {
    session,
    partitions: (table) => topicOf(topics, table).checked.partitions,
    output: {
      emit(batch) {
        counts.rows += batch.count
        found.add(batch)
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
    result: { flush() {}, room: found.room },
  }
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
    take: found.take,
    open: () => (rowsIfEnded({ query, graph, state }, pipeline, topics) ?? []).flatMap((batch) => found.texts(batch)),
    mark: () => `${counts.records} ${counts.rows} ${graph.held.open().windows}`,
    counts: () => ({ ...counts }),
  }
}

/** The rows that were put out and not taken yet. Where they are many, reading waits. */
function openFound({ plan, rowKey }: ConsoleStatement['query'], halt: AbortSignal) {
  const texts = openRowTexts(plan.fields, rowKey)
  const found: RowText[] = []
  let waiting = 0
  let taken = Promise.withResolvers<void>()
  halt.addEventListener('abort', () => taken.resolve(), { once: true })
  return {
    texts,
    add(batch: Batch) {
      for (const row of texts(batch)) {
        found.push(row)
        waiting += (row.row ?? row.key ?? '').length
      }
    },
    room: () => (waiting > MOST_WAITING && !halt.aborted ? taken.promise : Promise.resolve()),
    take(): readonly RowText[] {
      waiting = 0
      taken.resolve()
      taken = Promise.withResolvers()
      return found.splice(0)
    },
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
