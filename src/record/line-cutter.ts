/**
 * Cuts a stream of bytes into batches of whole lines.
 *
 * Half a line is kept until its rest comes, but never more of it than the line limit: a longer line is skipped to its end
 * and reported, wherever the chunks happen to be cut. `position` is always the end of a line, so that a reader which starts
 * there again sees the same lines.
 *
 * The cutter works in whatever memory the chunks lie in. Only the half line is copied: to the head of the next buffer where
 * the caller reads into buffers of its own (`begin`, then `cut`), or in front of the next chunk (`add`).
 */

import type { Records } from './column.ts'
import { addRest, makeRecords, splitLines } from './lines-split.ts'

/** Called for each line that is left out because it is longer than the limit; `position` is its first byte in the stream. */
export type TooLong = (position: number) => void

const NEWLINE = 10
const NOTHING = new Uint8Array(0)

/** Cuts one stream; lines of more than `limit` bytes are left out and reported to `tooLong`. */
export class LineCutter {
  readonly #limit: number
  readonly #tooLong: TooLong
  /** The first bytes of the line that has not ended yet: a view of the head of `#room`. */
  #kept: Uint8Array = NOTHING
  #room: Uint8Array = NOTHING
  /** Where in the stream `#kept` starts. */
  #keptAt: number
  /** Whether the line that has not ended yet is left out, and so is not kept. */
  #skipping: boolean
  #position: number

  /** `position`: where in the stream the first byte lies; `skipsFirst`: that byte is within a line, whose rest is left out. */
  constructor(limit: number, tooLong: TooLong, position = 0, skipsFirst = false) {
    this.#limit = limit
    this.#tooLong = tooLong
    this.#keptAt = position
    this.#skipping = skipsFirst
    this.#position = position
  }

  /** The end of the last whole line cut off, in bytes of the stream: where to go on after a restart. */
  get position(): number {
    return this.#position
  }

  /** Where in the stream the next line begins, at the earliest: beyond `position` while a line is skipped. */
  get next(): number {
    return this.#keptAt
  }

  /** How many bytes of the line that has not ended are kept. */
  get kept(): number {
    return this.#kept.length
  }

  /** Copies the kept half line to the start of a buffer. The caller fills it from `kept` on and gives it to `cut`. */
  begin(buffer: Uint8Array): void {
    buffer.set(this.#kept)
  }

  /** Adds a chunk and cuts off its whole lines, line ends included. The result may lie in the chunk. */
  add(chunk: Uint8Array): Uint8Array {
    if (this.#kept.length === 0) return this.cut(chunk)
    return chunk.includes(NEWLINE) ? this.cut(Buffer.concat([this.#kept, chunk])) : this.#keepMore(chunk)
  }

  /** As `add`, but the kept half line and the whole lines' part of the chunk are given apart, without a copy. */
  addApart(chunk: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const head = this.#kept
    // Without a line end nothing is cut off, and the length of what is kept must be measured as one line.
    if (head.length === 0 || !chunk.includes(NEWLINE)) return [NOTHING, this.add(chunk)]
    this.#keep(NOTHING)
    this.#keptAt += head.length
    return [head, this.cut(chunk)]
  }

  /** Cuts off the whole lines of `bytes`, which start with the kept half line: see `begin`. */
  cut(bytes: Uint8Array): Uint8Array {
    const start = this.#skipping ? bytes.indexOf(NEWLINE) + 1 : 0
    if (this.#skipping && start === 0) {
      this.#keptAt += bytes.length
      return NOTHING
    }
    const end = Math.max(start, bytes.lastIndexOf(NEWLINE) + 1)
    this.#position = end > 0 ? this.#keptAt + end : this.#position
    this.#skipping = bytes.length - end > this.#limit
    if (this.#skipping) this.#tooLong(this.#position)
    this.#keep(this.#skipping ? NOTHING : bytes.slice(end))
    this.#keptAt += this.#skipping ? bytes.length : end
    return bytes.subarray(start, end)
  }

  /**
   * Adds a chunk without a line end to the half line. The room for it doubles: a line that comes byte by byte would else be
   * copied whole for each of its bytes.
   */
  #keepMore(chunk: Uint8Array): Uint8Array {
    const length = this.#kept.length + chunk.length
    if (length > this.#limit) {
      this.#tooLong(this.#position)
      this.#skipping = true
      this.#keptAt += length
      this.#keep(NOTHING)
      return NOTHING
    }
    if (this.#room.length < length) {
      this.#room = new Uint8Array(Math.min(2 * length, this.#limit))
      this.#room.set(this.#kept)
    }
    this.#room.set(chunk, this.#kept.length)
    this.#kept = this.#room.subarray(0, length)
    return NOTHING
  }

  #keep(bytes: Uint8Array): void {
    this.#kept = bytes
    this.#room = bytes
  }

  /** The lines of what `cut`, `add` or `rest` has just given, without those over the limit. */
  lines(whole: Uint8Array, into: Records = makeRecords((whole.length >> 6) + 1)): Records {
    return linesWithin(
      whole,
      { limit: this.#limit, tooLong: this.#tooLong, position: this.#position - whole.length },
      into,
    )
  }

  /** The last line of the stream, if it has no line end, once the stream has ended; else no bytes. */
  rest(): Uint8Array {
    const rest = this.#kept
    this.#keep(NOTHING)
    this.#keptAt += rest.length
    this.#position = this.#keptAt
    return rest
  }
}

/** The longest line that is taken, in bytes; what is called for a longer one; where in the stream the bytes start. */
export type LineLimit = { readonly limit: number; readonly tooLong: TooLong; readonly position: number }

/** Puts the lines of `bytes`, the last with or without its line end, into `lines`, without those over the limit. */
export function linesWithin(bytes: Uint8Array, { limit, tooLong, position }: LineLimit, lines: Records): Records {
  addRest(bytes, splitLines(bytes, 0, bytes.length, lines), bytes.length, lines)
  if (!hasLonger(lines, limit)) return lines
  const { start, end } = lines
  let count = 0
  for (let line = 0; line < lines.count; line++) {
    const from = start[line] as number
    if ((end[line] as number) - from > limit) {
      tooLong(position + from)
      continue
    }
    start[count] = from
    end[count++] = end[line] as number
  }
  lines.count = count
  return lines
}

/**
 * Whether any line is longer than the limit. Such a line has a multiple of the limit within it, so only the lines at those
 * positions are looked at.
 */
function hasLonger({ start, end, count }: Records, limit: number): boolean {
  let line = 0
  for (let position = limit; count > 0 && position < (end[count - 1] as number); position += limit) {
    let after = count - 1
    while (line < after) {
      const middle = (line + after) >> 1
      if ((end[middle] as number) < position) line = middle + 1
      else after = middle
    }
    if ((end[line] as number) - (start[line] as number) > limit) return true
  }
  return false
}
