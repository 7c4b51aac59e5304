/**
 * One file of a partition's log: record batches, each beginning at the offset where the one before it ended.
 *
 *   DATA/topics/TOPIC-PARTITION/00000000000000000000.log      batches; the name is the offset of the first record
 *                               00000000000000000000.points   its sparse index (`sparse-index.ts`)
 *
 * The names and the content of the log are Kafka's own. Only the last segment of a partition is written to.
 */
import type { Disk, DiskFile } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import {
  type BatchBytes,
  batchBytes,
  batchCount,
  batchMaxTime,
  batchSize,
  CUT_SHORT,
  readTail,
} from '../batch/walker.ts'
import { checkOwnBatch } from './own-batch.ts'
import {
  lastPoint,
  POINT_EVERY_BYTES,
  type Point,
  type Points,
  pointBefore,
  readPoints,
  SparseIndex,
  startPoint,
} from './sparse-index.ts'

/** A position in a segment, and the offset of the record that begins there. */
export type LogPlace = { readonly position: number; readonly offset: Offset }

/** Bytes on disk that differ from those that were written: where they begin, and their fault in words. */
export type Damage = LogPlace & { readonly file: string; readonly nature: string }

/** `log` and `points` are paths. */
export type Segment = { readonly baseOffset: Offset; readonly log: string; readonly points: string }

/** The segment in a partition's folder that begins at an offset. */
export function segmentAt(folder: string, baseOffset: Offset): Segment {
  const name = `${folder}/${String(baseOffset).padStart(20, '0')}`
  return { baseOffset, log: `${name}.log`, points: `${name}.points` }
}

/** The segments in a folder, in order of offset. */
export function listSegments(disk: Disk, folder: string): Segment[] {
  const names = disk.list(folder).filter((name) => /^\d{20}\.log$/.test(name))
  return names.map((name) => segmentAt(folder, Number(name.slice(0, 20))))
}

/** The Failure for damage of the log. */
export function corrupt({ file, position, offset, nature }: Damage): Failure {
  return new Failure('corrupt', `${file} is damaged at byte ${position} (offset ${offset}): ${nature}`, {
    hint: 'Nothing from there on is read. Put back a copy of the file, or move the data folder away to start anew.',
  })
}

/** Bytes of a segment that are read at a time. */
const WINDOW_BYTES = 1024 * 1024

/** Called with each checked batch; false ends the scan before it. */
type Visit = (batch: BatchBytes, at: number, place: LogPlace) => boolean

/** Checks the batches from `from` on, up to position `end`. Returns where it stopped, and the damage that made it stop. */
export function scanSegment(
  file: DiskFile,
  from: LogPlace,
  end: number,
  visit: Visit,
): { readonly stopped: LogPlace; readonly damage: Damage | undefined } {
  let { position, offset } = from
  let wanted = WINDOW_BYTES
  while (position < end) {
    const asked = Math.min(wanted, end - position)
    const batch = readWindow(file, position, asked)
    const isLast = position + asked === end || batch.bytes.length < asked
    wanted = WINDOW_BYTES
    let at = 0
    do {
      const stopped = { position, offset }
      const nature = checkOwnBatch(batch, at, offset)
      if (nature === CUT_SHORT && !isLast) {
        // A window that does not hold even one whole batch is read again, as large as the batch by its header.
        if (at === 0) wanted = Math.max(WINDOW_BYTES, batchSize(batch.view, at))
        break
      }
      if (nature !== undefined) return { stopped, damage: { ...stopped, file: file.path, nature } }
      if (!visit(batch, at, stopped)) return { stopped, damage: undefined }
      offset += batchCount(batch.view, at)
      position += batchSize(batch.view, at)
      at += batchSize(batch.view, at)
    } while (at < batch.bytes.length)
  }
  return { stopped: { position, offset }, damage: undefined }
}

/** Up to `bytes` of a file from a position on: fewer where it ends. */
export function readWindow(file: DiskFile, position: number, bytes: number): BatchBytes {
  const window = Buffer.allocUnsafeSlow(bytes)
  return batchBytes(window.subarray(0, file.read(window, position)))
}

/** The segment that is written to. */
export type Tail = {
  readonly segment: Segment
  readonly file: DiskFile
  readonly index: SparseIndex
}

/**
 * Makes an empty segment; `mark` is the last one before it. Its names are durable once the folder is synced. Throws a
 * Failure where it cannot.
 */
export function createTail(disk: Disk, segment: Segment, mark?: Uint8Array): Tail {
  const file = disk.open(segment.log, 'write')
  let points: DiskFile | undefined
  try {
    points = disk.open(segment.points, 'write')
    file.truncate(0)
    points.truncate(0)
    const index = new SparseIndex(points, segment.baseOffset)
    index.add(startPoint(segment.baseOffset, mark))
    return { segment, file, index }
  } catch (error) {
    file.close()
    points?.close()
    throw error
  }
}

