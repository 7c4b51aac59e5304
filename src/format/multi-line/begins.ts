/**
 * Records of several lines where a pattern says which line begins one: a stack trace belongs to the message before it.
 *
 * A record ends where the next one begins, so it follows from the lines alone: from a line that begins one (or the first of the
 * stream, or the first behind a record that has reached a limit) up to the next such line. At most `mostLines` lines and
 * as many bytes as a line may have become one record: what is beyond begins the next.
 */
import type { Records } from '../../record/column.ts'
import { type JoinLines, LONGEST_SPAN, UNBOUND } from '../../record/spans.ts'

/** Puts lines together. `begins` says whether a line, by its number, begins a record; there is one before it. */
export function joinToBeginnings(begins: (lines: Records, line: number) => boolean, mostLines: number): JoinLines {
  return (lines, isEnd, bounds = UNBOUND) => {
    const { bytes, start, end, count } = lines
    const longest = Math.min(LONGEST_SPAN, bounds.longest)
    const records = { bytes, start: new Int32Array(count), end: new Int32Array(count), count: 0 }

    /** Whether a line belongs to the record that begins at `first`. A line between them that was too long is missing. */
    const goesOn = (first: number, line: number): boolean =>
      line - first < mostLines &&
      (end[line] as number) - (start[first] as number) <= longest &&
      start[line] === (end[line - 1] as number) + 1 &&
      !begins(lines, line)

    /** Whether a line to come may. */
    const mayGoOn = (first: number): boolean => {
      const known = (end[count - 1] as number) + bounds.ahead - (start[first] as number)
      return count - first < mostLines && known <= longest
    }

    let first = 0
    for (let line = 1; line <= count; line++) {
      if (line < count ? goesOn(first, line) : !isEnd && mayGoOn(first)) {
        if (line === count) return { records, rest: first }
        continue
      }
      records.start[records.count] = start[first] as number
      records.end[records.count++] = end[line - 1] as number
      first = line
    }
    return { records, rest: count }
  }
}
