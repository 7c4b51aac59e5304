/**
 * A reader's place in every partition of a topic. A reader that keeps up takes records from memory, as the bus hands them
 * over while they are appended, and holds their lease until it is done; one that fell behind, or comes back after a
 * restart, reads them from the bus.
 *
 * Invariant: the queue of a partition holds records from `next` on, each piece where the one before it ended, or is empty.
 */
import { assert } from '../base/assert.ts'
import type { Offset } from '../base/quantity.ts'
import type { Fetched, Offsets, TopicReader } from './bus.ts'

/** Bytes of a partition that are kept for a reader that is slower than the appender. A reader further behind reads the bus. */
const QUEUE_BYTES = 8 << 20
/** A reader with less than this before it in each partition keeps up. */
const NEAR_BYTES = 256 << 10
/** Bytes that are asked of the bus at a time. */
const READ_BYTES = 1 << 20

export type Cursor = {
  readonly partitions: number
  /** The offset of the next record of a partition that will be handed out, or of the gap before it. */
  offset(partition: number): Offset
  /** Whether something waits in the partition, as far as the bus was told. */
  hasMore(partition: number): boolean
  /**
   * The next records of the partition, if they are in memory: see `load`. Whoever takes them releases their lease in the
   * end.
   */
  take(partition: number): Fetched | undefined
  /** Brings the partition's next records into memory. A gap alone is passed over: then there is nothing to take. */
  load(partition: number): Promise<void>
  /**
   * Resolves when the reader has little before it, or fell so far behind that it reads the bus. An appender waits for its
   * readers, because reading back costs more than waiting.
   */
  keepsUp(): Promise<void>
  /** Resolves when something waits in any partition, or the signal is aborted. */
  waitForMore(signal: AbortSignal): Promise<void>
  /** Asks the bus whether the reader has come to the end of every partition. */
  isAtEnd(): Promise<boolean>
  close(): void
}

/**
 * Calls `heard` whenever a partition may have grown, by anybody's records; with the records where the bus has them in
 * memory, in order of offset. Returns how to stop.
 */
export type Listen = (heard: (partition: number, fetched: Fetched | undefined) => void) => () => void

type Queue = { next: Offset; pieces: Fetched[]; queuedTo: Offset; bytes: number }

/** A cursor for a bus that can read and listen; a partition without an offset starts at its first record still kept. */
export function openCursor(topic: Omit<TopicReader, 'cursor' | 'bytes'>, offsets: Offsets, listen: Listen): Cursor {
  const queues: Queue[] = Array.from({ length: topic.partitions }, (_, partition) => {
    const start = topic.bounds(partition).start
    const next = Math.max(start, offsets[partition] ?? start)
    return { next, pieces: [], queuedTo: next, bytes: 0 }
  })
  const queueOf = (partition: number): Queue => {
    const found = queues[partition]
    assert(found !== undefined, `topic ${topic.name} has a partition ${partition}`)
    return found
  }
  let wake: (() => void) | undefined
  const patience = openPatience(() => queues.every(({ bytes }) => bytes < NEAR_BYTES))

  const stop = listen((partition, fetched) => {
    if (fetched !== undefined) offer(queueOf(partition), fetched)
    wake?.()
  })
  const hasMore = (partition: number): boolean => queueOf(partition).next < topic.bounds(partition).end
  const hasAny = (): boolean => queues.some((_, partition) => hasMore(partition))

  return {
    partitions: topic.partitions,
    offset: (partition) => queueOf(partition).next,
    hasMore,
    take(partition) {
      const queue = queueOf(partition)
      const fetched = queue.pieces.shift()
      if (fetched === undefined) return undefined
      queue.bytes -= byteLength(fetched)
      queue.next = fetched.next
      patience.end()
      return fetched
    },
    async load(partition) {
      const queue = queueOf(partition)
      if (queue.pieces.length > 0) return
      // Where records were deleted before this reader had them, it goes on with the first that are kept; retention counts them.
      queue.next = Math.max(queue.next, topic.bounds(partition).start)
      const fetched = await topic.read(partition, queue.next, READ_BYTES)
      // While the bus was read, the same records may have been handed over: those stay.
      if (fetched === undefined || queue.pieces.length > 0) return
      if (fetched.values.count > 0) enqueue(queue, fetched, byteLength(fetched))
      else queue.next = fetched.next
    },
    async waitForMore(signal) {
      if (signal.aborted || hasAny()) return
      await new Promise<void>((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done)
          wake = undefined
          resolve()
        }
        wake = done
        signal.addEventListener('abort', done, { once: true })
      })
    },
    keepsUp: () => patience.wait(),
    async isAtEnd() {
      await topic.refresh()
      return !hasAny()
    },
    close() {
      stop()
      for (const queue of queues) {
        queue.pieces = []
        queue.bytes = 0
      }
      patience.end()
    },
  }
}

/** Lets appenders wait for a reader until it `isNear`. */
function openPatience(isNear: () => boolean): { wait(): Promise<void>; end(): void } {
  let waiting: (() => void)[] = []
  return {
    async wait() {
      if (!isNear()) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    end() {
      if (waiting.length === 0 || !isNear()) return
      const woken = waiting
      waiting = []
      for (const resume of woken) resume()
    },
  }
}

/** Queues records that were handed over, where they are the next ones and there is room. */
function offer(queue: Queue, fetched: Fetched): void {
  const bytes = byteLength(fetched)
  const hasRoom = queue.pieces.length === 0 || queue.bytes + bytes <= QUEUE_BYTES
  // With an empty queue the reader's own place counts: a gap may have been passed since.
  const due = queue.pieces.length === 0 ? queue.next : queue.queuedTo
  if (fetched.baseOffset !== due || !hasRoom) return
  fetched.values.lease?.hold()
  enqueue(queue, fetched, bytes)
}

function enqueue(queue: Queue, fetched: Fetched, bytes: number): void {
  queue.pieces.push(fetched)
  queue.queuedTo = fetched.next
  queue.bytes += bytes
}

function byteLength({ values: { start, end, count } }: Fetched): number {
  return count === 0 ? 0 : (end[count - 1] as number) - (start[0] as number)
}
