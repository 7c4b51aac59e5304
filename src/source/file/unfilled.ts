/**
 * Space that a program has given to its log beforehand, and fills as it writes (memory-mapped logs, fallocate): NULs up to the
 * end of the file. They are not read, as lines may take their place. NULs with something behind them are a hole, which is not
 * filled any more.
 */
import type { FileHandle } from 'node:fs/promises'
import { indexOfNul, nulsAtEnd } from '../../bytes/nuls.ts'

const BLOCK_BYTES = 1 << 20

/** Where a file has the first byte from `from` to `end` that is no NUL, give or take a block; undefined if it has none. */
async function findFilled(handle: FileHandle, from: number, end: number): Promise<number | undefined> {
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(0, end - from)))
  for (let at = from; at < end; ) {
    const { bytesRead } = await handle.read(block, 0, Math.min(block.length, end - at), at)
    if (bytesRead === 0) return undefined
    if (!isAllNul(block.subarray(0, bytesRead))) return at
    at += bytesRead
  }
  return undefined
}

/** Compares memory with itself, shifted by one: the first byte is NUL, and each is as the one before. */
const isAllNul = (bytes: Buffer): boolean =>
  indexOfNul(bytes) === 0 && bytes.compare(bytes, 1, bytes.length, 0, bytes.length - 1) === 0

/** NULs that reach to the end of a file: where that is, and when the file was changed last. */
export type Unfilled = { readonly end: number; readonly changed: number }

/** Looks after the NULs of one file while it is read to `end`. `before`: what an earlier read has found. */
export class Filling {
  /** What to remember for the next read. */
  unfilled: Unfilled | undefined
  readonly #handle: FileHandle
  readonly #now: Unfilled
  /** Something is known to come behind all NULs before this position. */
  #filledTo = 0

  constructor(handle: FileHandle, now: Unfilled, before: Unfilled | undefined) {
    this.#handle = handle
    this.#now = now
    this.unfilled = before
  }

  /** Whether there is anything to read from `position` on. */
  async isFilled(position: number): Promise<boolean> {
    const { end, changed } = this.#now
    if (this.unfilled === undefined || position >= end) return true
    // A program fills it from the front; only a file that was changed otherwise is looked through.
    if ((await findFilled(this.#handle, position, position + 1)) !== undefined) return true
    if (this.unfilled.end === end && this.unfilled.changed === changed) return false
    const filled = await findFilled(this.#handle, position, end)
    this.unfilled = filled === undefined ? this.#now : undefined
    this.#filledTo = filled ?? 0
    return filled !== undefined
  }

  /** The bytes that were read up to `position`, without NULs at their end that may yet be filled; `least` are kept. */
  async part(read: Uint8Array, position: number, least: number): Promise<Uint8Array> {
    const filled = read.subarray(0, read.length - nulsAtEnd(read, least))
    if (filled.length === read.length || position <= this.#filledTo) return read
    const { end } = this.#now
    if (this.unfilled?.end === end) return filled
    const at = await findFilled(this.#handle, position, end)
    this.unfilled = at === undefined ? this.#now : undefined
    this.#filledTo = at ?? 0
    return at === undefined ? filled : read
  }
}
