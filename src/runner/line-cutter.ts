/**
 * Cuts a stream of bytes into chunks of whole lines, in one buffer that is used again and again: what is handed over is
 * valid during the call only.
 *
 * The same cutter serves a range of a file: a line belongs to the range that its first byte lies in, so ranges that cover
 * a file hand over each of its lines once.
 */
import { addRest, makeRecords, splitLines } from '../format/lines-split.ts'
import type { Records } from '../record/column.ts'

const CHUNK_BYTES = 1 << 18
/** A longer line is not read but reported: it would be a file of another kind. */
export const LINE_BYTES_LIMIT: number = 16 << 20

export type LineTaker = {
  /** Takes lines over, `position` being the place in the file of byte 0 of their buffer; false: no more are wanted. */
  lines(lines: Records, position: number): boolean
  /** A line that was longer than the limit and is skipped, by the place of its first byte. */
  tooLong(position: number): void
}

export type LineCutter = {
  /** Where the next bytes go; never empty. */
  space(): Uint8Array
  /** Says that so many bytes were put there; false: no more are wanted. */
  advance(count: number): boolean
  /** The bytes have ended: what is left is a line. */
  end(): void
}

/**
 * `from`: the place in the file of the first byte that will be put; lines that begin at or after `to` are not handed over.
 * With `aligned` false, `from` is in the middle of a line, which belongs to the range before.
 */
export function openLineCutter(taker: LineTaker, from: number, to: number, aligned: boolean): LineCutter {
  const lines = makeRecords(1 << 14)
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  let filled = 0
  let position = from
  let skipping = !aligned

  /** Drops what is in the buffer before `start`. */
  const drop = (start: number) => {
    buffer.copyWithin(0, start, filled)
    position += start
    filled -= start
  }
  /** Drops the rest of a line that is not ours; false while its end is not there. */
  const skip = (): boolean => {
    const newline = buffer.subarray(0, filled).indexOf(10)
    drop(newline < 0 ? filled : newline + 1)
    skipping = newline < 0
    return !skipping
  }
  const hand = (): boolean => {
    while (lines.count > 0 && position + (lines.start[lines.count - 1] as number) >= to) lines.count--
    return lines.count === 0 || taker.lines(lines, position)
  }

  return {
    space() {
      if (filled === buffer.length) {
        const wider = Buffer.allocUnsafe(buffer.length * 2)
        buffer.copy(wider, 0, 0, filled)
        buffer = wider
      }
      return buffer.subarray(filled)
    },
    advance(count) {
      filled += count
      if (skipping && !skip()) return position < to
      const rest = splitLines(buffer, 0, filled, lines)
      const wanted = hand()
      drop(rest)
      if (filled >= LINE_BYTES_LIMIT) {
        taker.tooLong(position)
        drop(filled)
        skipping = true
      }
      return wanted && position < to
    },
    end() {
      if (skipping || filled === 0) return
      lines.count = 0
      addRest(buffer, 0, filled, lines)
      hand()
    },
  }
}
