/**
 * Puts the lines of a file together to records that span lines. Lines are handed over chunk by chunk, in a buffer that is used
 * again: those of a record that has not ended are kept, and go in front of the next chunk.
 */
import type { Spanning } from '../format/format.ts'
import type { Records } from '../record/column.ts'

const LF = 10

/** Lines, or records of several lines, and the position in the file of byte 0 of their buffer. */
export type PlacedLines = { readonly lines: Records; readonly position: number }

/** Joins the lines of one unit. */
export class LineJoiner {
  readonly #spanning: Spanning
  /** The lines of the record that has not ended. */
  #kept: PlacedLines | undefined

  constructor(spanning: Spanning) {
    this.#spanning = spanning
  }

  /** The records of these lines and of those kept, except for a last one that has not ended. */
  add(placed: PlacedLines): PlacedLines[] {
    const kept = this.#kept
    if (kept === undefined) return [this.#join(placed)]
    if (isNext(kept, placed)) return [this.#join(behind(kept, placed))]
    // A line between them was too long, so it is missing.
    const ended = this.end()
    return ended === undefined ? [this.#join(placed)] : [ended, this.#join(placed)]
  }

  /** The records of the lines that were kept, once no more follow; undefined if there are none. */
  end(): PlacedLines | undefined {
    const kept = this.#kept
    this.#kept = undefined
    return kept && { lines: this.#spanning.join(kept.lines, true).records, position: kept.position }
  }

  #join(placed: PlacedLines): PlacedLines {
    const { lines, position } = placed
    const { records, rest } = this.#spanning.join(lines, false)
    this.#kept = rest === lines.count ? undefined : copyFrom(placed, rest)
    return { lines: records, position }
  }
}

function isNext(kept: PlacedLines, { lines, position }: PlacedLines): boolean {
  const end = kept.position + (kept.lines.end[kept.lines.count - 1] as number)
  return position + (lines.start[0] as number) === end + 1
}

/** The lines from `first` on, in memory of their own. */
function copyFrom({ lines, position }: PlacedLines, first: number): PlacedLines {
  const from = lines.start[first] as number
  const moved = (places: Int32Array) => places.slice(first, lines.count).map((place) => place - from)
  const bytes = new Uint8Array(lines.bytes.subarray(from, lines.end[lines.count - 1]))
  const count = lines.count - first
  return { lines: { bytes, start: moved(lines.start), end: moved(lines.end), count }, position: position + from }
}

/** Both in one buffer, at their distance in the file. */
function behind(kept: PlacedLines, { lines, position }: PlacedLines): PlacedLines {
  const shift = position - kept.position
  const from = lines.start[0] as number
  const to = lines.end[lines.count - 1] as number
  const bytes = new Uint8Array(to + shift)
  bytes.set(kept.lines.bytes)
  // The line end between them is not part of a line, but of the text of a quoted field.
  bytes[from + shift - 1] = LF
  bytes.set(lines.bytes.subarray(from, to), from + shift)
  const merged = (a: Int32Array, b: Int32Array) => {
    const all = new Int32Array(kept.lines.count + lines.count)
    all.set(a.subarray(0, kept.lines.count))
    b.subarray(0, lines.count).forEach((place, i) => {
      all[kept.lines.count + i] = place + shift
    })
    return all
  }
  const start = merged(kept.lines.start, lines.start)
  const end = merged(kept.lines.end, lines.end)
  return { lines: { bytes, start, end, count: kept.lines.count + lines.count }, position: kept.position }
}
