/**
 * A reader's place in every partition of a topic. A reader that keeps up takes records from memory, as the bus hands them
 * over while they are appended, and holds their lease until it is done. A reader that fell behind, or comes back after a
 * restart, reads them from the bus.
 *
 * Invariant: the queue of a partition holds records from `next` on, each piece where the one before it ended, or is empty.
 */

import { assert } from '../base/assert.ts'
import type { Offset } from '../base/quantity.ts'
import type { Bounds, Cursor, Fetched, Gone, Offsets, TopicReader } from './bus.ts'
import { readKept } from './fetched.ts'
import { openWaits } from './waits.ts'

/** Bytes of a partition that are kept for a reader that is slower than the appender. A reader further behind reads the bus. */
const QUEUE_BYTES = 8 << 20
/** A reader with fewer bytes than this before it in each partition keeps up. */
const NEAR_BYTES = 256 << 10

/** What a cursor is to the bus that it listens to. */
export type Listener = {
  /**
   * Called whenever a partition may have grown, by an append of any process; with the records where the bus has them in memory,
   * in order of offset. There is nothing between offset `from` and the records: by default, they begin there.
   */
  heard(partition: number, fetched: Fetched | undefined, from?: Offset): void
  /** Called once when the bus cannot find out any more. */
  failed(failure: unknown): void
  /** The offset of the records that would be taken now; undefined where there is enough before the reader. */
  due(partition: number): Offset | undefined
}

/** Begins to call the listener. A bus that fetches ahead is told by `moved` that there is room for more. */
export type Listen = (listener: Listener) => { stop(): void; moved?(): void }

type Queue = { next: Offset; pieces: Fetched[]; bytes: number }

type Source = Omit<TopicReader, 'cursor' | 'bytes'>

/** A cursor for a bus that can read and listen; a partition without an offset starts at its first record still kept. */
export function openCursor(topic: Source, offsets: Offsets, listen: Listen, gone: Gone = goOn): Cursor {
  const queues: Queue[] = Array.from({ length: topic.partitions }, (_, partition) => {
    return { next: offsets[partition] ?? topic.bounds(partition).start, pieces: [], bytes: 0 }
  })
  const queueOf = (partition: number): Queue => {
    const found = queues[partition]
    assert(found !== undefined, `topic ${topic.name} has a partition ${partition}`)
    return found
  }
  const isNear = (): boolean => queues.every(({ bytes }) => bytes < NEAR_BYTES)
  const appenders = openWaits()
  const readers = openWaits()
  let failure: { readonly cause: unknown } | undefined
  const listening = listen({
    heard(partition, fetched, from) {
      if (fetched !== undefined) offer(queueOf(partition), fetched, from ?? fetched.baseOffset)
      readers.end()
    },
    failed(cause) {
      failure = { cause }
      readers.end()
    },
    due: (partition) => dueIn(queueOf(partition)),
  })
  let isClosed = false
  const hasMore = (partition: number): boolean => queueOf(partition).next < topic.bounds(partition).end
  const hasAny = (): boolean => queues.some((_, partition) => hasMore(partition))

  return {
    partitions: topic.partitions,
    offset: (partition) => queueOf(partition).next,
    hasMore,
    take(partition) {
      const queue = queueOf(partition)
      const hadRoom = hasRoom(queue)
      const fetched = queue.pieces.shift()
      if (fetched === undefined) return undefined
      queue.bytes -= byteLength(fetched)
      queue.next = fetched.next
      appenders.end(isNear)
      if (!hadRoom && hasRoom(queue)) listening.moved?.()
      return fetched
    },
    load: (partition) => load({ topic, partition, queue: queueOf(partition), isClosed: () => isClosed, gone }),
    async waitForMore(signal) {
      if (signal.aborted || hasAny()) return
      if (failure === undefined) await readers.wait(signal)
      if (failure !== undefined && !signal.aborted) throw failure.cause
    },
    async keepsUp() {
      if (!isNear()) await appenders.wait()
    },
    async isAtEnd() {
      await topic.refresh()
      return !hasAny()
    },
    close() {
      isClosed = true
      listening.stop()
      for (const queue of queues) {
        for (const { values } of queue.pieces.splice(0)) values.lease?.release()
        queue.bytes = 0
      }
      appenders.end()
    },
  }
}

