/**
 * The rows of a topic as they come, for any number of readers at once. One tail reads the topic and keeps what came last, so
 * that readers that keep up cost no reading of their own; one that fell behind reads the log until it is there again. Nobody
 * makes the topic wait.
 *
 * Each batch begins where a reader stands and says where it ends, so a reader has every row once.
 */
import { type Clock, slept } from '../base/clock.ts'
import type { Duration } from '../base/quantity.ts'
import type { Cursor, Offsets, TopicReader } from '../bus/bus.ts'
import { offsetsOf } from '../bus/fetched.ts'
import { newestPlace, type PlacedRow, placedRowsOf, placeText, readRowPage } from './placed-rows.ts'

/** The tail reads as often as this at most: rows that come one by one are handed over together. */
const STEP_MS: Duration = 100
/** What the tail takes in one step. Where more comes, it passes over the rest, which readers find in the log. */
const STEP_BYTES = 1 << 20
/** Batches and bytes that the tail keeps. */
const KEPT_BATCHES = 64
const KEPT_BYTES = 4 << 20
/** Rows that a reader gets at once while it is behind. */
const BEHIND_ROWS = 500

export type RowBatch = {
  /** In the order of their partitions; in each, as they came. */
  readonly rows: readonly PlacedRow[]
  /** The place behind them. */
  readonly to: Offsets
}

export type RowFeed = {
  /** The next rows behind a place: waits until there are some; undefined once the signal is aborted. Rejects with the Failure of a read. */
  after(place: Offsets, signal: AbortSignal): Promise<RowBatch | undefined>
  [Symbol.dispose](): void
}

type Tail = {
  /** Everything before it was looked at. */
  at: Offsets
  /** By the text of the place where they begin. */
  readonly kept: Map<string, RowBatch & { readonly bytes: number }>
  readonly stop: AbortController
  readers: number
  failure: { readonly cause: unknown } | undefined
  moved: PromiseWithResolvers<void>
}

const tails = new WeakMap<TopicReader, Tail>()

/** A reader of the rows that come; the last one to go ends the tail. */
export function openRowFeed(topic: TopicReader, clock: Clock): RowFeed {
  const tail = tails.get(topic) ?? startTail(topic, clock)
  tail.readers++
  let isOpen = true
  return {
    async after(place, signal) {
      for (;;) {
        if (signal.aborted) return undefined
        if (tail.failure !== undefined) throw tail.failure.cause
        const known = tail.kept.get(placeText(place))
        if (known !== undefined) return known
        if (isBehind(place, tail.at)) return readBehind(topic, place, tail.at)
        await movedOr(tail, signal)
      }
    },
    [Symbol.dispose]() {
      if (!isOpen) return
      isOpen = false
      if (--tail.readers > 0) return
      tail.stop.abort()
      tails.delete(topic)
    },
  }
}

const isBehind = (place: Offsets, at: Offsets): boolean =>
  Object.entries(at).some(([partition, offset]) => (place[Number(partition)] ?? 0) < offset)

/** Rows from a place on, but none that the tail has yet to read: then the reader stands where the tail does. */
async function readBehind(topic: TopicReader, place: Offsets, upTo: Offsets): Promise<RowBatch> {
  const { rows, to } = await readRowPage(topic, { after: place, upTo, limit: BEHIND_ROWS })
  const ahead = (partition: number) => Math.max(to[partition] ?? 0, place[partition] ?? 0)
  return { rows: [...rows].reverse(), to: offsetsOf(topic.partitions, ahead) }
}

async function movedOr({ moved }: Tail, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const end = () => aborted.resolve()
  signal.addEventListener('abort', end, { once: true })
  await Promise.race([moved.promise, aborted.promise])
  signal.removeEventListener('abort', end)
}

function startTail(topic: TopicReader, clock: Clock): Tail {
  const tail: Tail = {
    at: newestPlace(topic),
    kept: new Map(),
    stop: new AbortController(),
    readers: 0,
    failure: undefined,
    moved: Promise.withResolvers<void>(),
  }
  tails.set(topic, tail)
  follow(topic, tail, clock).catch((cause: unknown) => {
    tail.failure = { cause }
    tails.delete(topic)
    tail.moved.resolve()
  })
  return tail
}

async function follow(topic: TopicReader, tail: Tail, clock: Clock): Promise<void> {
  const { signal } = tail.stop
  let cursor = topic.cursor(tail.at)
  try {
    do {
      await cursor.waitForMore(signal)
      if (signal.aborted) return
      const { rows, bytes } = await taken(cursor)
      const to = offsetsOf(cursor.partitions, (partition) => cursor.offset(partition))
      keep(tail, { rows, to, bytes })
      if (bytes < STEP_BYTES) continue
      cursor.close()
      tail.at = newestPlace(topic)
      cursor = topic.cursor(tail.at)
    } while (await slept(clock, STEP_MS, signal))
  } finally {
    cursor.close()
  }
}

async function taken(cursor: Cursor): Promise<{ readonly rows: PlacedRow[]; readonly bytes: number }> {
  const rows: PlacedRow[] = []
  let bytes = 0
  for (let partition = 0; partition < cursor.partitions; partition++) {
    while (cursor.hasMore(partition) && bytes < STEP_BYTES) {
      await cursor.load(partition)
      const fetched = cursor.take(partition)
      if (fetched === undefined) break
      for (const row of placedRowsOf(fetched, partition)) {
        rows.push(row)
        bytes += (row.row?.length ?? 0) + (row.key?.length ?? 0)
      }
      fetched.values.lease?.release()
    }
  }
  return { rows, bytes }
}

function keep(tail: Tail, batch: RowBatch & { readonly bytes: number }): void {
  const { kept, moved } = tail
  kept.set(placeText(tail.at), batch)
  let bytes = 0
  for (const each of kept.values()) bytes += each.bytes
  for (const [place, each] of kept) {
    if (kept.size <= KEPT_BATCHES && bytes <= KEPT_BYTES) break
    kept.delete(place)
    bytes -= each.bytes
  }
  tail.at = batch.to
  tail.moved = Promise.withResolvers<void>()
  moved.resolve()
}
