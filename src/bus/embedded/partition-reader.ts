/**
 * Reads a partition's records back from its segments: whole batches into one buffer, walked into ranges over it.
 *
 * A reader goes on where it stopped, so the places where the last reads ended are remembered. Any other offset is found by
 * the sparse index and a scan of at most the bytes between two of its points. The only cache of bytes is that of the
 * operating system.
 */
import { assert } from '../../base/assert.ts'
import type { Disk, DiskFile } from '../../base/disk/disk.ts'
import type { Offset } from '../../base/quantity.ts'
import { HEADER_BYTES, MAX_BATCH_BYTES } from '../batch/record-batch.ts'
import {
  type BatchBytes,
  batchBaseOffset,
  batchCount,
  batchSize,
  fetchedOf,
  makeWalked,
  walkBatch,
} from '../batch/walker.ts'
import type { Fetched } from '../bus.ts'
import { checkOwnBatch } from './own-batch.ts'
import { corrupt, type Damage, type LogPlace, placeBefore, readWindow, type Segment, scanSegment } from './segment.ts'
import { type Points, pointBefore } from './sparse-index.ts'

/** Places that are remembered; the oldest is forgotten first. */
const REMEMBERED = 16

/** The segment that is written to, as readers see it. */
export type ReadableTail = {
  readonly segment: Segment
  readonly file: DiskFile
  readonly index: { readonly content: Points }
}

export type ReadRequest = {
  readonly offset: Offset
  readonly maxBytes: number
  readonly tail: ReadableTail
  /** Where the durable part of the tail ends. */
  readonly end: LogPlace
}

/** Reads a partition that may grow and shrink meanwhile. */
export class PartitionReader {
  readonly #disk: Disk
  readonly #segments: readonly Segment[]
  readonly #places = new Map<Offset, { readonly segment: Segment; readonly position: number }>()

  /** `segments` is the partition's own array, which grows and shrinks. */
  constructor(disk: Disk, segments: readonly Segment[]) {
    this.#disk = disk
    this.#segments = segments
  }

  /** Records from an offset on that is in the log. Throws a Failure ('corrupt') for damage. */
  read({ offset, maxBytes, tail, end }: ReadRequest): Fetched {
    const segment = this.#segments.findLast(({ baseOffset }) => baseOffset <= offset)
    assert(segment !== undefined, 'an offset in the log is in a segment')
    if (segment === tail.segment) return this.#readFile(tail.file, segment, { offset, maxBytes, tail, end })
    const file = this.#disk.open(segment.log, 'read')
    try {
      const next = this.#segments[this.#segments.indexOf(segment) + 1] as Segment
      const whole = { position: file.size(), offset: next.baseOffset }
      return this.#readFile(file, segment, { offset, maxBytes, tail, end: whole })
    } finally {
      file.close()
    }
  }

  #readFile(file: DiskFile, segment: Segment, request: ReadRequest): Fetched {
    const place = this.#find(file, segment, request)
    const batch = readBatches(file, place, request)
    const { fetched, next } = walkBatches(batch, place, request.offset, file.path)
    this.#places.set(next.offset, { segment, position: next.position })
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= REMEMBERED) break
      this.#places.delete(oldest)
    }
    return fetched
  }

  /** The place of the batch that has the offset. */
  #find(file: DiskFile, segment: Segment, { offset, tail, end }: ReadRequest): LogPlace {
    const known = this.#places.get(offset)
    if (known?.segment === segment) return { offset, position: known.position }
    const before =
      segment === tail.segment ? pointBefore(tail.index.content, offset) : placeBefore(this.#disk, segment, offset)
    let found: LogPlace | undefined
    const { stopped, damage } = scanSegment(file, before, end.position, (batch, at, place) => {
      if (place.offset + batchCount(batch.view, at) <= offset) return true
      found = place
      return false
    })
    if (damage !== undefined) throw corrupt(damage)
    if (found === undefined) throw corrupt(endsEarly(file, stopped, end))
    return found
  }
}

const endsEarly = (file: DiskFile, { position, offset }: LogPlace, end: LogPlace): Damage => {
  return { file: file.path, position, offset, nature: `the segment ends, though the next one begins at ${end.offset}` }
}

/** Reads about `maxBytes` from the place on, but at least one whole batch. */
function readBatches(file: DiskFile, place: LogPlace, { maxBytes, end }: ReadRequest): BatchBytes {
  const left = end.position - place.position
  const batch = readWindow(file, place.position, Math.min(left, Math.max(maxBytes, HEADER_BYTES)))
  if (batch.bytes.length < HEADER_BYTES) throw corrupt(endsEarly(file, place, end))
  const size = batchSize(batch.view, 0)
  if (size <= batch.bytes.length || size > MAX_BATCH_BYTES) return batch
  return readWindow(file, place.position, Math.min(left, size))
}

/** Walks the whole batches. Damage behind the first is left to the read that begins there. */
function walkBatches(
  batch: BatchBytes,
  from: LogPlace,
  offset: Offset,
  file: string,
): { fetched: Fetched; next: LogPlace } {
  let next = from
  let length = 0
  while (length < batch.bytes.length) {
    const nature = checkOwnBatch(batch, length, next.offset)
    if (nature !== undefined && length === 0) throw corrupt({ ...from, file, nature })
    if (nature !== undefined) break
    const size = batchSize(batch.view, length)
    next = { offset: next.offset + batchCount(batch.view, length), position: next.position + size }
    length += size
  }
  const walked = makeWalked(batch.bytes, next.offset - offset)
  for (let at = 0; at < length; at += batchSize(batch.view, at)) {
    if (walkBatch(batch, at, offset, walked)) continue
    const place = { position: from.position + at, offset: batchBaseOffset(batch.view, at) }
    throw corrupt({ ...place, file, nature: 'the records do not fill their batch' })
  }
  return { fetched: fetchedOf(walked, next.offset), next }
}
