/** A log that is made record by record, from any place on. */
import type { Records } from '../../record/column.ts'
import type { SourcePlace } from '../source.ts'

export type MadeLog = {
  /** Where it goes on. */
  readonly place: SourcePlace
  /** The number of the next record, from 0. */
  readonly line: number
  /** Makes up to `count` records, at least one. Their memory is the caller's. */
  make(count: number): Records
}

/** A log of lines that are written into memory of the caller. */
export type MadeLines = {
  readonly place: SourcePlace
  readonly line: number
  /**
   * Writes up to `count` lines, as long as the next one surely fits; gives their number and the end of the last. `ends[i]`
   * becomes the end of line i, behind its line end.
   */
  write(into: Uint8Array, count: number, ends: Int32Array): { readonly lines: number; readonly end: number }
}

/** Limit of a line, in bytes, and what lines have on average at most. */
export type LineSizes = { readonly lineLimit: number; readonly meanBytes: number }

/** The log of these lines. */
export function logOfLines(lines: MadeLines, { lineLimit, meanBytes }: LineSizes): MadeLog {
  return {
    get place() {
      return lines.place
    },
    get line() {
      return lines.line
    },
    make(wanted) {
      const bytes = new Uint8Array(wanted * meanBytes + lineLimit)
      const ends = new Int32Array(wanted)
      const { lines: count } = lines.write(bytes, wanted, ends)
      const start = new Int32Array(wanted)
      start.set(ends.subarray(0, -1), 1)
      return { bytes, start, end: ends.map((end) => end - 1), count }
    },
  }
}
