/**
 * A part: records of one partition that belong in one folder, in order of offset. While it grows it is a file beside,
 * `NAME-LIFE-pPARTITION-FIRST.tmp`; when it is closed it is synced and renamed to `NAME-LIFE-pPARTITION-FIRST-LAST.EXT`.
 *
 * So the names of a folder say which offsets it has: up to the last of them, as a partition is delivered in order. What is
 * delivered again after a crash is known by that and not written a second time.
 */
import { join } from 'node:path'
import { assert } from '../../base/assert.ts'
import { type Disk, type DiskFile, isThere, sizeOf } from '../../base/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { LostFile } from '../sink.ts'

/** Where parts of one folder and partition live, and how they are called. */
export type PartHome = {
  readonly disk: Disk
  /** Whole path of the folder. */
  readonly folder: string
  /** `NAME-LIFE-pPARTITION-`. */
  readonly prefix: string
  readonly extension: string
}

/** What the checkpoint keeps of an open part. */
export type PartState = { readonly first: number; readonly last: number; readonly length: number }

const NEWLINE = 10

const offsetText = (offset: number): string => String(offset).padStart(20, '0')

/** The greatest offset that closed parts have; -1: there are none. */
export function lastOffsetIn({ disk, folder, prefix, extension }: PartHome): number {
  if (!isThere(disk, folder)) return -1
  const ends = disk
    .list(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(extension))
    .map((name) => Number(/-(\d{20})$/.exec(name.slice(0, -extension.length))?.[1] ?? -1))
  return ends.reduce((greatest, end) => Math.max(greatest, end), -1)
}

/** The part of a checkpoint, where it has less than that says and was not closed since. */
export function lostPart(home: PartHome, { first, last, length }: PartState): readonly LostFile[] {
  const path = growingPath(home, first)
  const size = isThere(home.disk, path) ? sizeOf(home.disk, path) : undefined
  if (size === undefined) {
    return lastOffsetIn(home) >= last ? [] : [{ path, nature: `is gone, but offsets up to ${last} were written to it` }]
  }
  return size >= length ? [] : [{ path, nature: `has ${size} bytes, but ${length} were written to it` }]
}

export class Part {
  readonly home: PartHome
  readonly openedAt: number
  readonly #file: DiskFile
  readonly #first: number
  #last: number
  /** Bytes that are in the file. */
  #length: number
  #pending = Buffer.allocUnsafe(64 * 1024)
  #pendingLength = 0
  #isSynced = false
  /** Whether the name of the growing file is durable. */
  #isNamed: boolean

  private constructor(home: PartHome, file: DiskFile, state: PartState, openedAt: number) {
    this.home = home
    this.#file = file
    this.#first = state.first
    this.#last = state.last
    this.#length = state.length
    this.#isNamed = state.length > 0
    this.openedAt = openedAt
  }

  /** Starts a part; what a crash left under its name is written again. */
  static async start(home: PartHome, first: number, head: Uint8Array | undefined, now: number): Promise<Part> {
    await home.disk.mkdir(home.folder)
    const file = home.disk.open(growingPath(home, first), 'write')
    file.truncate(0)
    const part = new Part(home, file, { first, last: first - 1, length: 0 }, now)
    if (head !== undefined) part.addRows(head, part.last)
    return part
  }

  /** Goes on with the part of a checkpoint; undefined: it was closed after that, and its name says with what. */
  static resume(home: PartHome, state: PartState, now: number, who: string): Part | undefined {
    const path = growingPath(home, state.first)
    if (!isThere(home.disk, path)) {
      if (lastOffsetIn(home) >= state.last) return undefined
      throw new Failure('corrupt', `${who}: ${path} is gone, which had records up to offset ${state.last}`, {
        hint: 'put it back, or let the sink write to another path',
      })
    }
    const file = home.disk.open(path, 'write')
    const size = file.size()
    if (size < state.length) {
      file.close()
      throw new Failure('corrupt', `${who}: ${path} has ${size} bytes, but ${state.length} were written to it`, {
        hint: 'it was cut or replaced by somebody else: put it back, or let the sink write to another path',
      })
    }
    file.truncate(state.length)
    return new Part(home, file, state, now)
  }

  get last(): number {
    return this.#last
  }

  get state(): PartState {
    assert(this.#pendingLength === 0, 'a part is written before its state is kept')
    return { first: this.#first, last: this.#last, length: this.#length }
  }

  /** Adds a record as a line. (Buffer's copy is three times a loop's speed.) */
  addRecord(bytes: Buffer, start: number, end: number, offset: number): void {
    const at = this.#reserve(end - start + 1)
    bytes.copy(this.#pending, at, start, end)
    this.#pending[at + end - start] = NEWLINE
    this.#last = offset
  }

  /** Adds the rows made of records up to `offset`. */
  addRows(bytes: Uint8Array, offset: number): void {
    this.#pending.set(bytes, this.#reserve(bytes.length))
    this.#last = offset
  }

  /** Puts what was added into the file. What fails can be tried again. */
  write(): void {
    if (this.#pendingLength === 0) return
    this.#file.write([this.#pending.subarray(0, this.#pendingLength)], this.#length)
    this.#length += this.#pendingLength
    this.#pendingLength = 0
    this.#isSynced = false
  }

  async sync(): Promise<void> {
    this.write()
    if (!this.#isSynced) await this.#file.sync()
    this.#isSynced = true
    if (!this.#isNamed) await this.home.disk.syncFolder(this.home.folder)
    this.#isNamed = true
  }

  /** Ends the part: from here on it is there under its last name, durably. */
  async close(): Promise<void> {
    await this.sync()
    const { disk, folder, prefix, extension } = this.home
    const name = `${prefix}${offsetText(this.#first)}-${offsetText(this.#last)}${extension}`
    disk.rename(growingPath(this.home, this.#first), join(folder, name))
    await disk.syncFolder(folder)
    this.#file.close()
  }

  /** Leaves the growing file as it is. */
  abandon(): void {
    this.#file.close()
  }

  /** Where so many more bytes go. */
  #reserve(more: number): number {
    const at = this.#pendingLength
    this.#pendingLength = at + more
    if (this.#pendingLength > this.#pending.length) {
      const wider = Buffer.allocUnsafe(2 * this.#pendingLength)
      this.#pending.copy(wider, 0, 0, at)
      this.#pending = wider
    }
    return at
  }
}

const growingPath = ({ folder, prefix }: PartHome, first: number): string =>
  join(folder, `${prefix}${offsetText(first)}.tmp`)
