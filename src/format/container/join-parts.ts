/**
 * Lines of containers whose text goes on in a later line of the same stream: standard output and standard error are written
 * side by side, so lines of one may lie between the parts of a line of the other.
 *
 *     out, part │ err, whole │ out, part │ err, part │ out, last │ err, last
 *     └──────────────────── a block: at its end, no line is open ─────────┘
 *     out, part │ out, part │ out, last │ err, whole │ err, part │ err, last
 *     └──────── one record ───────────┘ └─ another ─┘ └──── a third ───────┘
 *
 * A block is whole before any of it is given out, and its lines are brought into the order of their records in the memory that
 * they are in. Where a block would be longer than the longest record, or does not end with the stream, its first line is a record
 * alone, which its format refuses, and the next line is looked at anew.
 */
import type { Records } from '../../record/column.ts'
import { type JoinLines, LONGEST_SPAN, UNBOUND } from '../../record/spans.ts'

const LF = 10

/** The stream of a line: 1 is standard output, 2 standard error, 0 for a line of another format. */
export type Stream = 0 | 1 | 2
/** Added to the stream of a line that goes on. */
export const GOES_ON = 4

/** What a line is: its stream, and GOES_ON. A line of no stream does not go on. */
export type PartOf = (bytes: Uint8Array, from: number, end: number) => number

/** The most lines of a block. */
const MOST_LINES = 256

/** Puts the parts of lines together; those of a line that do not follow each other only where `mayMove`. */
export function joinParts(partOf: PartOf, mayMove: boolean): JoinLines {
  return (lines, isEnd, bounds = UNBOUND) => {
    const { bytes, start, end, count } = lines
    const longest = Math.min(LONGEST_SPAN, bounds.longest)
    const records = { bytes, start: new Int32Array(count), end: new Int32Array(count), count: 0 }
    const parts = new Uint8Array(count)
    for (let i = 0; i < count; i++) parts[i] = partOf(bytes, start[i] as number, end[i] as number)
    const goesOn = (line: number) => (parts[line] as number) > GOES_ON
    for (let line = 0; line < count; ) {
      const behind = goesOn(line) ? blockAt(lines, line, parts, { longest, mayMove }) : line + 1
      if (behind === OPEN && !isEnd) {
        const known = (end[count - 1] as number) + bounds.ahead - (start[line] as number)
        if (known <= longest && count - line < MOST_LINES) return { records, rest: line }
      }
      const stop = behind === OPEN ? line + 1 : behind
      moveTogether(lines, [line, stop], parts)
      while (line < stop) {
        records.start[records.count] = start[line] as number
        while (line < stop - 1 && goesOn(line)) line++
        records.end[records.count++] = end[line++] as number
      }
    }
    return { records, rest: count }
  }
}

/** The block goes on behind the last line. */
const OPEN = 0

/** The line behind the block that begins at `first`; that behind `first` where it is none. */
function blockAt(
  { start, end, count }: Records,
  first: number,
  parts: Uint8Array,
  { longest, mayMove }: { readonly longest: number; readonly mayMove: boolean },
): number {
  let open = 0
  for (let line = first; line < count; line++) {
    // A line between them that was too long is missing.
    if (line > first && start[line] !== (end[line - 1] as number) + 1) return first + 1
    if (line - first === MOST_LINES || (end[line] as number) - (start[first] as number) > longest) return first + 1
    const part = parts[line] as number
    if (!mayMove && (part & ~GOES_ON) !== (parts[first] as number) - GOES_ON) return first + 1
    open = part > GOES_ON ? open | (part - GOES_ON) : open & ~part
    if (open === 0) return line + 1
  }
  return OPEN
}

/** Moves the lines of each record of a block behind each other, and their parts with them. */
function moveTogether(lines: Records, [first, behind]: readonly [number, number], parts: Uint8Array): void {
  const order = orderOf(parts.subarray(first, behind))
  if (order.every((line, i) => line === i)) return
  const { bytes, start, end } = lines
  const from = start[first] as number
  // The slice of a Buffer would be no copy.
  const before = new Uint8Array(bytes.subarray(from, end[behind - 1]))
  const old = order.map((line) => ({
    part: parts[first + line] as number,
    range: before.subarray((start[first + line] as number) - from, (end[first + line] as number) - from),
  }))
  let at = from
  old.forEach(({ part, range }, i) => {
    if (i > 0) bytes[at++] = LF
    bytes.set(range, at)
    parts[first + i] = part
    start[first + i] = at
    at += range.length
    end[first + i] = at
  })
}

/** The lines of a block in the order of their records. */
function orderOf(parts: Uint8Array): number[] {
  const order: number[] = []
  const isTaken = new Uint8Array(parts.length)
  parts.forEach((part, i) => {
    if (isTaken[i] === 1) return
    order.push(i)
    for (let next = i + 1; part > GOES_ON && next < parts.length; next++) {
      const other = parts[next] as number
      if (isTaken[next] === 1 || (other & ~GOES_ON) !== part - GOES_ON) continue
      isTaken[next] = 1
      order.push(next)
      if (other < GOES_ON) break
    }
  })
  return order
}
