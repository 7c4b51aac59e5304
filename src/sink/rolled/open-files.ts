/**
 * The files that grow, one for each folder and partition. Of those that are open, the one not written to for longest is
 * closed when another one needs its place.
 */
import type { Clock } from '../../base/clock.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import { type Archive, lastOffsetIn } from './file-home.ts'
import { RolledFile, type RolledState } from './rolled-file.ts'

/** Ends of closed files that are remembered; beyond that they are looked up in the folder. */
const KNOWN_LIMIT = 1000

export type OpenFileState = RolledState & { readonly folder: string; readonly partition: number }

export type OpenFilesOptions = {
  readonly archive: Archive
  /** Bytes that every file begins with. */
  readonly head: Uint8Array | undefined
  /** How long a file grows before it is closed. */
  readonly roll: Duration
  /** How many files may be open. */
  readonly limit: number
  readonly clock: Clock
}

/** The open files of one sink. */
export class OpenFiles {
  readonly #options: OpenFilesOptions
  /** By folder and partition, the one not written to for longest first. */
  readonly #open = new Map<string, RolledFile>()
  /** By folder and partition, the greatest offset in closed files. */
  readonly #closed = new Map<string, Offset>()

  constructor(options: OpenFilesOptions) {
    this.#options = options
  }

  /** Opens the files of a checkpoint, which have this extension. Throws a Failure where one is gone or too short. */
  resume(states: readonly OpenFileState[], extension: string): void {
    const { archive, clock } = this.#options
    for (const { folder: within, partition, ...state } of states) {
      const home = { ...archive, extension, within, partition }
      const file = RolledFile.resume(home, state, clock.elapsed(), `sink ${archive.name}`)
      if (file !== undefined) this.#open.set(keyOf(within, partition), file)
    }
  }

  /** The greatest offset of a folder and partition that is stored already; -1: there is none. The folder is about to be written to. */
  last(folder: string, partition: number): Offset {
    const key = keyOf(folder, partition)
    const open = this.#open.get(key)
    if (open !== undefined) {
      this.#open.delete(key)
      this.#open.set(key, open)
      return open.last
    }
    const closed = this.#closed.get(key) ?? lastOffsetIn({ ...this.#options.archive, within: folder, partition })
    if (this.#closed.size >= KNOWN_LIMIT) this.#closed.clear()
    this.#closed.set(key, closed)
    return closed
  }

  /** The file that grows for a folder and partition; where there is none, one whose first record is at offset `first`. */
  async fileFor(folder: string, partition: number, first: Offset): Promise<RolledFile> {
    const key = keyOf(folder, partition)
    const open = this.#open.get(key)
    if (open !== undefined) return open
    const { archive, head, limit, clock } = this.#options
    const [oldest] = this.#open.keys()
    if (oldest !== undefined && this.#open.size >= limit) await this.#close(oldest)
    const file = await RolledFile.start({ ...archive, within: folder, partition }, first, head, clock.elapsed())
    this.#open.set(key, file)
    return file
  }

  /** Writes the added bytes to the files. */
  write(): void {
    for (const file of this.#open.values()) file.write()
  }

  /** Closes the files whose time is up. */
  async closeDue(): Promise<void> {
    const before = this.#options.clock.elapsed() - this.#options.roll
    for (const [key, file] of [...this.#open]) if (file.openedAt <= before) await this.#close(key)
  }

  async closeAll(): Promise<void> {
    for (const key of [...this.#open.keys()]) await this.#close(key)
  }

  /** Makes the files durable, and gives their states. */
  async sync(): Promise<readonly OpenFileState[]> {
    for (const file of this.#open.values()) await file.sync()
    return [...this.#open.values()].map(({ home, state }) => ({
      folder: home.within,
      partition: home.partition,
      ...state,
    }))
  }

  /** Leaves the files as they are. */
  abandon(): void {
    for (const file of this.#open.values()) file.abandon()
    this.#open.clear()
  }

  async #close(key: string): Promise<void> {
    const file = this.#open.get(key)
    if (file === undefined) return
    await file.close()
    this.#open.delete(key)
    this.#closed.set(key, file.last)
  }
}

const keyOf = (folder: string, partition: number): string => `${partition}/${folder}`
