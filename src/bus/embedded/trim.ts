/**
 * Removes whole segments from the start of a partition, so that the rest has no gap at any moment, whenever the power is
 * cut: the oldest first, each one durably before the next. The first offset kept follows from the files alone.
 *
 * The last mark may be in a removed segment, and only the index of a later one still have it. But the loss of an index must
 * cost no more than time, so the mark is first put into `mark.json` of the partition's folder:
 *
 *   {"content":{"mark":"base64"},"crc32c":"0123abcd"}
 *
 * It is read only where no segment has a mark. A mark in a segment is always a later one, or the same.
 *
 * What was deleted is told from what is lost by `start.json`: the offset before which segments may be gone. It is written when
 * the partition is made, and before anything is deleted.
 *
 *   {"content":{"start":183402},"crc32c":"0123abcd"}
 */
import { type Disk, isThere } from '../../base/disk/disk.ts'
import { isFull } from '../../base/disk/full-disk.ts'
import type { Offset } from '../../base/quantity.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { listSegments, readIndex, type Segment, wholeAppends } from './segment.ts'
import { lastPoint } from './sparse-index.ts'

/** Facts about a closed segment. */
export type Facts = {
  readonly bytes: number
  /** The greatest arrival in it, ms since 1970; `NO_TIME` where it is empty. */
  readonly maxTime: number
}

/** The facts about a closed segment, from its index or, where that is lost, from its batches. */
export function factsOf(disk: Disk, segment: Segment): Facts {
  const index = readIndex(disk, segment)
  const file = disk.open(segment.log, 'read')
  try {
    const bytes = file.size()
    if (index.durable.position === bytes) return { bytes, maxTime: index.durable.maxTime }
    // The index is lost or ends earlier: the batches behind its last point have the rest.
    return { bytes, maxTime: wholeAppends(file, lastPoint(index), bytes).end.maxTime }
  } finally {
    file.close()
  }
}

const markFile = (folder: string): string => `${folder}/mark.json`
const startFile = (folder: string): string => `${folder}/start.json`

/** Puts the last mark of a partition into its `mark.json`. On a full disk the index of `leaving`, which goes next, gives the room. */
export async function keepMark(
  disk: Disk,
  folder: string,
  mark: Uint8Array,
  leaving: Segment | undefined,
): Promise<void> {
  const write = () => writeChecked(disk, markFile(folder), { mark: Buffer.from(mark).toString('base64') })
  try {
    await write()
  } catch (error) {
    if (!isFull(error) || leaving === undefined || !isThere(disk, leaving.points)) throw error
    disk.unlink(leaving.points)
    await write()
  }
}

/**
 * Puts the offset before which segments may be gone into `start.json`. On a full disk it removes the file instead: then nobody
 * knows what was deleted, until the next deletion.
 */
export async function keepStart(disk: Disk, folder: string, start: Offset): Promise<void> {
  try {
    await writeChecked(disk, startFile(folder), { start })
  } catch (error) {
    if (!isFull(error)) throw error
    if (isThere(disk, startFile(folder))) disk.unlink(startFile(folder))
    await disk.syncFolder(folder)
  }
}

/** The mark in `mark.json`; undefined where there is no file. Throws a Failure ('corrupt') where it is damaged. */
export function keptMark(disk: Disk, folder: string): Uint8Array | undefined {
  const content = readChecked(disk, markFile(folder)) as { readonly mark: string } | undefined
  return content === undefined ? undefined : Buffer.from(content.mark, 'base64')
}

/**
 * The offset in `start.json`; undefined where there is no file, as in folders of earlier versions. Throws a Failure ('corrupt')
 * where it is damaged.
 */
export function keptStart(disk: Disk, folder: string): Offset | undefined {
  const content = readChecked(disk, startFile(folder)) as { readonly start: Offset } | undefined
  return content?.start
}

/** What is missing before the first segment, in words; undefined: nothing, as far as it is known. */
export function lostStart(first: Offset, start: Offset | undefined): string | undefined {
  if (start === undefined || first <= start) return undefined
  return `the segments of offsets ${start} to ${first - 1} are missing, and tailrace did not delete them`
}

/** Advice where the oldest segments of a partition are missing. */
export const ACCEPT_START =
  'Put back copies of the files. To go on without these records, remove start.json of the folder.'

/**
 * Removes the first segments of a partition, the oldest first; each leaves `segments` once it is gone for good. After a
 * Failure the next call goes on with the one that is left: a later one must not go before it.
 */
export async function removeSegments(disk: Disk, folder: string, segments: Segment[]): Promise<void> {
  for (let first = segments[0]; first !== undefined; first = segments[0]) {
    const names = disk.list(folder)
    for (const path of [first.points, first.log]) {
      if (names.includes(path.slice(folder.length + 1))) disk.unlink(path)
    }
    await disk.syncFolder(folder)
    segments.shift()
  }
}

/** Removes indexes without a segment, as a power cut may leave them. */
export function removeOrphans(disk: Disk, folder: string): void {
  const points = new Set(listSegments(disk, folder).map((segment) => segment.points))
  for (const name of disk.list(folder)) {
    const path = `${folder}/${name}`
    if (/^\d{20}\.points$/.test(name) && !points.has(path)) disk.unlink(path)
  }
}
