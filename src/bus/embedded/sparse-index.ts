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
import { crc32c } from '@node-rs/crc32'
import type { DiskFile } from '../../base/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
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

/** The index of a segment, open. */
export class SparseIndex {
  readonly #file: DiskFile
  readonly #start: Point
  readonly #points: Point[]
  #durable: Point | undefined
  #end: number

  /** Reads the entries before the first damaged one; `baseOffset` is the segment's. */
  constructor(file: DiskFile, baseOffset: Offset) {
    this.#file = file
    this.#start = startPoint(baseOffset)
    const bytes = new Uint8Array(file.size())
    const size = file.read(bytes, 0)
    const read = readEntries(bytes.subarray(0, size))
    this.#durable = read.durable
    this.#points = read.points
    this.#end = read.end
  }

  /** The last point. Where the index has none, the start of the segment, without a mark. */
  last(): Point {
    return this.#points.at(-1) ?? this.#start
  }

  /** Whether the index has a point: only then the mark of `last` is known. */
  hasPoints(): boolean {
    return this.#points.length > 0
  }

  /** The point up to which the segment is known to be synced. */
  durable(): Point {
    const last = this.last()
    return this.#durable !== undefined && this.#durable.position > last.position ? this.#durable : last
  }

  /** The last point at or before an offset. */
  before(offset: Offset): Point {
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#points[middle] as Point).offset <= offset) low = middle + 1
      else high = middle
    }
    return this.#points[low - 1] ?? this.#start
  }

  /** Notes that the segment is durable up to `end`, and a point there where it has grown enough. */
  note(end: Point): void {
    this.#durable = end
    this.#write({ ...end, mark: undefined }, 0)
    if (end.position - this.last().position >= POINT_EVERY_BYTES) this.add(end)
  }

  /** Adds a point, behind all others. */
  add(point: Point): void {
    this.#points.push(point)
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

type Entries = { readonly durable: Point | undefined; readonly points: Point[]; readonly end: number }

/** Entry 0 and those behind it, up to the first damaged one. */
function readEntries(bytes: Uint8Array): Entries {
  const points: Point[] = []
  let end = ENTRY_BYTES
  while (end < bytes.length) {
    const entry = readEntry(bytes.subarray(end))
    if (entry === undefined || entry.point.position <= (points.at(-1)?.position ?? -1)) break
    points.push(entry.point)
    end += entry.bytes
  }
  return { durable: readEntry(bytes.subarray(0, ENTRY_BYTES))?.point, points, end }
}

/** The content of a file of points, for an inspection. */
export type Points = {
  readonly points: readonly Point[]
  /** The point up to which the segment is known to be durable. */
  readonly durable: Point
  /** Whether the file tells that; else `durable` is the start. */
  readonly isKnown: boolean
  /** The first byte behind the whole entries, and the size of the file; undefined where all are whole. */
  readonly broken: { readonly position: number; readonly size: number } | undefined
}

/** Reads a whole file of points; `baseOffset` is the segment's. */
export function readPoints(bytes: Uint8Array, baseOffset: Offset): Points {
  const { durable, points, end } = readEntries(bytes)
  const last = points.at(-1) ?? startPoint(baseOffset)
  // Entry 0 is written with the first commit; until then it is zeros, before the point of the start.
  const isUnwritten = points.length > 0 && bytes.subarray(0, ENTRY_BYTES).every((byte) => byte === 0)
  const isKnown = durable !== undefined || isUnwritten
  const position = isKnown ? end : 0
  return {
    points,
    durable: durable !== undefined && durable.position > last.position ? durable : last,
    isKnown,
    broken: !isKnown || end < bytes.length ? { position, size: bytes.length } : undefined,
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
