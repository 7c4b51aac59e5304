/**
 * How lines of containers become records: parts of a line first (`join-parts.ts`), and then, where a pattern says which line
 * begins a record, whole lines of one stream that follow each other. Then parts of a line have to follow each other too: what is
 * cut off ends where lines are as they came, and such a record might have to end within lines that were moved.
 */
import type { Records } from '../../record/column.ts'
import { type JoinLines, UNBOUND } from '../../record/spans.ts'
import { fewLines } from '../few-lines.ts'
import type { Decoder, Spanning } from '../format.ts'
import { joinToBeginnings } from '../multi-line/begins.ts'
import { type MultiLineOptions, readMultiLine } from '../multi-line/options.ts'
import { findByte } from '../scan/find-byte.ts'
import { NO_END } from './fields.ts'
import { GOES_ON, joinParts, type PartOf } from './join-parts.ts'

const LF = 10

/** What a format knows of a line [from, end): what part it is, and what its text is. */
export type ContainerLine = { readonly partOf: PartOf; textOf(bytes: Uint8Array, from: number, end: number): string }

/** How the lines of records are put together. Throws like `readMultiLine`. */
export function containerSpanning(
  line: ContainerLine,
  options: MultiLineOptions,
  sample: Records | undefined,
): Spanning {
  const found = readMultiLine(options)
  if (found === undefined) {
    const isSeen = sample !== undefined && hasPart(sample, line.partOf, GOES_ON)
    return { openReason: NO_END, isSeen, join: joinParts(line.partOf, true) }
  }
  const whole = joinToBeginnings(
    (records, i) => !isOfStream(records, i, line) || found.begins(textOf(records, i, line)),
    found.mostLines,
  )
  return { isSeen: true, waitMs: found.waitMs, join: inTurn(joinParts(line.partOf, false), whole) }
}

/** Whether a line is of a part above `least`. */
function hasPart({ bytes, start, end, count }: Records, partOf: PartOf, least: number): boolean {
  for (let i = 0; i < count; i++) if (partOf(bytes, start[i] as number, end[i] as number) > least) return true
  return false
}

/** The first line of a record. */
function firstLine({ bytes, start, end }: Records, record: number): readonly [number, number] {
  const from = start[record] as number
  return [from, findByte(bytes, LF, from, end[record] as number)]
}

/** Whether a record is of the same stream as the one before it. */
function isOfStream(records: Records, record: number, { partOf }: ContainerLine): boolean {
  const stream = (i: number) => partOf(records.bytes, ...firstLine(records, i)) & ~GOES_ON
  const here = stream(record)
  return here !== 0 && here === stream(record - 1)
}

const textOf = (records: Records, record: number, { textOf: read }: ContainerLine): string =>
  read(records.bytes, ...firstLine(records, record))

/**
 * Puts together what `parts` has put together. Of a line whose parts have not all come, the first decides whether the line may
 * belong to the record before it, which waits then: so what is kept may be twice as long as the longest record.
 */
function inTurn(parts: JoinLines, whole: JoinLines): JoinLines {
  return (lines, isEnd, bounds = UNBOUND) => {
    const { records: singles, rest: open } = parts(lines, isEnd, bounds)
    const place = open < lines.count ? (lines.start[open] as number) : Number.POSITIVE_INFINITY
    if (open < lines.count) {
      singles.start[singles.count] = place
      singles.end[singles.count++] = lines.end[open] as number
    }
    const ahead = open < lines.count ? 0 : bounds.ahead
    const { records, rest } = whole(singles, isEnd, { ...bounds, ahead })
    if (rest === singles.count && open === lines.count) return { records, rest: open }
    let from = rest === singles.count ? place : (singles.start[rest] as number)
    while (records.count > 0 && (records.end[records.count - 1] as number) > place) {
      from = records.start[--records.count] as number
    }
    return { records, rest: lines.start.subarray(0, lines.count).indexOf(from) }
  }
}

/** The share of lines that a decoder reads, those among them that go on in others. */
export function containerFit(sample: Records, partOf: PartOf, decode: Decoder): number {
  const few = fewLines(sample)
  if (!hasPart(few, partOf, 0)) return 0
  const countIn = (lines: Records) => {
    let parts = 0
    const add = (_: number, _byte: number, reason: string) => {
      if (reason === NO_END) parts++
    }
    return decode(lines, { add }).count + parts
  }
  return countIn(few) === 0 ? 0 : countIn(sample) / sample.count
}
