/**
 * Hands over the lines of a range of bytes, chunk by chunk, in one buffer that is used again and again: lines are valid
 * during the call only.
 *
 * A line belongs to the range that its first byte lies in, so ranges that cover a file hand over each of its lines once.
 */
import { takeForLines } from '../kernel/line-memory.ts'
import type { Records } from '../record/column.ts'
import { LineCutter } from '../record/line-cutter.ts'
import { makeRecords } from '../record/lines-split.ts'

const CHUNK_BYTES = 1 << 18
/** A longer line is skipped and reported: its file is no log. */
export const LINE_BYTES_LIMIT: number = 16 << 20

export type LineTaker = {
  /** Takes lines; `position` is where byte 0 of their buffer lies in the file. False: no more are wanted. */
  lines(lines: Records, position: number): boolean
  /** A line over the limit was skipped; `position` is that of its first byte in the file. */
  tooLong(position: number): void
  /** NULs that are not text were skipped; `position` is that of the first of them. */
  hole(position: number): void
}

/** Hands the lines of one range after the other to a taker; the caller reads the bytes. A query has one for each scan. */
export class LineReader {
  /** In the memory that kernels share, where lines are cut without a copy; once that is used up, in memory of its own. */
  readonly #chunk = takeForLines(CHUNK_BYTES) ?? new Uint8Array(CHUNK_BYTES)
  readonly #lines = makeRecords(CHUNK_BYTES >> 6)
  #buffer: Uint8Array = this.#chunk
  #taker: LineTaker | undefined
  #cutter = new LineCutter(LINE_BYTES_LIMIT, () => {})
  #from = 0
  #to = 0

  /**
   * Begins a range: lines that begin in [from, to) are handed over. `start`: where in the file the first byte lies that the
   * caller will put. Where that is not 0, it is within a line, which belongs to the range before.
   */
  begin(taker: LineTaker, start: number, { from, to }: { readonly from: number; readonly to: number }): void {
    const isWithin = (position: number) => from <= position && position < to
    const tooLong = (position: number) => {
      if (isWithin(position)) taker.tooLong(position)
    }
    const hole = (position: number) => {
      if (isWithin(position)) taker.hole(position)
    }
    this.#taker = taker
    this.#cutter = new LineCutter(LINE_BYTES_LIMIT, { tooLong, hole }, start, start > 0)
    this.#from = from
    this.#to = to
  }

  /** Where the caller puts the next bytes; never empty. */
  space(): Uint8Array {
    const { kept } = this.#cutter
    // At least half of the buffer is free, so a long line is copied a few times only.
    if (2 * kept <= CHUNK_BYTES) this.#buffer = this.#chunk
    else if (2 * kept > this.#buffer.length) this.#buffer = new Uint8Array(4 * kept)
    this.#cutter.begin(this.#buffer)
    return this.#buffer.subarray(kept)
  }

  /** Hands over the lines that have ended in the first `count` bytes of `space`; false: no more bytes are wanted. */
  advance(count: number): boolean {
    const cutter = this.#cutter
    const wanted = this.#hand(cutter.cut(this.#buffer.subarray(0, cutter.kept + count)))
    return wanted && cutter.next < this.#to
  }

  /** Hands over the last line, once the bytes have ended. */
  end(): void {
    this.#hand(this.#cutter.rest())
  }

  #hand(whole: Uint8Array): boolean {
    const lines = this.#cutter.lines(whole, this.#lines)
    const position = this.#cutter.position - whole.length
    while (lines.count > 0 && position + (lines.start[lines.count - 1] as number) >= this.#to) lines.count--
    if (position < this.#from) dropBefore(lines, this.#from - position)
    return lines.count === 0 || this.#taker?.lines(lines, position) === true
  }
}

/** Drops the lines that begin before `from`. */
function dropBefore(lines: Records, from: number): void {
  let first = 0
  while (first < lines.count && (lines.start[first] as number) < from) first++
  lines.start.copyWithin(0, first, lines.count)
  lines.end.copyWithin(0, first, lines.count)
  lines.count -= first
}
