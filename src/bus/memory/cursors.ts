/**
 * The cursors of a topic in memory. A partition keeps its records as they were appended, in pieces; a cursor takes a piece as a
 * whole, so its place is the number of a piece. Pieces that all cursors have taken are let go.
 */

import { assert } from '../../base/assert.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Cursor, Fetched, Offsets } from '../bus.ts'
import { openWaits, type Waits } from '../waits.ts'

/** A cursor with fewer bytes than this before it in each partition keeps up. */
const NEAR_BYTES = 256 << 10

/** What a partition keeps. */
export type KeptPartition = {
  /** Without a gap, from `start` to `end`. */
  pieces: Fetched[]
  /** The number of pieces that were let go. */
  gone: number
  start: Offset
  end: Offset
  bytes: number
}

/** A partition without records. */
export const keptPartition = (): KeptPartition => ({ pieces: [], gone: 0, start: 0, end: 0, bytes: 0 })

export type MemoryCursors = {
  /** Opens a cursor at the first records that are kept. */
  open(offsets: Offsets): Cursor
  /** Adds a piece behind the others; resolves when each cursor has at most the limit of bytes of the partition before it. */
  add(kept: KeptPartition, fetched: Fetched): Promise<void>
}

/** Bytes that a cursor has before it, and the number of its next piece, by partition. */
type Place = { readonly next: number[]; readonly before: number[]; more(): void }

/** The cursors of a topic with these partitions. */
export function openCursors(partitions: readonly KeptPartition[], unreadBytes: number): MemoryCursors {
  const places = new Set<Place>()
  const taken = openWaits()
  const letGo = (kept: KeptPartition, partition: number) => {
    const least = Math.min(kept.gone + kept.pieces.length, ...[...places].map(({ next }) => next[partition] ?? 0))
    for (const piece of kept.pieces.splice(0, least - kept.gone)) {
      kept.bytes -= piece.values.bytes.length
      kept.start = piece.next
    }
    kept.gone = least
  }
  const most = (partition: number) => Math.max(0, ...[...places].map(({ before }) => before[partition] ?? 0))
  return {
    open(offsets) {
      const next = partitions.map(({ gone }) => gone)
      const before = partitions.map(({ bytes }) => bytes)
      for (const [partition, { start }] of partitions.entries()) {
        assert((offsets[partition] ?? start) === start, 'a cursor in memory begins with what is kept')
      }
      const more = openWaits()
      const place: Place = { next, before, more: more.end }
      places.add(place)
      const moved = (partition: number) => {
        letGo(partitions[partition] as KeptPartition, partition)
        taken.end()
      }
      return openCursor(partitions, place, {
        more,
        taken,
        moved,
        close() {
          places.delete(place)
          for (const partition of partitions.keys()) moved(partition)
        },
      })
    },
    async add(kept, fetched) {
      const partition = partitions.indexOf(kept)
      const bytes = fetched.values.bytes.length
      kept.pieces.push(fetched)
      kept.bytes += bytes
      for (const { before, more } of places) {
        before[partition] = (before[partition] ?? 0) + bytes
        more()
      }
      letGo(kept, partition)
      while (most(partition) > unreadBytes) await taken.wait()
    },
  }
}

type Moving = {
  readonly more: Waits
  readonly taken: Waits
  moved(partition: number): void
  close(): void
}

function openCursor(partitions: readonly KeptPartition[], place: Place, { more, taken, moved, close }: Moving): Cursor {
  const { next, before } = place
  let isClosed = false
  const pieceOf = (partition: number): Fetched | undefined => {
    const { pieces, gone } = partitions[partition] as KeptPartition
    return isClosed ? undefined : pieces[(next[partition] as number) - gone]
  }
  const hasMore = (partition: number) => pieceOf(partition) !== undefined
  const hasAny = () => partitions.some((_, partition) => hasMore(partition))
  const isNear = () => isClosed || before.every((bytes) => bytes < NEAR_BYTES)
  return {
    partitions: partitions.length,
    offset: (partition) => pieceOf(partition)?.baseOffset ?? (partitions[partition]?.end as Offset),
    hasMore,
    take(partition) {
      const piece = pieceOf(partition)
      if (piece === undefined) return undefined
      next[partition] = (next[partition] as number) + 1
      before[partition] = (before[partition] as number) - piece.values.bytes.length
      moved(partition)
      return piece
    },
    load: async () => {},
    async keepsUp() {
      while (!isNear()) await taken.wait()
    },
    async waitForMore(signal) {
      while (!signal.aborted && !hasAny()) await more.wait(signal)
    },
    isAtEnd: async () => !hasAny(),
    close() {
      isClosed = true
      close()
      more.end()
    },
  }
}
