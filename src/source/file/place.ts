/**
 * The place of a source of files, which each partition of its topic keeps with the last lines that it took: for every
 * generation, by its number, how far it was read and how it is recognised.
 *
 * After a crash the places of the partitions differ. The one furthest ahead tells best which generation it was; from the one
 * furthest behind it is read again, and partitions that are ahead skip the lines that they have.
 */
import { Failure } from '../../base/failure.ts'
import type { InputChanges, InputPlaces, SourcePlace } from '../source.ts'
import type { FilePrint } from './print.ts'

/** A generation in the place. */
export type FilePlace = {
  readonly line: number
  /** The last name of its file, and the device and inode. */
  readonly path: string
  readonly id: string
  /** The position behind its last line that was taken. */
  readonly offset: number
  readonly print: FilePrint
  /** When its file had been written to last, ms since 1970, as it was read. Earlier versions do not keep it. */
  readonly changed?: number
  /** Its file is packed and was read to its end. */
  readonly done?: boolean
  /** Bytes of the packed file by then. */
  readonly packed?: number | undefined
}

/** A generation that has ended, in the place for a while: how many lines it had, and the print by which its file is known again. */
export type Ended = { readonly line: number; readonly print?: FilePrint; readonly path?: undefined }

export type FilesPlace = InputPlaces & {
  readonly line: number
  readonly parts: { readonly [input: string]: FilePlace | Ended }
}

/** What has changed of it since the delivery before. */
export type FilesChange = InputChanges & {
  readonly line: number
  readonly parts: { readonly [input: string]: FilePlace | Ended | null }
}

/** A generation of the last run: how it is recognised, and where it is read again. */
export type KnownGeneration = {
  readonly input: string
  readonly last: FilePlace
  readonly line: number
  readonly position: number
  readonly done: boolean
  readonly packed: number | undefined
  /** How many lines were read but are not in their partition. */
  readonly missing: number
}

/** A generation that had ended by then, whose file may still be met. */
export type EndedGeneration = { readonly input: string; readonly line: number; readonly print: FilePrint }

export type LastRun = {
  readonly generations: readonly KnownGeneration[]
  /** In the order in which they were begun. */
  readonly ended: readonly EndedGeneration[]
  readonly next: number
  readonly line: number
}

/** The last run, from the places of the partitions. Throws a Failure `corrupt` for places of another kind. */
export function lastRunOf(places: readonly (SourcePlace | undefined)[], who: string): LastRun {
  const all = places.map((place) => checked(place, who))
  const given = all.filter((place) => place !== undefined)
  const inputs = [...new Set(given.flatMap((place) => Object.keys(place.parts)))]
  return {
    generations: inputs.map((input) => knownGeneration(input, all)).filter((known) => known !== undefined),
    ended: inputs.flatMap((input) => endedGeneration(input, given)).sort((a, b) => Number(a.input) - Number(b.input)),
    next: Math.max(0, ...given.map((place) => place.next)),
    line: Math.max(0, ...given.map((place) => place.line)),
  }
}

function knownGeneration(input: string, places: readonly (FilesPlace | undefined)[]): KnownGeneration | undefined {
  const kept = places.map((place) => place?.parts[input])
  const files = kept.filter((place): place is FilePlace => place?.path !== undefined)
  const last = files.reduce<FilePlace | undefined>(
    (best, file) => (best && best.line >= file.line ? best : file),
    undefined,
  )
  if (last === undefined) return undefined
  const lines = places.map((place, partition) => {
    return kept[partition]?.line ?? (Number(input) < (place?.next ?? 0) ? Number.POSITIVE_INFINITY : 0)
  })
  const least = Math.min(...lines)
  const from = files.find(({ line }) => line === least)
  const end = Math.max(...kept.map((place) => place?.line ?? 0))
  return {
    input,
    last,
    line: from?.line ?? 0,
    position: from?.offset ?? 0,
    done: from?.done ?? false,
    packed: from?.packed,
    missing: lines.reduce((sum, line, partition) => sum + countLines(line, end, partition, places.length), 0),
  }
}

/** A generation that has ended for all partitions that know of it: otherwise it is gone on with. */
function endedGeneration(input: string, places: readonly FilesPlace[]): readonly EndedGeneration[] {
  const kept = places.map(({ parts }) => parts[input]).filter((place) => place !== undefined)
  const [first] = kept
  if (first?.print === undefined || kept.some(({ path }) => path !== undefined)) return []
  return [{ input, line: first.line, print: first.print }]
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
