/**
 * A reader's place in every partition of a topic. What is appended while the reader keeps up is taken straight from the
 * appender's buffers, held until the reader is done with them; a reader that fell behind, or comes back after a restart,
 * reads the log.
 *
 * Invariant: `queue` of a partition holds consecutive records from `next` on, or is empty.
 */
import { assert } from '../base/assert.ts'
import type { Fetched, Topic } from './bus.ts'

/** Bytes of a partition kept for a reader that is slower than the appender; beyond it the reader goes to the log. */
const QUEUE_BYTES = 8 << 20
/** A reader that has less than this of each partition before it keeps up. */
const NEAR_BYTES = 256 << 10
/** Bytes asked of the log at a time. */
const READ_BYTES = 1 << 20

export type Cursor = {
  readonly partitions: number
  /** The offset of the next record of a partition that will be handed out. */
  offset(partition: number): number
  /** Whether a durable record waits in the partition. */
  hasMore(partition: number): boolean
  /**
   * The next records of the partition, once they are in memory: see `load`. Whoever takes them lets go of their lease when
   * they are done with.
   */
  take(partition: number): Fetched | undefined
  /** Brings the partition's next records into memory where they only lie in the log. */
  load(partition: number): Promise<void>
  /**
   * Resolves when the reader has not much before it, or so much that it reads the log. Who appends on this reader's behalf
   * waits for it, because reading back costs more than waiting.
   */
  keepsUp(): Promise<void>
  /** Resolves when a record waits in any partition, or the signal is aborted. */
  waitForMore(signal: AbortSignal): Promise<void>
  close(): void
}

type Place = { next: number; queue: Fetched[]; queuedTo: number; queuedBytes: number }

/** Starts at the given offsets; a partition without one starts at the first record that is still kept. */
export function openCursor(topic: Topic, offsets: ReadonlyMap<number, number>): Cursor {
  const places: Place[] = Array.from({ length: topic.partitions }, (_, partition) => {
    const start = topic.bounds(partition).start
    const next = Math.max(start, offsets.get(partition) ?? start)
    return { next, queue: [], queuedTo: next, queuedBytes: 0 }
  })
  const place = (partition: number): Place => {
    const found = places[partition]
    assert(found !== undefined, `topic ${topic.name} has a partition ${partition}`)
    return found
  }
  let wake: (() => void) | undefined
  const patience = openPatience(() => places.every(({ queuedBytes }) => queuedBytes < NEAR_BYTES))

  const stop = topic.onAppend((partition, fetched) => {
    const at = place(partition)
    const bytes = byteLength(fetched)
    if (fetched.baseOffset === at.queuedTo && (at.queue.length === 0 || at.queuedBytes + bytes <= QUEUE_BYTES)) {
      fetched.values.lease?.hold()
      enqueue(at, fetched, bytes)
    }
    wake?.()
  })
  const hasMore = (partition: number): boolean => place(partition).next < topic.bounds(partition).end

  return {
    partitions: topic.partitions,
    offset: (partition) => place(partition).next,
    hasMore,
    take(partition) {
      const at = place(partition)
      const fetched = at.queue.shift()
      if (fetched === undefined) return undefined
      at.queuedBytes -= byteLength(fetched)
      at.next = fetched.baseOffset + fetched.values.count
      patience.end()
      return fetched
    },
    async load(partition) {
      const at = place(partition)
      if (at.queue.length > 0) return
      // A reader that records were deleted before goes on with the first that are kept; who deleted them has counted them.
      at.next = Math.max(at.next, topic.bounds(partition).start)
      const fetched = await topic.read(partition, at.next, READ_BYTES)
      // While the log was read, the same records may have been handed over: what came first stays.
      if (fetched !== undefined && at.queue.length === 0) enqueue(at, fetched, byteLength(fetched))
    },
    async waitForMore(signal) {
      if (signal.aborted || places.some((_, partition) => hasMore(partition))) return
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
    close() {
      stop()
      for (const at of places) {
        at.queue = []
        at.queuedBytes = 0
      }
      patience.end()
    },
  }
}

/** Those who wait for a reader until it `isNear`. */
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

function enqueue(at: Place, fetched: Fetched, bytes: number): void {
  at.queue.push(fetched)
  at.queuedTo = fetched.baseOffset + fetched.values.count
  at.queuedBytes += bytes
}

function byteLength({ values: { start, end, count } }: Fetched): number {
  return count === 0 ? 0 : (end[count - 1] as number) - (start[0] as number)
}
