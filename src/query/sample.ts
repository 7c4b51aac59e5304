/** The first lines of a table, from which its format and columns are found: as many bytes as long lines need. */
import { beginsDocument, documentHead } from '../format/json/document.ts'
import type { Records } from '../record/column.ts'
import { makeRecords } from '../record/lines-split.ts'
import { linesWithin } from '../record/lines-within.ts'

/** Enough for most logs. */
export const SAMPLE_BYTES: number = 256 << 10
/** No more is read, however long the lines are. */
export const SAMPLE_LIMIT: number = 16 << 20
/** Fewer lines may all be unlike the rest. */
const LEAST_LINES = 10
/** Enough lines to detect a format. */
const MOST_LINES = 1000
const NEWLINE = 10

/** The first bytes of a table as lines: those of a JSON document, where the table may be one. */
export const sampleText = (bytes: Uint8Array, mayBeDocument: boolean): Uint8Array =>
  mayBeDocument && beginsDocument(bytes) ? documentHead(bytes) : bytes

/** Whether the bytes have enough lines. */
export function isSample(bytes: Uint8Array): boolean {
  let at = 0
  for (let lines = 0; lines < LEAST_LINES; lines++) {
    at = bytes.indexOf(NEWLINE, at) + 1
    if (at === 0) return false
  }
  return true
}

/** The whole lines of the first bytes of a text; a last line that is cut off counts only if there is no other. */
export function linesOf(bytes: Uint8Array): Records {
  const end = bytes.length < SAMPLE_BYTES ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1 || bytes.length
  const within = { limit: Number.POSITIVE_INFINITY, tooLong: () => undefined, position: 0, isStart: true }
  const lines = linesWithin(bytes.subarray(0, end), within, makeRecords(MOST_LINES))
  lines.count = Math.min(lines.count, MOST_LINES)
  return lines
}
