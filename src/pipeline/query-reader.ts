/**
 * Reads one topic for all queries that stand at the same offsets in it: a record is decoded once, into the columns that
 * any of them uses, and the rows are pushed into each.
 *
 * The next batch always comes from the partition with the lowest watermark, so that catching up holds no more windows
 * open than following did (rules of time, 5). Between two batches, what the reader and its queries hold is a consistent
 * cut: a checkpoint is taken there.
 */
import { setImmediate } from 'node:timers/promises'
import type { Fetched, Topic } from '../bus/bus.ts'
import { type Cursor, openCursor } from '../bus/cursor.ts'
import type { Graph, RowReject } from '../engine/graph.ts'
import type { Decoder, OpenFormat } from '../format/format.ts'
import type { Batch, Column } from '../record/column.ts'
import type { Offsets } from './checkpoint.ts'
import type { DeadLetters, Undecodable } from './dead-letter.ts'
import type { ResultTopic } from './result-topic.ts'

/** A query at work, as its readers see it. A query over two topics belongs to two readers. */
export type RunningQuery = {
  readonly name: string
  readonly graph: Graph
  readonly result: ResultTopic
  /** Set by the reader while it pushes, so that a rejected row finds its record. */
  rejected: (reject: RowReject) => void
}

export type QueryReader = {
  readonly topic: string
  readonly queries: readonly RunningQuery[]
  /** Resolves when the reader is near the end of its topic, or so far behind that nobody is to wait for it. */
  keepsUp(): Promise<void>
  /** Reads until the topic has ended and everything in it was pushed. */
  run(): Promise<void>
  offsets(): Offsets
}

export type ReaderContext = {
  readonly topic: Topic
  /** The topic's name in SQL. */
  readonly table: string
  readonly format: OpenFormat
  readonly queries: readonly RunningQuery[]
  readonly offsets: ReadonlyMap<number, number>
  readonly dead: DeadLetters
  /** Aborted when nothing more will be appended to the topic. */
  readonly ended: AbortSignal
}

type Consumer = {
  readonly query: RunningQuery
  readonly scan: number
  /** Where the columns that the scan wants are among those decoded. */
  readonly picks: readonly number[]
}

export function openQueryReader(context: ReaderContext): QueryReader {
  const { dead, queries } = context
  const cursor = openCursor(context.topic, context.offsets)
  const { decode, consumers } = openConsumers(context)

  const push = (partition: number, fetched: Fetched) => {
    const rejects: Undecodable[] = []
    const batch = decode(fetched.values, { add: (record, byte, reason) => rejects.push({ record, byte, reason }) })
    dead.undecodable(partition, fetched, rejects)
    for (const { query, scan, picks } of consumers) {
      query.rejected = (reject) => dead.row(query.name, reject, fetched)
      const columns = picks.map((pick) => batch.columns[pick] as Column)
      query.graph.push(scan, { ...batch, columns, partition } satisfies Batch)
      query.result.flush()
    }
    dead.flush()
    fetched.values.lease?.release()
  }

  return {
    topic: context.table,
    queries,
    keepsUp: () => cursor.keepsUp(),
    offsets: () => Object.fromEntries(Array.from({ length: cursor.partitions }, (_, p) => [p, cursor.offset(p)])),
    async run() {
      try {
        for (;;) {
          const partition = lowest(cursor, consumers)
          if (partition === undefined) {
            if (context.ended.aborted) return
            await cursor.waitForMore(context.ended)
            continue
          }
          await cursor.load(partition)
          const fetched = cursor.take(partition)
          if (fetched !== undefined) push(partition, fetched)
          await dead.room()
          for (const query of queries) await query.result.room()
          // Everything above may be settled at once: without a turn of the event loop sockets and timers would starve.
          await setImmediate()
        }
      } finally {
        cursor.close()
      }
    },
  }
}

/** One decoder for all columns that any query scans, and who takes which of them. */
function openConsumers({ queries, table, format }: ReaderContext): { decode: Decoder; consumers: Consumer[] } {
  const scans = queries.flatMap((query) =>
    query.graph.scans.flatMap(({ table: name, columns }, scan) => (name === table ? [{ query, scan, columns }] : [])),
  )
  const wanted = [...new Set(scans.flatMap(({ columns }) => columns))].sort((a, b) => a - b)
  const consumers = scans.map(({ query, scan, columns }) => ({
    query,
    scan,
    picks: columns.map((column) => wanted.indexOf(column)),
  }))
  return { decode: format.decoder(wanted), consumers }
}

/** The partition to read next; undefined where none has anything. */
function lowest(cursor: Cursor, consumers: readonly Consumer[]): number | undefined {
  let best: number | undefined
  let bestWatermark = Number.POSITIVE_INFINITY
  for (let partition = 0; partition < cursor.partitions; partition++) {
    if (!cursor.hasMore(partition)) continue
    let watermark = Number.POSITIVE_INFINITY
    for (const { query, scan } of consumers) watermark = Math.min(watermark, query.graph.watermark(scan, partition))
    if (best === undefined || watermark < bestWatermark) {
      best = partition
      bestWatermark = watermark
    }
  }
  return best
}
