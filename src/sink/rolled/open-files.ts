/**
 * The files that grow, one for each home. Of those that are open, the one not written to for longest is closed when another
 * one needs its place.
 */
import type { Clock } from '../../base/clock.ts'
import { type Disk, isThere } from '../../base/disk/disk.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import { type FileHome, lastOffsetIn } from './archive.ts'
import type { FileStore } from './file-store.ts'
import { Publishing } from './publishing.ts'
import { RolledFile, type RolledState } from './rolled-file.ts'

/** Ends of closed files that are remembered; beyond that they are looked up in the folder. */
const KNOWN_LIMIT = 1000

/** More files than this that are closed early between two checkpoints show that the records are scattered. */
const SCATTERED = 500

/** `folder`, `prefix` and `partition`: the home of the file. */
export type OpenFileState = RolledState & {
  readonly folder: string
  readonly prefix: string
  readonly suffix: string
  readonly partition: number
}

/** When a file is closed: after a time, with a number of bytes, or with a number of records or rows. */
export type RollLimits = { readonly after: Duration; readonly bytes: number; readonly count: number }

export type OpenFilesOptions = {
  readonly store: FileStore
  readonly disk: Disk
  readonly clock: Clock
  /** Begins messages. */
  readonly subject: string
  /** Bytes that every file begins with. */
  readonly head: Uint8Array | undefined
  readonly suffix: string
  readonly limits: RollLimits
  /** How many files may be open. */
  readonly most: number
  warn(message: string): void
}

/** The open files of one sink, and those that are whole and on their way to the store. */
export class OpenFiles {
  readonly #options: OpenFilesOptions
  readonly #publishing: Publishing
  /** By home, the one not written to for longest first. */
  readonly #open = new Map<string, RolledFile>()
  /** By home, the greatest offset in closed files. */
  readonly #closed = new Map<string, Offset>()
  /** Files that were closed for others since the last checkpoint. */
  #displaced = 0
  #hasWarned = false

  constructor(options: OpenFilesOptions) {
    this.#options = options
    this.#publishing = new Publishing(options.store)
  }

  /** Opens the files of a checkpoint of this life. Throws a Failure where one is gone or too short. */
  async resume(states: readonly OpenFileState[], life: string): Promise<void> {
    const { store, disk, clock, subject } = this.#options
    for (const { folder: within, prefix, suffix, partition, ...state } of states) {
      const home = { within, prefix, life, partition }
      const path = store.growing(home, state.first)
      if (lastOffsetIn(home, await store.names(home)) >= state.first) {
        // It was published after the checkpoint, and what was written after that comes again and is known.
        if (isThere(disk, path)) disk.unlink(path)
        continue
      }
      const file = RolledFile.resume({ disk, path, home, suffix }, state, clock.elapsed(), subject)
      const key = keyOf(home)
      // The checkpoint came while this one was on its way, and the next one of its home grew.
      if (this.#open.has(key)) await this.#close(key)
      this.#open.set(key, file)
    }
  }

  /** The greatest offset of a home that is stored already; -1: there is none. The home is about to be written to. */
  async last(home: FileHome): Promise<Offset> {
    const key = keyOf(home)
    const open = this.#open.get(key)
    if (open !== undefined) {
      this.#open.delete(key)
      this.#open.set(key, open)
      return open.last
    }
    const closed = this.#closed.get(key) ?? (await this.#lastStored(home))
    this.#remember(key, closed)
    return closed
  }

  /** The file that grows for a home; where there is none, one whose first record is at offset `first`. */
  async fileFor(home: FileHome, first: Offset): Promise<RolledFile> {
    const key = keyOf(home)
    const open = this.#open.get(key)
    if (open !== undefined) return open
    const { store, disk, head, suffix, most, clock } = this.#options
    const [oldest] = this.#open.keys()
    if (oldest !== undefined && this.#open.size >= most) await this.#displace(oldest)
    const place = { disk, path: store.growing(home, first), home, suffix }
    const file = await RolledFile.start(place, first, head, clock.elapsed())
    this.#open.set(key, file)
    return file
  }

  /** Closes a file that has as much as it may have. */
  async closeIfFull(file: RolledFile): Promise<void> {
    const { bytes, count } = this.#options.limits
    if (file.size >= bytes || file.count >= count) await this.#close(keyOf(file.place.home))
  }

  /** Tries again to publish what could not be published. */
  async tryAgain(): Promise<void> {
    await this.#publishing.tryAgain()
  }

  /** Writes the added bytes to the files. */
  write(): void {
    for (const file of this.#open.values()) file.write()
  }

  /** Closes the files whose time is up. */
  async closeDue(): Promise<void> {
    const before = this.#options.clock.elapsed() - this.#options.limits.after
    for (const [key, file] of [...this.#open]) if (file.openedAt <= before) await this.#close(key)
  }

  /** Closes all files, and publishes them. */
  async closeAll(): Promise<void> {
    for (const key of [...this.#open.keys()]) await this.#close(key)
    await this.#publishing.finish()
  }

  /** Makes the files durable, and gives the states of all that are not yet published, those of a home in order. */
  async sync(): Promise<readonly OpenFileState[]> {
    this.#displaced = 0
    for (const file of this.#open.values()) await file.sync()
    this.#publishing.beginAgain()
    const open = [...this.#open.values()].map(({ place, state }) => ({ ...place, ...state }))
    return [...this.#publishing.files, ...open].map(({ home, suffix, first, last, length, count }) => {
      const { within: folder, prefix, partition } = home
      return { folder, prefix, suffix, partition, first, last, length, count }
    })
  }

  /** Leaves the files as they are. When that resolves, none is on its way to the store any more. */
  async abandon(): Promise<void> {
    for (const file of this.#open.values()) file.abandon()
    this.#open.clear()
    await this.#publishing.settled()
  }

  /** Closes a file as another one needs its place. */
  async #displace(key: string): Promise<void> {
    await this.#close(key)
    if (++this.#displaced <= SCATTERED || this.#hasWarned) return
    this.#hasWarned = true
    const { most, warn } = this.#options
    warn(
      `its records are scattered over more than ${SCATTERED} files at once, of which ${most} may be open (max_open): each is closed with a few records, which is slow and fills the disk with small files; take a path with fewer parts of the time, or a longer round, or look for wrong times in the log`,
    )
  }

  async #close(key: string): Promise<void> {
    const file = this.#open.get(key)
    if (file === undefined) return
    const whole = await file.end()
    this.#open.delete(key)
    this.#remember(key, whole.last)
    await this.#publishing.add(whole)
  }

  async #lastStored(home: FileHome): Promise<Offset> {
    const underWay = this.#publishing.last(home)
    if (underWay >= 0) return underWay
    return lastOffsetIn(home, await this.#options.store.names(home))
  }

  #remember(key: string, last: Offset): void {
    if (this.#closed.size >= KNOWN_LIMIT) this.#closed.clear()
    this.#closed.set(key, last)
  }
}

const keyOf = ({ within, prefix, partition }: FileHome): string => `${partition}/${within}/${prefix}`
