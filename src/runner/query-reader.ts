/**
 * Reads one topic for all queries that are at the same offsets in it: a record is decoded once, into the columns that any
 * of them uses, and the rows are pushed into each.
 *
 * The next batch always comes from the partition with the lowest watermark, so that catching up holds no more windows
 * open than following did (rules of time, 5). Between two batches, the reader's offsets and the state of its queries are a
 * consistent cut: a checkpoint is taken there.
 */
import { setImmediate } from 'node:timers/promises'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import type { Cursor, Fetched, Offsets } from '../bus/bus.ts'
import { offsetsOf, sliceFetched, withoutNulls } from '../bus/fetched.ts'
import type { Graph, RowReject } from '../engine/graph.ts'
import type { Batch, Column } from '../record/column.ts'
import type { Undecoded } from '../sink/delivery/delivery.ts'
import type { DeadLetters } from '../topic/dead-letter.ts'
import { readyFor } from '../topic/ready-for.ts'
import type { ResultTopic } from '../topic/result-topic.ts'
import { openAheadMeter, type WatermarkAhead } from './ahead-meter.ts'
import type { LookupTables } from './lookup-tables.ts'
import type { ReadTopic } from './open-topics.ts'
import { openReaderAlarm } from './reader-alarm.ts'
import type { ResultClock } from './result-clock.ts'
import type { StateWatch } from './state-watch.ts'
import { openTableChanges } from './table-changes.ts'
import { openTickTest } from './tick-test.ts'

/** A query at work, as its readers see it. A query over two topics belongs to two readers. */
export type RunningQuery = {
  readonly name: string
  readonly graph: Graph
  readonly result: Pick<ResultTopic, 'flush' | 'room'>
  readonly state: StateWatch
  /** Tells the queries that read its rows how far its clock has come; undefined where no query reads them. */
  readonly resultClock: ResultClock | undefined
  /** Set by the reader while it pushes, so that a rejected row finds its record. */
  rejected: (reject: RowReject) => void
}

export type QueryReader = {
  readonly topic: string
  readonly queries: readonly RunningQuery[]
  /** Resolves when the reader is near the end of its topic, or so far behind that appenders do not wait for it. */
  keepsUp(): Promise<void>
  /**
   * Reads until the topic has ended and everything in it was pushed, or until it is halted. Rejects with the first failure
   * of a read, of an append of rows, letters or ticks, or of a query's state limit.
   */
  run(): Promise<void>
  /** Lets go of what the reader holds, also where it never ran. */
  close(): void
  /** The offset of the next record of a partition, or of the gap before it. */
  offset(partition: number): Offset
  /** The offset behind the records of a partition that it has taken to work on. */
  taken(partition: number): Offset
  /** The same of every partition; never asked for while a batch is pushed. */
  offsets(): Offsets
  /** The greatest watermark that any of the queries has seen of the partition. */
  watermark(partition: number): EventTime
  /** How far the watermark of a partition was ahead of the arrival of its records, at most; undefined: it never was. */
  ahead(): WatermarkAhead | undefined
  /** Whether a query would put out rows if the watermark of this partition, and of all others, were at least this. */
  isHeldUp(partition: number, watermark: EventTime): boolean
}

/** Where a reader tells what could not be used. */
export type ReadersLetters = Pick<DeadLetters, 'undecodable' | 'row' | 'flush' | 'room'> & {
  readonly tally: Pick<DeadLetters['tally'], 'usable' | 'read'>
}

export type ReaderContext = {
  readonly read: Pick<ReadTopic, 'checked' | 'topic' | 'ticks' | 'ended'> & { readonly dead: ReadersLetters }
  readonly queries: readonly RunningQuery[]
  readonly offsets: Offsets
  /** The least watermark at which a query, or one that reads its rows, puts out more. */
  dueOf(query: string): EventTime
  /** The contents of lookup tables. */
  readonly tables?: LookupTables | undefined
  /** Called after each push: the query that makes the topic's rows may have a tick to write. */
  pushed(): void
  readonly clock: Clock
  warn(message: string): void
  /** Aborted when the reader is to stop where it is, between two batches. */
  readonly halt: AbortSignal
}

