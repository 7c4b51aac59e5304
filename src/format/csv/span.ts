/**
 * CSV records over several lines: a quoted field goes on until its closing quote (RFC 4180).
 *
 * Only a record that is whole by the grammar to its last field is put together. Where a quote does not close, or closes
 * within a text, the line is left alone and refused, and the next line is a record of its own: a stray quote does not
 * swallow what follows it.
 */
import type { Records } from '../../record/column.ts'
import { LONGEST_SPAN, type SpanBounds, UNBOUND } from '../../record/spans.ts'

const CR = 13
const QUOTE = 34

/** Records, and the line at which the next one begins, which has not ended yet. */
export type JoinedLines = { readonly records: Records; readonly rest: number }

/** Puts the lines of each record together. Where `isEnd`, no lines follow, so a field that is open there does not close. */
export function joinLines(
  lines: Records,
  delimiter: number,
  isEnd: boolean,
  bounds: SpanBounds = UNBOUND,
): JoinedLines {
  const longest = Math.min(LONGEST_SPAN, bounds.longest)
  const stop = lines.count === 0 ? 0 : (lines.end[lines.count - 1] as number) + bounds.ahead
  const start = new Int32Array(lines.count)
  const end = new Int32Array(lines.count)
  let count = 0
  let line = 0
  // Node's own search goes at the speed of memory.
  const { buffer, byteOffset, length } = lines.bytes
  const bytes = Buffer.from(buffer, byteOffset, length)
  let quote = -1
  while (line < lines.count) {
    // A line without a quote is a record.
    if (quote < (lines.start[line] as number)) quote = indexOrEnd(bytes, lines.start[line] as number)
    let span = quote >= (lines.end[line] as number) ? 1 : spanAt(lines, line, delimiter, longest)
    if (span === OPEN) {
      if (!isEnd && stop - (lines.start[line] as number) <= longest) break
      span = 1
    }
    start[count] = lines.start[line] as number
    line += span
    end[count++] = lines.end[line - 1] as number
  }
  return { records: { bytes: lines.bytes, start, end, count }, rest: line }
}

/** The first quote from there on, or the end of the bytes. */
function indexOrEnd(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(QUOTE, from)
  return at < 0 ? bytes.length : at
}

/** The record goes on behind the last line. */
const OPEN = 0

/** The number of lines of the record that begins at `line`; OPEN if the last of them is not among these lines. */
function spanAt({ bytes, start, end, count }: Records, line: number, delimiter: number, longest: number): number {
  let last = line
  for (let at = start[line] as number; ; at++) {
    if (bytes[at] === QUOTE && at < (end[last] as number)) {
      at = closingQuote(bytes, at + 1, end[last] as number)
      while (at < 0) {
        if (++last === count) return OPEN
        const from = start[last] as number
        // A line between them that was too long is missing.
        const follows = from === (end[last - 1] as number) + 1
        if (!follows || (end[last] as number) - (start[line] as number) > longest) return 1
        at = closingQuote(bytes, from, end[last] as number)
      }
      at++
    } else while (at < (end[last] as number) && bytes[at] !== delimiter) at++
    const stop = end[last] as number
    if (at >= stop || (at === stop - 1 && bytes[at] === CR)) return last - line + 1
    if (bytes[at] !== delimiter) return 1
  }
}

/** The quote in [from, end) that closes a field, or -1. */
function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (bytes[at] !== QUOTE) continue
    if (at + 1 === end || bytes[at + 1] !== QUOTE) return at
    at++
  }
  return -1
}
