/**
 * A rolled file: records of one partition that belong together, in the order of their offsets. It grows on the local disk;
 * once it is whole, a store gets it: see `file-store.ts`.
 */
import { dirname } from 'node:path'
import { assert } from '../../base/assert.ts'
import { type Disk, type DiskFile, isThere, sizeOf } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import type { Records } from '../../record/column.ts'
import { PUT_BACK, tooShort } from '../append-file.ts'
import type { LostFile } from '../sink.ts'
import type { FileHome, WholeFile } from './archive.ts'

/** A file that grows, as the checkpoint keeps it: its offsets, its length in bytes, and how many records or rows it has. */
export type RolledState = {
  readonly first: Offset
  readonly last: Offset
  readonly length: number
  readonly count: number
}

/** Which file it is: where it grows, and what it will be called. */
export type RolledPlace = {
  readonly disk: Disk
  readonly path: string
  readonly home: FileHome
  readonly suffix: string
}

const NEWLINE = 10

/** The file of a checkpoint, where it is there and has less than that says. */
export function cutFile(disk: Disk, path: string, { length }: Pick<RolledState, 'length'>): LostFile | undefined {
  const size = sizeOf(disk, path)
  if (size === undefined || size >= length) return undefined
  return { path, nature: `has ${size} bytes, but ${length} were written to it` }
}

/** A file that grows. A method that fails can be called again. */
export class RolledFile {
  readonly place: RolledPlace
  /** By the monotonic clock. */
  readonly openedAt: Duration
  readonly #file: DiskFile
  /** Its length is that of the bytes that are in the file; its last record may not be there yet. */
  readonly #state: { -readonly [key in keyof RolledState]: RolledState[key] }
  /** Bytes that are not yet in the file. */
  #pending = Buffer.allocUnsafe(64 * 1024)
  #pendingLength = 0
  #isSynced = false
  #isClosed = false
  /** Whether the name of the growing file is durable. */
  #isNamed: boolean

  private constructor(place: RolledPlace, file: DiskFile, state: RolledState, openedAt: Duration) {
    this.place = place
    this.#file = file
    this.#state = { ...state }
    this.#isNamed = state.length > 0
    this.openedAt = openedAt
  }

  /** Starts a file with the record at offset `first`. A file that a crash left under its name is written over. */
  static async start(
    place: RolledPlace,
    first: Offset,
    head: Uint8Array | undefined,
    now: Duration,
  ): Promise<RolledFile> {
    await place.disk.mkdir(dirname(place.path))
    const file = place.disk.open(place.path, 'write')
    file.truncate(0)
    const started = new RolledFile(place, file, { first, last: first - 1, length: 0, count: 0 }, now)
    if (head !== undefined) started.#add(head)
    return started
  }

  /** Opens the file of a checkpoint at the length of its state. Throws a Failure where it is gone or shorter; `subject` begins the message. */
  static resume(place: RolledPlace, state: RolledState, now: Duration, subject: string): RolledFile {
    const { disk, path } = place
    if (!isThere(disk, path)) {
      throw new Failure('corrupt', `${subject}: ${path} is gone, which had records up to offset ${state.last}`, {
        hint: PUT_BACK,
      })
    }
    const file = disk.open(path, 'write')
    const size = file.size()
    if (size < state.length) {
      file.close()
      throw tooShort(`${subject}: ${path}`, size, state.length)
    }
    file.truncate(state.length)
    return new RolledFile(place, file, state, now)
  }

  /** Offset of the last record that was added. */
  get last(): Offset {
    return this.#state.last
  }

  /** Records or rows that it has. */
  get count(): number {
    return this.#state.count
  }

  /** Bytes that it has, also those that are not yet in the file. */
  get size(): number {
    return this.#state.length + this.#pendingLength
  }

  get state(): RolledState {
    assert(this.#pendingLength === 0, 'a file is written before its state is kept')
    return { ...this.#state }
  }

  /** Adds records [from, to) as lines; record 0 is at `baseOffset`. (Buffer's copy is three times a loop's speed.) */
  addRecords(records: Records & { readonly bytes: Buffer }, from: number, to: number, baseOffset: Offset): void {
    for (let record = from; record < to; record++) {
      const start = records.start[record] as number
      const end = records.end[record] as number
      const at = this.#reserve(end - start + 1)
      records.bytes.copy(this.#pending, at, start, end)
      this.#pending[at + end - start] = NEWLINE
    }
    this.#state.last = baseOffset + to - 1
    this.#state.count += to - from
  }

  /** Adds the bytes of `count` rows that were made of records up to `offset`. */
  addRows(bytes: Uint8Array, count: number, offset: Offset): void {
    this.#add(bytes)
    this.#state.last = offset
    this.#state.count += count
  }

  /** Writes the added bytes to the file. */
  write(): void {
    if (this.#pendingLength === 0) return
    this.#file.write([this.#pending.subarray(0, this.#pendingLength)], this.#state.length)
    this.#state.length += this.#pendingLength
    this.#pendingLength = 0
    this.#isSynced = false
  }

  /** Makes the added bytes durable. */
  async sync(): Promise<void> {
    this.write()
    if (!this.#isSynced) await this.#file.sync()
    this.#isSynced = true
    if (!this.#isNamed) await this.place.disk.syncFolder(dirname(this.place.path))
    this.#isNamed = true
  }

  /** Ends the file: when this resolves, it is whole and durable where it grew. */
  async end(): Promise<WholeFile> {
    await this.sync()
    const { home, suffix, path } = this.place
    this.abandon()
    return { ...this.#state, home, suffix, grown: path }
  }

  /** Leaves the file as it is. */
  abandon(): void {
    if (!this.#isClosed) this.#file.close()
    this.#isClosed = true
  }

  #add(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#pending.set(bytes, at)
  }

  /** Makes room for `bytes` more bytes, and gives the position where they go. */
  #reserve(bytes: number): number {
    const at = this.#pendingLength
    this.#pendingLength = at + bytes
    if (this.#pendingLength > this.#pending.length) {
      const wider = Buffer.allocUnsafe(2 * this.#pendingLength)
      this.#pending.copy(wider, 0, 0, at)
      this.#pending = wider
    }
    return at
  }
}
