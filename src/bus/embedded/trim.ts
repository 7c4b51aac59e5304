/**
 * Takes whole segments off the start of a partition, so that at any moment, power cuts included, what is left has no gap:
 * oldest first, each gone durably before the next one goes. The first offset kept follows from the files alone.
 *
 * The last mark may lie in a segment that goes, with only the index of a later one remembering it. An index may be lost
 * at no cost but time, so the mark is first put into `mark.json` of the partition's folder:
 *
 *   {"content":{"mark":"base64"},"crc32c":"0123abcd"}
 *
 * It is asked only where no segment has a mark. A mark in a segment is always a later one, or the same.
 */
import type { Disk } from '../../base/disk.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { listSegments, openPoints, type Segment, wholeAppends } from './segment.ts'
import { startPoint } from './sparse-index.ts'

/** What is known of a segment that is not written to any more. */
export type Facts = {
  readonly bytes: number
  /** The greatest arrival in it, ms since 1970. */
  readonly maxTime: number
}

export function factsOf(disk: Disk, segment: Segment): Facts {
  const index = openPoints(disk, segment)
  index?.close()
  const file = disk.open(segment.log, 'read')
  try {
    const bytes = file.size()
    const durable = index?.durable()
    if (durable?.position === bytes) return { bytes, maxTime: durable.maxTime }
    // The index did not get to the end, or is lost: the batches behind its last point say the rest.
    const from = index?.last() ?? startPoint(segment.baseOffset)
    return { bytes, maxTime: wholeAppends(file, from, bytes).end.maxTime }
  } finally {
    file.close()
  }
}

const markFile = (folder: string): string => `${folder}/mark.json`

export function keepMark(disk: Disk, folder: string, mark: Uint8Array): Promise<void> {
  return writeChecked(disk, markFile(folder), { mark: Buffer.from(mark).toString('base64') })
}

export function keptMark(disk: Disk, folder: string): Uint8Array | undefined {
  const content = readChecked(disk, markFile(folder)) as { readonly mark: string } | undefined
  return content === undefined ? undefined : Buffer.from(content.mark, 'base64')
}

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

/** Removes indexes whose segment went before them, as a power cut may leave them. */
export function removeOrphans(disk: Disk, folder: string): void {
  const points = new Set(listSegments(disk, folder).map((segment) => segment.points))
  for (const name of disk.list(folder)) {
    const path = `${folder}/${name}`
    if (/^\d{20}\.points$/.test(name) && !points.has(path)) disk.unlink(path)
  }
}
