/**
 * The folder of a source of finished files: which names are of files that are finished, and in which order they are taken.
 *
 * A file is finished if its name is neither hidden nor that of a half-written one, and if it has not changed for `settle`: by
 * its time of change, or, where that lies in the future, by what was seen of it.
 */
import { readdir } from 'node:fs/promises'
import { join, matchesGlob, resolve } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { type FoundFile, findAll, type LeaveOut } from '../file/find.ts'

/** How names of files end that somebody is still writing. */
const UNFINISHED = /\.(tmp|part)$/

export type InboxOptions = {
  /** As the pipeline file names it. */
  readonly folder: string
  /** A glob of names. */
  readonly files?: string | undefined
  readonly order: 'name' | 'mtime'
  readonly settle: Duration
  /** How names of files end that were taken. */
  readonly suffix: string
}

type Surroundings = {
  /** Where a relative path of the folder starts from. */
  readonly folder: string
  readonly clock: Clock
  readonly leftOut: LeaveOut
}

/** Since when files are as they were seen, by device and inode. */
type Sightings = Map<string, { readonly seen: string; readonly since: Duration }>

/** What a look finds: all files that have a name to be taken, by device and inode, and of these the finished ones in order. */
export type Look = { readonly found: ReadonlyMap<string, FoundFile>; readonly finished: readonly FoundFile[] }

/** Whether a file of this name may be finished, and is not one that was taken. */
export const isToTake = (name: string, { files, suffix }: Pick<InboxOptions, 'files' | 'suffix'>): boolean =>
  !name.startsWith('.') &&
  !UNFINISHED.test(name) &&
  !name.endsWith(suffix) &&
  (files === undefined || matchesGlob(name, files))

/** The files of one source. */
export class Inbox {
  /** The whole path of the folder. */
  readonly whole: string
  readonly #options: InboxOptions
  readonly #surroundings: Surroundings
  /** Since when files that are not finished are as they are, by `Clock.elapsed`. */
  #sightings: Sightings = new Map()
  /** Whether the folder was there before: then it is a failure that it is not. */
  wasThere = false

  constructor(options: InboxOptions, surroundings: Surroundings) {
    this.whole = resolve(surroundings.folder, options.folder)
    this.#options = options
    this.#surroundings = surroundings
  }

  /** Looks into the folder. Rejects with the file system's error where it cannot be listed; one that was never there is empty. */
  async look(): Promise<Look> {
    const { folder, order } = this.#options
    const names = await readdir(this.whole).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && !this.wasThere) return undefined
      throw error
    })
    this.wasThere = names !== undefined
    const paths = (names ?? []).filter((name) => isToTake(name, this.#options)).map((name) => join(folder, name))
    const found = await findAll(paths.sort(), this.#surroundings.folder, this.#surroundings.leftOut)
    const sightings: Sightings = new Map()
    const finished = [...found.values()].filter((file) => this.#isSettled(file, sightings))
    this.#sightings = sightings
    return { found, finished: order === 'name' ? finished : finished.sort(byTime) }
  }

  #isSettled({ id, seen, changed }: FoundFile, sightings: Sightings): boolean {
    const { settle } = this.#options
    const { clock } = this.#surroundings
    if (settle === 0 || clock.now() - changed >= settle) return true
    const now = clock.elapsed()
    const last = this.#sightings.get(id)
    const since = last?.seen === seen ? last.since : now
    sightings.set(id, { seen, since })
    return now - since >= settle
  }
}

function byTime(a: FoundFile, b: FoundFile): number {
  const [one, other] = [timeOf(a), timeOf(b)]
  if (one !== other) return one < other ? -1 : 1
  return a.path < b.path ? -1 : 1
}

/** When it was written to last, in ns since 1970: see `FoundFile.seen`. */
const timeOf = ({ seen }: FoundFile): bigint => BigInt(seen.slice(seen.indexOf(' ') + 1))
