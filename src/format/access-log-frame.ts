/**
 * The frame of an access-log line: where its fields lie.
 *
 *   host ident user [10/Oct/2000:13:55:36 -0700] "request" status size …
 *
 * Host and ident end at a space; the user may hold spaces; the request ends at the first quote that is not behind a
 * backslash (`\\` is a pair); status is three digits; size is digits or `-`, and then comes a space or the end.
 *
 * A line with this frame is a row, any other a reject, whatever follows and whichever columns are wanted: all of the
 * frame is always read, and nothing behind it. So the scan asks nothing about columns, and a column is made from the
 * positions that it leaves, one array each: most columns are two of these arrays and no more work.
 */
import type { Records } from '../record/column.ts'
import { headTrouble, tailTrouble } from './access-log-reject.ts'
import type { Rejects } from './format.ts'
import { AccessTime } from './scan-time.ts'
import { byteIn, firstHit, quoteStopIn, viewOf } from './scan-word.ts'
import { NO_STOP, StopScanner } from './stop-scan.ts'

const CR = 13
const SPACE = 32
const QUOTE = 34
const DASH = 45
const ZERO = 48
const OPEN = 91
const QUESTION = 63
const BACKSLASH = 92
const CLOSE = 93
const SPACES = 0x20202020
/** " - -" as a word. */
const NO_IDENT_NO_USER = 0x2d202d20

/** From the host's end to the `[`: " - - ". */
const NO_NAMES = 5
/** From the time's `[` to the first byte of the request: the time, a space and a quote. */
const TIME_AND_QUOTE = 30
/** More digits than this may not fit a BIGINT: they are no size. */
const SIZE_DIGITS = 18
const BLOCK = 256
export const UNKNOWN = -1

type Lines = {
  readonly records: Records
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly rejects: Rejects
}

export class AccessFrames {
  start: Int32Array = new Int32Array(0)
  hostEnd: Int32Array = this.start
  /** First byte of the request, behind its quote. The user ends 31 bytes before it. */
  requestStart: Int32Array = this.start
  requestEnd: Int32Array = this.start
  /** The first `?` of the request; NO_STOP where there is none, UNKNOWN where it was not looked for. */
  questionMark: Int32Array = this.start
  sizeEnd: Int32Array = this.start
  status: Int32Array = this.start
  /** Event time, ms since 1970. */
  time: Float64Array = new Float64Array(0)
  /** The record that each row was made of; undefined where row i is record i. */
  origin: Int32Array | undefined
  /** Rows whose request has `\"` in it: few, so a list. */
  readonly escaped: number[] = []
  readonly #clock = new AccessTime()
  readonly #stops = new StopScanner([SPACE, QUOTE, BACKSLASH, QUESTION])
  #origins = this.start

  /** Finds the frames of the records in `bytes` and returns how many are rows. */
  scan(records: Records, bytes: Uint8Array, rejects: Rejects): number {
    this.#reserve(records.count)
    this.escaped.length = 0
    const lines = { records, bytes, view: viewOf(bytes), rejects }
    let row = 0
    // In blocks, because a function that is called often is optimised as a whole, and a long loop in its midst.
    for (let record = 0; record < records.count; ) {
      const next = this.#stops.scanRecords(records, record, Math.min(records.count, record + BLOCK))
      row = this.#scanBlock(lines, record, next, row)
      record = next
    }
    this.origin = row === records.count ? undefined : this.#origins
    return row
  }

  #scanBlock(lines: Lines, first: number, last: number, firstRow: number): number {
    const { records, bytes } = lines
    const { start: starts, end: ends } = records
    const { start } = this
    const origins = this.#origins
    const { positions } = this.#stops
    let row = firstRow
    let stop = 0
    for (let record = first; record < last; record++) {
      const from = starts[record] as number
      let end = ends[record] as number
      if (end > from && bytes[end - 1] === CR) end--
      while ((positions[stop] as number) < from) stop++
      if (!this.#usual(lines, from, end, stop, row) && !this.#any(lines, record, end, row)) continue
      start[row] = from
      origins[row++] = record
    }
    return row
  }

  /**
   * Reads a line as nearly all are, `stop` being its first: neither ident nor user, and no backslash in the request. False
   * where it is not such a line; what was put for its row is put again.
   */
  #usual({ bytes, view }: Lines, from: number, end: number, stop: number, row: number): boolean {
    const { positions } = this.#stops
    const hostEnd = positions[stop] as number
    const open = hostEnd + NO_NAMES
    if (hostEnd === from || open + TIME_AND_QUOTE > end || view.getInt32(hostEnd, true) !== NO_IDENT_NO_USER)
      return false
    if (positions[stop + 2] !== open - 1 || !isTimeAndQuote(bytes, open, end)) return false
    const ms = this.#clock.read(view, open)
    if (Number.isNaN(ms)) return false
    // Of the stops behind the host, two more are before the `[`, then one in the time, one behind it, and the quote.
    let behind = stop + 6
    let mark = NO_STOP
    for (; (positions[behind] as number) < end; behind++) {
      const byte = bytes[positions[behind] as number]
      if (byte === QUESTION) mark = Math.min(mark, positions[behind] as number)
      else if (byte !== SPACE) break
    }
    const quote = positions[behind] as number
    if (quote >= end || bytes[quote] !== QUOTE || !this.#tail(bytes, quote, end, row)) return false
    this.questionMark[row] = mark
    this.hostEnd[row] = hostEnd
    this.time[row] = ms
    this.requestStart[row] = open + TIME_AND_QUOTE
    this.requestEnd[row] = quote
    return true
  }

