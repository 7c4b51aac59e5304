/**
 * What follows the size in a line of the combined format: ` "referer" "agent" rest`.
 *
 * It is not part of the frame: where a quote is missing, or one lies within the text, the field is NULL, and the bytes from
 * there on are in `rest`. So a line of the common format is a row too, and half an agent is never taken for a whole one.
 */
import type { Records } from '../../record/column.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { unescapeQuotes } from '../scan/unescape-quotes.ts'
import type { AccessFrames } from './frame.ts'

const CR = 13
const SPACE = 32
const QUOTE = 34
const BACKSLASH = 92

/** A text of each row, or its absence: then its end is below its start. */
class TailField {
  start: Int32Array = new Int32Array(0)
  end: Int32Array = this.start

  /** Makes room for `rows` rows. */
  reserve(rows: number): void {
    if (rows <= this.start.length) return
    this.start = new Int32Array(Math.max(1024, 2 * rows))
    this.end = new Int32Array(this.start.length)
  }

  /**
   * Reads ` "text"` at `at`, before `end`, with any number of spaces. Returns the position after it, or `at` where it is not
   * complete.
   */
  readQuoted(scratch: TextScratch, at: number, end: number, row: number): number {
    const { bytes } = scratch
    this.end[row] = -1
    this.start[row] = 0
    if (bytes[at] !== SPACE) return at
    let from = at + 1
    while (from < end && bytes[from] === SPACE) from++
    if (from + 1 >= end || bytes[from] !== QUOTE) return at
    from++
    let escaped = false
    let to = from
    for (; to < end; to++) {
      const byte = bytes[to]
      if (byte === QUOTE) break
      if (byte === BACKSLASH && bytes[++to] === QUOTE) escaped = true
    }
    // What goes on without a space was not the closing quote, but one of the text: then the text has no certain end.
    if (to >= end || (to + 1 < end && bytes[to + 1] !== SPACE)) return at
    this.start[row] = from
    this.end[row] = to
    if (escaped) {
      this.start[row] = unescapeQuotes(scratch, from, to)
      this.end[row] = scratch.end
    }
    return to + 1
  }
}

/** Referer, agent and rest of the rows of a batch. */
export class AccessTails {
  readonly referer: TailField = new TailField()
  readonly agent: TailField = new TailField()
  readonly rest: TailField = new TailField()

  /** Reads the tails of the rows that `frames` found in `records`. Texts with escaped quotes go into the scratch. */
  scan(frames: AccessFrames, rows: number, records: Records, scratch: TextScratch): void {
    const { referer, agent, rest } = this
    for (const field of [referer, agent, rest]) field.reserve(rows)
    const { sizeEnd, origin } = frames
    for (let row = 0; row < rows; row++) {
      const lineEnd = records.end[origin === undefined ? row : (origin[row] as number)] as number
      const end = records.bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd
      let at = referer.readQuoted(scratch, sizeEnd[row] as number, end, row)
      at = agent.readQuoted(scratch, at, end, row)
      if (at < end && scratch.bytes[at] === SPACE) at++
      rest.start[row] = at
      rest.end[row] = at < end ? end : -1
    }
  }
}
