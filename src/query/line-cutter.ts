/**
 * Cuts a stream of bytes into chunks of whole lines, in one buffer that is used again and again: what is handed over is
 * valid during the call only.
 *
 * The same cutter serves a range of a file: a line belongs to the range that its first byte lies in, so ranges that cover
 * a file hand over each of its lines once.
 */

import type { Records } from '../record/column.ts'
import { LineBuffer } from '../record/line-buffer.ts'

const CHUNK_BYTES = 1 << 18
/** A longer line is not read but reported: it would be a file of another kind. */
export const LINE_BYTES_LIMIT: number = 16 << 20

export type LineTaker = {
  /** Takes lines over, `position` being the place in the file of byte 0 of their buffer; false: no more are wanted. */
  lines(lines: Records, position: number): boolean
  /** A line that was longer than the limit and is skipped, by the place of its first byte. */
  tooLong(position: number): void
}

export class LineCutter {
  #buffer = new LineBuffer(CHUNK_BYTES)
  #taker: LineTaker | undefined
  #to = 0
  #filled = 0
  /** The place in the file of the buffer's first byte. */
  #position = 0
  #skipping = false

  /**
   * Begins anew. `from`: the place in the file of the first byte that will be put; lines that begin at or after `to` are not
   * handed over. With `aligned` false, `from` is in the middle of a line, which belongs to the range before.
   */
  begin(taker: LineTaker, from: number, to: number, aligned: boolean): void {
    this.#taker = taker
    this.#to = to
    if (this.#buffer.bytes.length > CHUNK_BYTES) this.#buffer = new LineBuffer(CHUNK_BYTES)
    this.#filled = 0
    this.#position = from
    this.#skipping = !aligned
  }

  /** Where the next bytes go; never empty. */
  space(): Uint8Array {
    const { bytes } = this.#buffer
    if (this.#filled === bytes.length) {
      this.#buffer = new LineBuffer(bytes.length * 2)
      this.#buffer.bytes.set(bytes)
    }
    return this.#buffer.bytes.subarray(this.#filled)
  }

  /** Says that so many bytes were put there; false: no more are wanted. */
  advance(count: number): boolean {
    this.#filled += count
    if (this.#skipping && !this.#skip()) return this.#position < this.#to
    const rest = this.#buffer.split(this.#filled)
    const wanted = this.#hand()
    this.#drop(rest)
    if (this.#filled >= LINE_BYTES_LIMIT) {
      this.#taker?.tooLong(this.#position)
      this.#drop(this.#filled)
      this.#skipping = true
    }
    return wanted && this.#position < this.#to
  }

  /** The bytes have ended: what is left is a line. */
  end(): void {
    if (this.#skipping || this.#filled === 0) return
    this.#buffer.takeRest(this.#filled)
    this.#hand()
  }

  #hand(): boolean {
    const { lines } = this.#buffer
    const position = this.#position
    while (lines.count > 0 && position + (lines.start[lines.count - 1] as number) >= this.#to) lines.count--
    return lines.count === 0 || this.#taker?.lines(lines, position) === true
  }

  /** Drops the rest of a line that is not ours; false while its end is not there. */
  #skip(): boolean {
    const newline = this.#buffer.bytes.subarray(0, this.#filled).indexOf(10)
    this.#drop(newline < 0 ? this.#filled : newline + 1)
    this.#skipping = newline < 0
    return !this.#skipping
  }

  /** Drops what is in the buffer before `start`. */
  #drop(start: number): void {
    this.#buffer.bytes.copyWithin(0, start, this.#filled)
    this.#position += start
    this.#filled -= start
  }
}
