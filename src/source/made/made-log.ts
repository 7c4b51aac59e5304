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
  /** What became of the records that were made last. The next call writes over it. */
  readonly last: MadeFates
}

/** By row: whose contents a record has, its fate (`FATE`), and what is wrong with it (`FLAW_CODES`, 0: nothing). */
export type MadeFates = {
  readonly numbers: Float64Array
  readonly fates: Uint8Array
  readonly flaws: Uint8Array
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

/** Makes up to `count` lines, in memory of their own. */
export function linesFrom(lines: MadeLines, wanted: number, { lineLimit, meanBytes }: LineSizes): Records {
  const bytes = new Uint8Array(wanted * meanBytes + lineLimit)
  const ends = new Int32Array(wanted)
  const { lines: count } = lines.write(bytes, wanted, ends)
  const start = new Int32Array(wanted)
  start.set(ends.subarray(0, -1), 1)
  return { bytes, start, end: ends.map((end) => end - 1), count }
}

/**
 * The records with some of them replaced, in order as before. `piece` gives what replaces record `row`, or undefined; only
 * those are asked for that `isOther` says.
 */
export function spliced(
  { bytes, start, end, count }: Records,
  isOther: Uint8Array,
  piece: (row: number, bytes: Uint8Array) => Uint8Array | undefined,
): Records {
  const pieces: Uint8Array[] = []
  let from = 0
  let moved = 0
  for (let row = 0; row < count; row++) {
    const [begin, close] = [start[row] as number, end[row] as number]
    start[row] = begin + moved
    const other = isOther[row] === 0 ? undefined : piece(row, bytes.subarray(begin, close))
    if (other !== undefined) {
      pieces.push(bytes.subarray(from, begin), other)
      from = close
      moved += other.length - (close - begin)
    }
    end[row] = close + moved
  }
  if (pieces.length === 0) return { bytes, start, end, count }
  pieces.push(bytes.subarray(from))
  return { bytes: Buffer.concat(pieces), start, end, count }
}