/** A topic of which a cursor reads some partitions alone: in the others there is nothing, and they are not heard of. */
export function someOf(
  topic: Source,
  listen: Listen,
  only: readonly number[],
): { readonly topic: Source; readonly listen: Listen } {
  const has = (partition: number): boolean => only.includes(partition)
  return {
    topic: { ...topic, bounds: (partition) => (has(partition) ? topic.bounds(partition) : NOTHING_IN_IT) },
    listen: (listener) =>
      listen({
        ...listener,
        heard(partition, fetched, from) {
          if (has(partition)) listener.heard(partition, fetched, from)
        },
        due: (partition) => (has(partition) ? listener.due(partition) : undefined),
      }),
  }
}

const NOTHING_IN_IT: Bounds = { start: 0, end: 0 }

const goOn: Gone = (_, __, { start }) => start

type Loading = {
  readonly topic: Source
  readonly partition: number
  readonly queue: Queue
  readonly gone: Gone
  isClosed(): boolean
}

/** Reads the bus where the queue is empty. */
async function load({ topic, partition, queue, gone, isClosed }: Loading): Promise<void> {
  if (queue.pieces.length > 0) return
  if (passDeleted(topic, partition, queue, gone) && queue.next >= topic.bounds(partition).end) return
  const from = queue.next
  const fetched = await readKept(topic, partition, from)
  // Meanwhile the same records may have been handed over, or even taken.
  if (queue.pieces.length > 0 || queue.next !== from || isClosed()) {
    fetched?.values.lease?.release()
    return
  }
  const isBefore = fetched !== undefined && fetched.baseOffset < topic.bounds(partition).start
  // What the bus gave before it deleted them is read. Behind them, it may not be what is read next.
  const isPassed = !isBefore && passDeleted(topic, partition, queue, gone)
  if (fetched === undefined) return
  if (isPassed && queue.next !== fetched.baseOffset) fetched.values.lease?.release()
  else if (fetched.values.count > 0) enqueue(queue, fetched, byteLength(fetched))
  else queue.next = fetched.next
}

/** Goes on elsewhere if the next records are deleted. Whether it did. */
function passDeleted(topic: Source, partition: number, queue: Queue, gone: Gone): boolean {
  const kept = topic.bounds(partition)
  if (queue.next >= kept.start) return false
  queue.next = Math.max(kept.start, gone(partition, queue.next, kept))
  return true
}

/** Whether there is room for what a bus fetches ahead, of which it learns the size only then. */
const hasRoom = ({ bytes }: Queue): boolean => bytes <= QUEUE_BYTES / 2

const endOf = ({ pieces, next }: Queue): Offset => pieces.at(-1)?.next ?? next

const dueIn = (queue: Queue): Offset | undefined => (hasRoom(queue) ? endOf(queue) : undefined)

/** Queues records that were handed over, where they are the next ones and there is room. */
function offer(queue: Queue, fetched: Fetched, from: Offset): void {
  const bytes = byteLength(fetched)
  const fits = queue.pieces.length === 0 || queue.bytes + bytes <= QUEUE_BYTES
  if (from !== endOf(queue) || !fits) return
  if (fetched.values.count === 0 && queue.pieces.length === 0) {
    queue.next = fetched.next
    return
  }
  fetched.values.lease?.hold()
  enqueue(queue, fetched, bytes)
}

function enqueue(queue: Queue, fetched: Fetched, bytes: number): void {
  queue.pieces.push(fetched)
  queue.bytes += bytes
}

function byteLength({ values: { start, end, count } }: Fetched): number {
  return count === 0 ? 0 : (end[count - 1] as number) - (start[0] as number)
}