/** Opens a reader at the offsets of the context. It holds what its cursor holds until `run` has ended, or `close`. */
export function openQueryReader(context: ReaderContext): QueryReader {
  const { queries, halt } = context
  const { checked, topic, ticks, ended } = context.read
  const cursor = topic.cursor(context.offsets)
  const next = Array.from({ length: cursor.partitions }, (_, partition) => cursor.offset(partition))
  const { consumers, isWithin, ahead, tick, room, goTo } = openSteps(context, next)
  const turns = openTurns(cursor, consumers)

  /** Takes the next records of a partition, or passes the gap before them. */
  const step = async (partition: number) => {
    await cursor.load(partition)
    // A tick on its way to the disk lies before the next records.
    while (ticks?.isPending() === true) await ticks.settled()
    tick(partition)
    const fetched = cursor.take(partition)
    if (fetched === undefined) {
      await goTo(partition, cursor.offset(partition))
      return
    }
    for (const run of withoutNulls(fetched)) if (!(await goTo(partition, run.next, run))) break
    fetched.values.lease?.release()
  }

  return {
    topic: checked.name,
    queries,
    keepsUp: () => cursor.keepsUp(),
    offset: (partition) => next[partition] as Offset,
    taken: (partition) => cursor.offset(partition),
    offsets() {
      assert(!isWithin(), 'a checkpoint is taken between two batches')
      return offsetsOf(next.length, (partition) => next[partition] as Offset)
    },
    watermark: turns.watermark,
    ahead,
    isHeldUp: (partition, watermark) =>
      consumers.some(({ query, scan }) => {
        const due = context.dueOf(query.name)
        return due <= watermark && query.graph.watermark(scan, partition) < due
      }),
    close: () => cursor.close(),
    async run() {
      const alarm = openReaderAlarm(context)
      try {
        while (!halt.aborted) {
          alarm.reset()
          for (const partition of next.keys()) tick(partition)
          await room()
          const partition = turns.next()
          if (partition === undefined) {
            if (ended.signal.aborted && (await cursor.isAtEnd())) return
            await cursor.waitForMore(alarm.signal())
            continue
          }
          await step(partition)
          // Everything above may be settled at once: without a turn of the event loop sockets and timers would starve.
          await setImmediate()
        }
      } finally {
        alarm.close()
        cursor.close()
      }
    },
  }
}

/** The steps of a reader: each takes it to an offset of a partition, and ends where the queries have room for more. */
function openSteps(context: ReaderContext, next: Offset[]) {
  const { queries, clock, warn, halt } = context
  const { ticks, dead, checked, ended } = context.read
  const awaiting = { topic: checked.name, format: checked.format, clock, warn, halt, ended: ended.signal }
  const { push, tick, ...pushing } = openPushing(context, next)
  const changes = openTableChanges({ ...pushing, ticks, tables: context.tables })
  /** Waits until there is room for more rows and letters, and the ticks before what comes next are durable. */
  const room = async () => {
    await dead.room()
    for (const { result, resultClock } of queries) {
      await result.room()
      await resultClock?.settled()
    }
    context.pushed()
  }
  return {
    ...pushing,
    tick,
    room,
    /**
     * Goes on to offset `end`, with the records of a run or through a gap, and acts on each tick at its place. False: it was halted
     * before, as it waited for what the records need.
     */
    async goTo(partition: number, end: Offset, run?: Fetched): Promise<boolean> {
      if (run !== undefined && !(await readyFor(run.values, awaiting))) return false
      const within = (offset: Offset) => Math.min(run?.values.count ?? 0, Math.max(0, offset - (run?.baseOffset ?? 0)))
      for (let from = next[partition] as Offset; from < end; ) {
        const to = ticks?.next(partition, from, end) ?? end
        if (run !== undefined && within(from) < within(to)) {
          const change = changes(partition, from)
          if (change !== undefined) await change
          push(partition, sliceFetched(run, within(from), within(to)))
        }
        next[partition] = to
        tick(partition)
        await room()
        from = to
      }
      return true
    },
  }
}

