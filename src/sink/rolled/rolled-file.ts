/**
 * A rolled file: records of one partition that belong in one folder, in the order of their offsets. It grows under one name;
 * closed, it is synced and renamed to its last: see `file-home.ts`.
 */
import { assert } from '../../base/assert.ts'
import { type DiskFile, isThere, sizeOf } from '../../base/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import type { Records } from '../../record/column.ts'
import { PUT_BACK, tooShort } from '../append-file.ts'
import type { LostFile } from '../sink.ts'
import { closedPath, type FileHome, folderOf, growingPath, lastOffsetIn } from './file-home.ts'

/** A file that grows, as the checkpoint keeps it: its offsets, and its length in bytes. */
export type RolledState = { readonly first: Offset; readonly last: Offset; readonly length: number }

const NEWLINE = 10

/** The file of a checkpoint, where it is gone or shorter than that says and was not closed since. */
export function lostFiles(home: FileHome, { first, last, length }: RolledState): readonly LostFile[] {
  const path = growingPath(home, first)
  const size = isThere(home.disk, path) ? sizeOf(home.disk, path) : undefined
  if (size === undefined) {
    return lastOffsetIn(home) >= last ? [] : [{ path, nature: `is gone, but offsets up to ${last} were written to it` }]
  }
  return size >= length ? [] : [{ path, nature: `has ${size} bytes, but ${length} were written to it` }]
}

/** A file that grows. A method that fails can be called again. */
export class RolledFile {
  readonly home: FileHome
  /** By the monotonic clock. */
  readonly openedAt: Duration
  readonly #file: DiskFile
  /** Its length is that of the bytes that are in the file; its last record may not be there yet. */
  readonly #state: { -readonly [key in keyof RolledState]: RolledState[key] }
  /** Bytes that are not yet in the file. */
  #pending = Buffer.allocUnsafe(64 * 1024)
  #pendingLength = 0
  #isSynced = false
  /** Whether the name of the growing file is durable. */
  #isNamed: boolean

  private constructor(home: FileHome, file: DiskFile, state: RolledState, openedAt: Duration) {
    this.home = home
    this.#file = file
    this.#state = { ...state }
    this.#isNamed = state.length > 0
    this.openedAt = openedAt
  }

  /** Starts a file with the record at offset `first`. A file that a crash left under its name is written over. */
  static async start(home: FileHome, first: Offset, head: Uint8Array | undefined, now: Duration): Promise<RolledFile> {
    await home.disk.mkdir(folderOf(home))
    const file = home.disk.open(growingPath(home, first), 'write')
    file.truncate(0)
    const started = new RolledFile(home, file, { first, last: first - 1, length: 0 }, now)
    if (head !== undefined) started.addRows(head, started.last)
    return started
  }

  /**
   * Opens the file of a checkpoint at the length of its state; undefined: it was closed after that. Throws a Failure where it
   * is gone or shorter; `who` begins the message.
   */
  static resume(home: FileHome, state: RolledState, now: Duration, who: string): RolledFile | undefined {
    const path = growingPath(home, state.first)
    if (!isThere(home.disk, path)) {
      if (lastOffsetIn(home) >= state.last) return undefined
      throw new Failure('corrupt', `${who}: ${path} is gone, which had records up to offset ${state.last}`, {
        hint: PUT_BACK,
      })
    }
    const file = home.disk.open(path, 'write')
    const size = file.size()
    if (size < state.length) {
      file.close()
      throw tooShort(`${who}: ${path}`, size, state.length)
    }
    file.truncate(state.length)
    return new RolledFile(home, file, state, now)
  }

  /** Offset of the last record that was added. */
  get last(): Offset {
    return this.#state.last
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
  }

  /** Adds the bytes of rows that were made of records up to `offset`. */
  addRows(bytes: Uint8Array, offset: Offset): void {
    this.#pending.set(bytes, this.#reserve(bytes.length))
    this.#state.last = offset
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
    if (!this.#isNamed) await this.home.disk.syncFolder(folderOf(this.home))
    this.#isNamed = true
  }

  /** Ends the file: when this resolves, it is durable under its last name. */
  async close(): Promise<void> {
    await this.sync()
    const { disk } = this.home
    const { first, last } = this.#state
    disk.rename(growingPath(this.home, first), closedPath(this.home, first, last))
    await disk.syncFolder(folderOf(this.home))
    this.#file.close()
  }

  /** Leaves the file as it is. */
  abandon(): void {
    this.#file.close()
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