export type Recovered = {
  readonly tail: Tail
  /** The end of the log, which is durable up to there. */
  readonly end: Point
  /** The torn append that was cut off. */
  readonly cut: Damage | undefined
}

/**
 * Opens the last segment after any end of the process or the machine. The synced bytes must be there and whole: if not, that
 * is a Failure ('corrupt'). Behind them, whole appends are kept; the first torn one, and all behind it, is cut off.
 * `markBefore` finds the last mark of earlier segments, where the index has lost it.
 */
export async function recoverTail(
  disk: Disk,
  segment: Segment,
  markBefore: () => Uint8Array | undefined,
): Promise<Recovered> {
  const file = disk.open(segment.log, 'write')
  let points: DiskFile | undefined
  try {
    points = disk.open(segment.points, 'write')
    const tail = { segment, file, index: new SparseIndex(points, segment.baseOffset) }
    return { tail, ...(await recover(tail, markBefore)) }
  } catch (error) {
    file.close()
    points?.close()
    throw error
  }
}

async function recover(
  { file, index }: Tail,
  markBefore: () => Uint8Array | undefined,
): Promise<Pick<Recovered, 'end' | 'cut'>> {
  const size = file.size()
  const synced = index.content.durable
  if (size < synced.position) {
    const nature = `the file ends here, but was durable up to byte ${synced.position} (offset ${synced.offset})`
    throw corrupt({ file: file.path, position: size, offset: synced.offset, nature })
  }
  const hasPoints = index.content.points.length > 0
  const from = hasPoints ? lastPoint(index.content) : { ...index.content.start, mark: markBefore() }
  const { end, damage, passed } = wholeAppends(file, from, size)
  if (damage !== undefined && end.position < synced.position) throw corrupt(damage)
  if (end.position < size) file.truncate(end.position)
  // Whole appends may be in the page cache only, and must be on the device before they are handed out. After a sync that
  // failed, the kernel takes their pages for clean, and another sync would not write them: so they are written again.
  writeAgain(file, synced.position, end.position)
  await file.sync()
  for (const point of hasPoints ? passed : [from, ...passed]) index.add(point)
  index.note(end)
  return { end, cut: end.position < size ? damage : undefined }
}

function writeAgain(file: DiskFile, from: number, to: number): void {
  for (let position = from; position < to; position += WINDOW_BYTES) {
    file.write([readWindow(file, position, Math.min(WINDOW_BYTES, to - position)).bytes], position)
  }
}

/** Scans the whole appends from a point on: their end, the points to note among them, and damage that ends them. */
export function wholeAppends(
  file: DiskFile,
  from: Point,
  size: number,
): { readonly end: Point; readonly passed: readonly Point[]; readonly damage: Damage | undefined } {
  const passed: Point[] = []
  let end = from
  let maxTime = from.maxTime
  const scan = scanSegment(file, from, size, (batch, at, place) => {
    const tail = readTail(batch, at)
    if (tail === undefined) return false
    maxTime = Math.max(maxTime, batchMaxTime(batch.view, at))
    if (tail.more) return true
    const position = place.position + batchSize(batch.view, at)
    end = { offset: place.offset + batchCount(batch.view, at), position, maxTime, mark: tail.mark ?? end.mark }
    if (position - (passed.at(-1) ?? from).position >= POINT_EVERY_BYTES) passed.push(end)
    return true
  })
  if (end.position === size) return { end, passed, damage: undefined }
  const nature = scan.stopped.position < size ? 'the records do not fill their batch' : 'the append has no end'
  const damage = scan.damage ?? { ...scan.stopped, file: file.path, nature }
  return { end, passed, damage }
}

/** The last mark in closed segments. Throws a Failure ('corrupt') for damage of a log that must be read for it. */
export function lastMarkOf(disk: Disk, segments: readonly Segment[]): Uint8Array | undefined {
  for (const segment of segments.toReversed()) {
    const index = readIndex(disk, segment)
    const file = disk.open(segment.log, 'read')
    try {
      const { end, damage } = wholeAppends(file, lastPoint(index), file.size())
      if (damage !== undefined) throw corrupt(damage)
      if (index.points.length > 0 || end.mark !== undefined) return end.mark
    } finally {
      file.close()
    }
  }
  return undefined
}

/** The place of an offset, or one before it, in a closed segment. */
export const placeBefore = (disk: Disk, segment: Segment, offset: Offset): LogPlace =>
  pointBefore(readIndex(disk, segment), offset)

/** The content of a segment's index; empty where the file is lost. */
export function readIndex(disk: Disk, { points, baseOffset }: Segment): Points {
  let file: DiskFile
  try {
    file = disk.open(points, 'read')
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return readPoints(undefined, baseOffset)
    throw error
  }
  try {
    return readPoints(file, baseOffset)
  } finally {
    file.close()
  }
}