  /** Reads any line; false where it has no frame, and is rejected. */
  #any({ records, bytes, view, rejects }: Lines, record: number, end: number, row: number): boolean {
    const from = records.start[record] as number
    const open = this.#head(bytes, view, from, end, row)
    if (open < 0) {
      const [at, reason] = headTrouble(bytes, from, end)
      rejects.add(record, at - from, reason)
      return false
    }
    const ms = this.#clock.read(view, open)
    if (Number.isNaN(ms)) {
      rejects.add(record, open - from, 'expected a time such as [10/Oct/2000:13:55:36 -0700]')
      return false
    }
    const quote = this.#request(bytes, view, open + TIME_AND_QUOTE, end, row)
    if (!this.#tail(bytes, quote, end, row)) {
      if (this.escaped.at(-1) === row) this.escaped.pop()
      const [at, reason] = tailTrouble(bytes, quote, end)
      rejects.add(record, at - from, reason)
      return false
    }
    this.time[row] = ms
    this.questionMark[row] = UNKNOWN
    return true
  }

  /** Reads host, ident and user; returns where the time's `[` is, or -1. */
  #head(bytes: Uint8Array, view: DataView, from: number, end: number, row: number): number {
    let at = from
    for (; at + 4 <= end; at += 4) {
      const hit = byteIn(view.getInt32(at, true), SPACES)
      if (hit === 0) continue
      at += firstHit(hit)
      break
    }
    while (at < end && bytes[at] !== SPACE) at++
    if (at === from) return -1
    this.hostEnd[row] = at
    at++
    if (bytes[at] === SPACE) return -1
    while (at < end && bytes[at] !== SPACE) at++
    return findTime(bytes, at + 1, end)
  }

  /** Reads the request that begins at `from`; returns where its closing quote is, or `end` where it has none. */
  #request(bytes: Uint8Array, view: DataView, from: number, end: number, row: number): number {
    this.requestStart[row] = from
    let at = from
    for (; at < end; at++) {
      for (; at + 4 <= end; at += 4) {
        const hit = quoteStopIn(view.getInt32(at, true))
        if (hit === 0) continue
        at += firstHit(hit)
        break
      }
      const byte = bytes[at]
      if (byte === QUOTE) break
      if (byte === BACKSLASH && bytes[++at] === QUOTE && this.escaped.at(-1) !== row) this.escaped.push(row)
    }
    this.requestEnd[row] = at
    return Math.min(at, end)
  }

  /** Reads status and size behind the request's closing quote; returns whether they are as they must be. */
  #tail(bytes: Uint8Array, quote: number, end: number, row: number): boolean {
    if (quote + 6 >= end || bytes[quote + 1] !== SPACE || bytes[quote + 5] !== SPACE) return false
    const hundreds = (bytes[quote + 2] as number) - ZERO
    const tens = (bytes[quote + 3] as number) - ZERO
    const ones = (bytes[quote + 4] as number) - ZERO
    // As unsigned numbers, so that what is below '0' is above 9.
    if (hundreds >>> 0 > 9 || tens >>> 0 > 9 || ones >>> 0 > 9) return false
    const size = quote + 6
    let at = size
    if (bytes[at] === DASH) at++
    else while (at < end && ((bytes[at] as number) - ZERO) >>> 0 <= 9) at++
    if (at === size || at - size > SIZE_DIGITS || (at < end && bytes[at] !== SPACE)) return false
    this.status[row] = hundreds * 100 + tens * 10 + ones
    this.sizeEnd[row] = at
    return true
  }

  #reserve(count: number): void {
    if (count <= this.start.length) return
    const capacity = Math.max(1024, count, 2 * this.start.length)
    this.start = new Int32Array(capacity)
    this.hostEnd = new Int32Array(capacity)
    this.requestStart = new Int32Array(capacity)
    this.requestEnd = new Int32Array(capacity)
    this.questionMark = new Int32Array(capacity)
    this.sizeEnd = new Int32Array(capacity)
    this.status = new Int32Array(capacity)
    this.time = new Float64Array(capacity)
    this.#origins = new Int32Array(capacity)
  }
}

/** Whether 28 bytes in brackets, a space and a quote are at `at`. */
function isTimeAndQuote(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    at + TIME_AND_QUOTE <= end &&
    bytes[at] === OPEN &&
    bytes[at + 27] === CLOSE &&
    bytes[at + 28] === SPACE &&
    bytes[at + 29] === QUOTE
  )
}

/** The first `[` from `from` on that a time and a quote fit behind: the user's name has spaces, or is not there. */
function findTime(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at + TIME_AND_QUOTE <= end; at++) {
    if (bytes[at] === OPEN && bytes[at - 1] === SPACE && isTimeAndQuote(bytes, at, end)) return at
  }
  return -1
}
