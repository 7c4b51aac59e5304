/**
 * Records of several lines where a pattern says which line begins one: a stack trace belongs to the message before it.
 *
 * A record ends where the next one begins, so it follows from the lines alone: from a line that begins one (or the first of the
 * stream, or the first behind a record that has reached a limit) up to the next such line. At most `mostLines` lines and
 * as many bytes as a line may have become one record: what is beyond begins the next.
 */
import type { JoinLines, SpanBounds } from '../../record/spans.ts'

/** A longer record is not put together. */
const LONGEST_BYTES = 1 << 20

const UNBOUND: SpanBounds = { longest: LONGEST_BYTES, ahead: 0 }

/** Puts lines together. `begins` says whether the line [from, end) begins a record. */
export function joinToBeginnings(
  begins: (bytes: Uint8Array, from: number, end: number) => boolean,
  mostLines: number,
): JoinLines {
  return ({ bytes, start, end, count }, isEnd, bounds = UNBOUND) => {
    const longest = Math.min(LONGEST_BYTES, bounds.longest)
    const places = { bytes, start: new Int32Array(count), end: new Int32Array(count), count: 0 }
    let first = 0
    for (let line = 1; line <= count; line++) {
      const isOpen = line < count ? goesOn(first, line) : !isEnd && mayGoOn(first)
      if (isOpen && line === count) return { records: places, rest: first }
      if (isOpen) continue
      places.start[places.count] = start[first] as number
      places.end[places.count++] = end[line - 1] as number
      first = line
    }
    return { records: places, rest: count }

    /** Whether a line belongs to the record that begins at `first`. */
    function goesOn(first: number, line: number): boolean {
      const from = start[line] as number
      const stop = end[line] as number
      if (line - first === mostLines || stop - (start[first] as number) > longest) return false
      // A line between them that was too long is missing.
      return from === (end[line - 1] as number) + 1 && !begins(bytes, from, stop)
    }

    /** Whether a line to come may. */
    function mayGoOn(first: number): boolean {
      const known = (end[count - 1] as number) + bounds.ahead - (start[first] as number)
      return count - first < mostLines && known <= longest
    }
  }
}
