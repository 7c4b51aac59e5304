/**
 * Records that span lines, in what a cutter cuts off. A record that has not ended stays with the half line, so what is cut off
 * ends with a whole record wherever the chunks happen to be cut.
 *
 * Whether lines are one record depends on them alone: a record is at most as long as the longest line. What becomes of lines
 * whose record would be longer, or does not end with the stream, the format decides (`JoinLines`). Only where a record ends with
 * the line that begins the next one, a source that has become quiet decides it too: after `waitMs` the record has ended.
 */
import type { Records } from './column.ts'

/** How long a record over several lines may be, and how many bytes are known to follow the last line, line ends included. */
export type SpanBounds = { readonly longest: number; readonly ahead: number }

/** A longer record over several lines is not put together. */
export const LONGEST_SPAN: number = 1 << 20

export const UNBOUND: SpanBounds = { longest: LONGEST_SPAN, ahead: 0 }

/**
 * Puts lines together to records. `rest`: the line at which a record begins that may end in lines to come; the number of lines
 * if there is none. Where `isEnd`, no lines follow. It may change the order of the lines in front of `rest`, in the memory that
 * they are in, so that those of a record follow each other: so lines are joined once.
 */
export type JoinLines = (
  lines: Records,
  isEnd: boolean,
  bounds?: SpanBounds,
) => { readonly records: Records; readonly rest: number }

/** A first record that names columns, but not those that are known. */
export type OtherNames = { readonly kind: 'names'; readonly found: string; readonly expected: string }

/** What the first record of a stream is where a header may be: the header that is known, one with other names, or data. */
export type FirstRecord = { readonly kind: 'header' } | { readonly kind: 'data' } | OtherNames

/** What makes records of the lines of a stream. */
export type RecordForm = {
  /** Whether the first record may be a header, which names the columns and is left out. */
  readonly hasHeader: boolean
  /** What a first record is, by its bytes; absent: the header. */
  readonly firstRecord?: ((record: Uint8Array) => FirstRecord) | undefined
  /** Absent where every record is a line. */
  readonly join?: JoinLines | undefined
  /** A byte that every record of several lines has, so that lines without it need no look; absent: any line may begin one. */
  readonly sign?: number | undefined
  /** How long a record waits for more lines once its source is quiet, ms; absent: until the source ends. */
  readonly waitMs?: number | undefined
}

/** Whether a first record, where a header may be, is the header. `names` takes one with names of other columns; it may throw. */
export function isHeaderRecord(
  record: Uint8Array,
  firstRecord: RecordForm['firstRecord'],
  names: (names: OtherNames) => void,
): boolean {
  const first = firstRecord?.(record)
  if (first?.kind === 'names') names(first)
  return first === undefined || first.kind === 'header'
}

/** Puts lines that end with a whole record together, in the arrays that they are in. */
export function joinWhole(lines: Records, join: JoinLines, longest: number): Records {
  const { records } = join(lines, true, { longest, ahead: 0 })
  lines.start.set(records.start.subarray(0, records.count))
  lines.end.set(records.end.subarray(0, records.count))
  lines.count = records.count
  return lines
}

/** Leaves out the first record. */
export function withoutFirst(records: Records): Records {
  if (records.count === 0) return records
  records.start.copyWithin(0, 1, records.count)
  records.end.copyWithin(0, 1, records.count)
  records.count--
  return records
}
