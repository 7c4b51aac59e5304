/**
 * What follows the size in a line of the combined format: ` "referer" "agent" rest`.
 *
 * No part of the frame: where a quote is missing, the field is NULL and the bytes from there on are in `rest`. So a
 * line of the common format is a row too, and half an agent is never taken for one.
 */
import type { Records } from '../../record/column.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { unescapeQuotes } from '../scan/unescape-quotes.ts'
import type { AccessFrames } from './frame.ts'

const CR = 13
const SPACE = 32
const QUOTE = 34
const BACKSLASH = 92

/** A quoted field of each row; end below start where it is not there. */
export class QuotedField {
  start: Int32Array = new Int32Array(0)
  end: Int32Array = this.start
}

export class AccessTails {
  readonly referer: QuotedField = new QuotedField()
  readonly agent: QuotedField = new QuotedField()
  readonly rest: QuotedField = new QuotedField()

  scan(frames: AccessFrames, rows: number, records: Records, scratch: TextScratch): void {
    reserve(this.referer, rows)
    reserve(this.agent, rows)
    reserve(this.rest, rows)
    const { sizeEnd, origin } = frames
    for (let row = 0; row < rows; row++) {
      const lineEnd = records.end[origin === undefined ? row : (origin[row] as number)] as number
      const end = records.bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd
      let at = readQuoted(scratch, sizeEnd[row] as number, end, this.referer, row)
      at = readQuoted(scratch, at, end, this.agent, row)
      if (at < end && scratch.bytes[at] === SPACE) at++
      this.rest.start[row] = at
      this.rest.end[row] = at < end ? end : -1
    }
  }
}

/** Reads ` "text"` at `at`; returns what is behind it, or `at` where it is not there in full. */
function readQuoted(scratch: TextScratch, at: number, end: number, field: QuotedField, row: number): number {
  const { bytes } = scratch
  field.end[row] = -1
  field.start[row] = 0
  if (at + 2 >= end || bytes[at] !== SPACE || bytes[at + 1] !== QUOTE) return at
  const from = at + 2
  let escaped = false
  let to = from
  for (; to < end; to++) {
    const byte = bytes[to]
    if (byte === QUOTE) break
    if (byte === BACKSLASH && bytes[++to] === QUOTE) escaped = true
  }
  if (to >= end) return at
  field.start[row] = from
  field.end[row] = to
  if (escaped) {
    field.start[row] = unescapeQuotes(scratch, from, to)
    field.end[row] = scratch.end
  }
  return to + 1
}

function reserve(field: QuotedField, rows: number): void {
  if (rows <= field.start.length) return
  field.start = new Int32Array(Math.max(1024, 2 * rows))
  field.end = new Int32Array(field.start.length)
}
