/** The lines of a body that is at hand whole, as an HTTP request or answer has one: its records, as the topic's format wants them. */
import type { Records } from '../record/column.ts'
import { makeRecords } from '../record/lines-split.ts'
import { linesWithin } from '../record/lines-within.ts'
import type { HoleTaker } from '../record/nuls.ts'
import { isHeaderRecord, joinWhole, type OtherNames, type RecordForm, withoutFirst } from '../record/spans.ts'

const NEWLINE = 10

/** What is called for what is left out; each may throw. */
export type BodyLeftOut = {
  /** A line that is longer than the longest; `position` is its first byte. */
  tooLong(position: number): void
  readonly hole: HoleTaker
  /** A first record with names of other columns. */
  names(names: OtherNames): void
}

/** The records of a body, without its header. No line is longer than `longest` bytes. */
export function linesOfWholeBody(
  body: Uint8Array,
  longest: number,
  { hasHeader, firstRecord, join }: RecordForm = { hasHeader: false },
  { tooLong, hole, names }: BodyLeftOut,
): Records {
  const header = hasHeader && join === undefined ? body.indexOf(NEWLINE) + 1 || body.length : 0
  const lines = linesWithin(
    body.subarray(header),
    { limit: longest, tooLong, hole, position: header, isStart: header === 0 },
    makeRecords((body.length >> 6) + 1),
  )
  if (join === undefined) return lines
  const records = joinWhole(lines, join, longest)
  if (!hasHeader || records.count === 0) return records
  const first = records.bytes.subarray(records.start[0], records.end[0])
  return isHeaderRecord(first, firstRecord, names) ? withoutFirst(records) : records
}
