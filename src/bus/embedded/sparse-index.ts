/**
 * The sparse index of a segment: how far it is durable, and a point, the place of an offset, every 256 KiB. Kept beside the
 * segment as `BASE.points`. It can be made again from the segment, so damage here costs only time.
 *
 * A point is written after the segment was synced up to it, so it is true however much of this file a crash leaves.
 * It follows that a fault of the segment before the last point is damage; behind it, it may be a torn tail.
 *
 *   at  bytes  an entry, big-endian
 *    0    4    CRC32C of the rest of the entry
 *    4    4    bytes of the entry, this header included
 *    8    8    offset: the record that begins at the position, or will
 *   16    8    position in the segment: a batch begins here, or will
 *   24    8    greatest timestamp before it in this segment, ms; -1 if there is none
 *   32    -    last mark before it, behind one byte 1; nothing if there is none
 *
 * Entry 0 says how far the segment is durable: it has no mark, and is overwritten in place after each commit. The points
 * follow it, each written once, in order of position.
 */
import { crc32c } from '../../base/digest.ts'
import type { DiskFile } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import { firstIndex } from '../../base/ranges.ts'
import { viewOf } from '../../record/bytes.ts'
import { readInt64, writeInt64 } from '../batch/record-batch.ts'

/** A place in a segment, and the facts about all before it. */
export type Point = {
  readonly offset: Offset
  readonly position: number
  /** The greatest arrival before it in this segment, ms since 1970; `NO_TIME` if there is none. */
  readonly maxTime: number
  /** The last mark before it, in this segment or an earlier one. */
  readonly mark: Uint8Array | undefined
}

/** Log bytes between two points: the most that is read to find an offset, or to recover after a crash. */
export const POINT_EVERY_BYTES: number = 256 * 1024

const ENTRY_BYTES = 32
/** The greatest timestamp of no records. */
export const NO_TIME: number = -1

/** Where a segment begins; `mark` is the last one before it. */
export const startPoint = (baseOffset: Offset, mark?: Uint8Array): Point => ({
  offset: baseOffset,
  position: 0,
  maxTime: NO_TIME,
  mark,
})

/** The content of an index. */
export type Points = {
  /** The start of the segment; its mark is not known here. */
  readonly start: Point
  readonly points: Point[]
  /** The point up to which the segment was known to be durable when the file was read. */
  readonly durable: Point
  /** Whether the file told that; else `durable` is the start. */
  readonly isKnown: boolean
  /** Where the whole entries end, in bytes. */
  readonly end: number
  /** The first byte behind the whole entries, and the size of the file; undefined where all are whole. */
  readonly broken: { readonly position: number; readonly size: number } | undefined
}

/** Reads the entries before the first damaged one, none of a file that is lost; `baseOffset` is the segment's. */
export function readPoints(file: DiskFile | undefined, baseOffset: Offset): Points {
  const room = new Uint8Array(file?.size() ?? 0)
  const bytes = room.subarray(0, file?.read(room, 0))
  const start = startPoint(baseOffset)
  const points: Point[] = []
  let end = ENTRY_BYTES
  while (end < bytes.length) {
    const entry = readEntry(bytes.subarray(end))
    if (entry === undefined || entry.point.position <= (points.at(-1)?.position ?? -1)) break
    points.push(entry.point)
    end += entry.bytes
  }
  const first = bytes.subarray(0, ENTRY_BYTES)
  const durable = readEntry(first)?.point
  const last = points.at(-1) ?? start
  // Entry 0 is written with the first commit; until then it is zeros, before the point of the start.
  const isKnown = durable !== undefined || (points.length > 0 && first.every((byte) => byte === 0))
  return {
    start,
    points,
    durable: durable !== undefined && durable.position > last.position ? durable : last,
    isKnown,
    end,
    broken: !isKnown || end < bytes.length ? { position: isKnown ? end : 0, size: bytes.length } : undefined,
  }
}

/** The last point. Where the index has none, the start of the segment, without a mark. */
export const lastPoint = ({ points, start }: Points): Point => points.at(-1) ?? start

/** The last point at or before an offset. */
export function pointBefore({ points, start }: Points, offset: Offset): Point {
  return points[firstIndex(points.length, (i) => (points[i] as Point).offset > offset) - 1] ?? start
}

/** The index of the segment that is written to. */
export class SparseIndex {
  readonly #file: DiskFile
  #end: number
  /** The content of the file when it was opened, with the points added since. */
  readonly content: Points

  constructor(file: DiskFile, baseOffset: Offset) {
    this.#file = file
    this.content = readPoints(file, baseOffset)
    this.#end = this.content.end
  }

  /** Notes that the segment is durable up to `end`, and a point there where it has grown enough. */
  note(end: Point): void {
    this.#write({ ...end, mark: undefined }, 0)
    if (end.position - lastPoint(this.content).position >= POINT_EVERY_BYTES) this.add(end)
  }

  /** Adds a point, behind all others. */
  add(point: Point): void {
    this.content.points.push(point)
    this.#end += this.#write(point, this.#end)
  }

  sync(): Promise<void> {
    return this.#file.sync()
  }

  close(): void {
    this.#file.close()
  }

  /** A full disk is no trouble here: a missing entry is found by reading the segment, and the log itself will report it. */
  #write(point: Point, position: number): number {
    const bytes = encodeEntry(point)
    try {
      this.#file.write([bytes], position)
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'full')) throw error
      return 0
    }
    return bytes.length
  }
}

/** The content of a whole file of points. */
export function encodePoints(durable: Point, points: readonly Point[]): Uint8Array {
  return Buffer.concat([{ ...durable, mark: undefined }, ...points].map(encodeEntry))
}

function encodeEntry({ offset, position, maxTime, mark }: Point): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES + (mark === undefined ? 0 : 1 + mark.length))
  const view = viewOf(bytes)
  view.setInt32(4, bytes.length)
  writeInt64(view, 8, offset)
  writeInt64(view, 16, position)
  writeInt64(view, 24, maxTime)
  if (mark !== undefined) {
    bytes[ENTRY_BYTES] = 1
    bytes.set(mark, ENTRY_BYTES + 1)
  }
  view.setUint32(0, crc32c(bytes.subarray(4)))
  return bytes
}

/** The entry at the start of the bytes; undefined where it is not whole. */
function readEntry(bytes: Uint8Array): { point: Point; bytes: number } | undefined {
  if (bytes.length < ENTRY_BYTES) return undefined
  const view = viewOf(bytes)
  const length = view.getInt32(4)
  if (length < ENTRY_BYTES || length > bytes.length) return undefined
  if (crc32c(bytes.subarray(4, length)) !== view.getUint32(0)) return undefined
  const mark = length === ENTRY_BYTES ? undefined : bytes.slice(ENTRY_BYTES + 1, length)
  return {
    point: { offset: readInt64(view, 8), position: readInt64(view, 16), maxTime: readInt64(view, 24), mark },
    bytes: length,
  }
}
