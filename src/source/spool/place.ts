/**
 * The place of a source of finished files, which each partition of its topic keeps with the last records that it took:
 *
 *   {"line":240,"at":{"first":200,"position":8100},"taken":[{"name":"a.json","id":"8:1","seen":"…","print":"…","first":180,"count":20}, …]}
 *
 *   line    how many records the source has delivered: files are read one after the other, so all have one numbering
 *   at      the file that was read, by the number of its first record, and how far its text was read
 *   taken   files that were not put away yet, in the order in which they were read: at most a few, apart from those that stay
 *
 * A file is put away only when all its records are durable. So after a crash whatever a partition lacks is in files of the place
 * that is furthest ahead; they are read again with the numbers that they had, and partitions skip what they have.
 */
import { Failure } from '../../base/failure.ts'
import type { SourcePlace } from '../source.ts'

/** A file that was taken, and how it is recognised. */
export type TakenFile = {
  /** Its name in the folder. */
  readonly name: string
  /** Device and inode. */
  readonly id: string
  /** Its size and time of change when it was taken. */
  readonly seen: string
  /** Two hashes, of its first KiB and of its last 256 bytes. */
  readonly print: string
  /** The number of its first record. */
  readonly first: number
  /** How many records it has; absent until it is read to its end. */
  readonly count?: number
  /** Something is wrong with it, so it is not put away. */
  readonly stays?: true
}

export type SpoolPlace = {
  readonly line: number
  readonly at: { readonly first: number; readonly position: number }
  readonly taken: readonly TakenFile[]
}

/** Where a file is read on: with record number `line`, behind `position` bytes of its text. */
export type ReadFrom = { readonly line: number; readonly position: number }

/** A file of the last run. `from`: where it is read again; undefined where all its records are in their partitions. */
export type FileOfLastRun = { readonly file: TakenFile; readonly from: ReadFrom | undefined }

export type SpoolRun = { readonly line: number; readonly files: readonly FileOfLastRun[] }

/** The last run, from the places of the partitions. Throws a Failure `corrupt` for places of another kind of source. */
export function lastSpoolRun(places: readonly (SourcePlace | undefined)[], who: string): SpoolRun {
  const all = places.map((place) => checked(place, who))
  const ahead = all.reduce((best, place) => ((place?.line ?? 0) > (best?.line ?? 0) ? place : best), undefined)
  if (ahead === undefined) return { line: 0, files: [] }
  return { line: ahead.line, files: ahead.taken.map((file) => ({ file, from: missingFrom(file, all) })) }
}

function missingFrom(file: TakenFile, places: readonly (SpoolPlace | undefined)[]): ReadFrom | undefined {
  const { first, count = Number.POSITIVE_INFINITY } = file
  const missing = Math.min(
    ...places.map((place, partition) => firstOf(partition, places.length, Math.max(first, place?.line ?? 0))),
  )
  if (missing >= first + count) return undefined
  return places.reduce<ReadFrom>(
    (best, place) => {
      const isOfIt = place !== undefined && place.at.first === first && place.line <= missing
      return isOfIt && place.line > best.line ? { line: place.line, position: place.at.position } : best
    },
    { line: first, position: 0 },
  )
}

/** The first number from `least` on that belongs to a partition. */
const firstOf = (partition: number, partitions: number, least: number): number =>
  least + ((((partition - least) % partitions) + partitions) % partitions)

function checked(place: SourcePlace | undefined, who: string): SpoolPlace | undefined {
  if (place === undefined || ('taken' in place && 'at' in place)) return place as SpoolPlace | undefined
  throw new Failure('corrupt', `${who}: its place was kept by a source of another kind`, {
    hint: 'give the source another name, so that it starts anew',
  })
}