/** Pushes records and ticks into the queries; `next` has the offset of each partition's next record. */
function openPushing(context: ReaderContext, next: Offset[]) {
  const { dead, ticks } = context.read
  const { decode, consumers } = openConsumers(context)
  /** Whether a batch is being pushed, or failed half way: then the state of the queries belongs to no offset. */
  let isWithin = false
  const isByTick = openTickTest(ticks)
  const meter = openAheadMeter(context.read.checked)
  // The watermark of one is enough: all read the same records.
  const [first] = consumers
  return {
    consumers,
    ahead: meter.ahead,
    isWithin: () => isWithin,
    push(partition: number, fetched: Fetched) {
      isWithin = true
      const rejects: Undecoded[] = []
      const batch = decode(fetched, partition, {
        add: (record, byte, reason, why) => rejects.push({ record, byte, reason, why }),
      })
      dead.undecodable(partition, fetched, rejects)
      dead.tally.usable(batch.count)
      for (const { query, scan, picks } of consumers) {
        query.rejected = (reject) => dead.row(query.name, reject, fetched, isByTick(reject, fetched))
        const columns = picks.map((pick) => batch.columns[pick] as Column)
        query.graph.push(scan, { ...batch, columns, partition } satisfies Batch)
        dead.tally.read(query.name, batch.count)
        query.result.flush(fetched.lastTimestamp)
      }
      next[partition] = fetched.baseOffset + fetched.values.count
      if (first !== undefined) meter.note(partition, first.query.graph.watermark(first.scan, partition), fetched)
      dead.flush()
      isWithin = false
      // Only once the batch is counted whole: a state over its limit can be in a checkpoint like any other.
      for (const { query } of consumers) query.state.pushed(batch.count)
    },
    /** Moves the partition's clock up where a tick lies before its next record. */
    tick(partition: number) {
      const watermark = ticks?.at(partition, next[partition] as Offset) ?? -Infinity
      for (const { query, scan } of consumers) {
        if (query.graph.watermark(scan, partition) >= watermark) continue
        query.rejected = (reject) => dead.row(query.name, reject, undefined)
        query.resultClock?.ticking(true)
        query.graph.tick(scan, partition, watermark)
        query.resultClock?.ticking(false)
        query.result.flush(ticks?.writtenAt(partition, next[partition] as Offset))
      }
      dead.flush()
    },
  }
}

/** One decoder for all columns that any query scans; `picks` are the indexes of those that a scan wants, among all. */
function openConsumers({ queries, read }: ReaderContext) {
  const { name, format } = read.checked
  const scans = queries.flatMap((query) =>
    query.graph.scans.flatMap(({ table, columns }, scan) => (table === name ? [{ query, scan, columns }] : [])),
  )
  const wanted = [...new Set(scans.flatMap(({ columns }) => columns))].sort((a, b) => a - b)
  const consumers = scans.map(({ query, scan, columns }) => ({
    query,
    scan,
    picks: columns.map((column) => wanted.indexOf(column)),
  }))
  return { decode: format.decoder(wanted), consumers }
}

/**
 * Chooses the partition that is read next: of those that have more, the one with the lowest watermark. Partitions with
 * equal watermarks, as those of queries without event time, take turns.
 */
function openTurns(cursor: Cursor, consumers: ReturnType<typeof openConsumers>['consumers']) {
  let last = -1
  const watermark = (partition: number): EventTime =>
    consumers.reduce(
      (greatest, { query, scan }) => Math.max(greatest, query.graph.watermark(scan, partition)),
      -Infinity,
    )
  return {
    watermark,
    next(): number | undefined {
      const { partitions } = cursor
      let best: number | undefined
      let lowest = Number.POSITIVE_INFINITY
      for (let turn = 1; turn <= partitions; turn++) {
        const partition = (last + turn) % partitions
        if (!cursor.hasMore(partition)) continue
        const reached = watermark(partition)
        if (best !== undefined && reached >= lowest) continue
        best = partition
        lowest = reached
      }
      last = best ?? last
      return best
    },
  }
}
