/**
 * The place of a source of files, which each partition of its topic keeps with the last lines that it took: of every file,
 * by its number, how far it was read and how it is known again.
 *
 * After a crash the partitions' places differ. The furthest says best which text a file was; the one furthest behind is
 * where it is read again, and partitions that are ahead skip what they have.
 */
import { Failure } from '../../base/failure.ts'
import type { PartPlaces, SourcePlace } from '../source.ts'
import type { Print } from './print.ts'

/** What is kept of a file. */
export type FilePlace = {
  readonly line: number
  /** As it was named last, and which one that was: device and inode. */
  readonly path: string
  readonly id: string
  /** The end of the last line taken, in bytes of its text. */
  readonly offset: number
  readonly print: Print
  /** A packed file that was read to its end. */
  readonly done?: true
}

/** What is kept for a while of a file that was read to its end and is gone: how many lines it had. */
type Ended = { readonly line: number; readonly path?: undefined }

export type FilesPlace = PartPlaces & {
  readonly line: number
  readonly parts: { readonly [part: string]: FilePlace | Ended }
}

/** A file of the last run: how it is known, and where it is read again. */
export type KnownFile = {
  readonly part: string
  readonly last: FilePlace
  readonly line: number
  readonly offset: number
  readonly done: boolean
  /** Lines that some partition does not have, of those that were read. */
  readonly missing: number
}

export type Known = { readonly files: readonly KnownFile[]; readonly next: number; readonly line: number }

export function knownOf(places: readonly (SourcePlace | undefined)[], who: string): Known {
  const all = places.map((place) => checked(place, who))
  const given = all.filter((place) => place !== undefined)
  const parts = [...new Set(given.flatMap((place) => Object.keys(place.parts)))]
  return {
    files: parts.map((part) => knownFile(part, all)).filter((file) => file !== undefined),
    next: Math.max(0, ...given.map((place) => place.next)),
    line: Math.max(0, ...given.map((place) => place.line)),
  }
}

function knownFile(part: string, places: readonly (FilesPlace | undefined)[]): KnownFile | undefined {
  const kept = places.map((place) => place?.parts[part])
  const files = kept.filter((place): place is FilePlace => place?.path !== undefined)
  const last = files.reduce<FilePlace | undefined>(
    (best, file) => (best && best.line >= file.line ? best : file),
    undefined,
  )
  if (last === undefined) return undefined
  const lines = places.map((place, partition) => {
    return kept[partition]?.line ?? (Number(part) < (place?.next ?? 0) ? Number.POSITIVE_INFINITY : 0)
  })
  const least = Math.min(...lines)
  const from = files.find(({ line }) => line === least)
  const end = Math.max(...kept.map((place) => place?.line ?? 0))
  return {
    part,
    last,
    line: from?.line ?? 0,
    offset: from?.offset ?? 0,
    done: from?.done ?? false,
    missing: lines.reduce((sum, line, partition) => sum + countLines(line, end, partition, places.length), 0),
  }
}

/** How many of the lines from `from` to `end` belong to a partition. */
function countLines(from: number, end: number, partition: number, partitions: number): number {
  const below = (line: number) => Math.max(0, Math.ceil((line - partition) / partitions))
  return from >= end ? 0 : below(end) - below(from)
}

function checked(place: SourcePlace | undefined, who: string): FilesPlace | undefined {
  if (place === undefined || 'parts' in place) return place as FilesPlace | undefined
  throw new Failure(
    'corrupt',
    `${who}: its place was kept by another version of tailrace, which numbered lines otherwise`,
    {
      hint: 'read the rest with that version, or start anew with another data folder (--data)',
    },
  )
}
