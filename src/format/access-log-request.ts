/**
 * The parts of a request: `METHOD target PROTOCOL`.
 *
 * The method is the first word, if it is of capital letters and hyphens and something follows; a request without one has
 * no parts at all (TLS bytes, `-`, an empty one). The target is what lies between the method and a last word that begins
 * with `HTTP/`, or the end; spaces around it are no part of it, spaces within it are. The protocol is there only if the
 * request is exactly three words with one space between and the last is HTTP/ digit [ . digit ]: so `protocol IS NOT
 * NULL` says that the request is well formed.
 */
import type { Nulls } from '../record/column.ts'
import { type AccessFrames, UNKNOWN } from './access-log-frame.ts'
import { byteIn, viewOf } from './scan-word.ts'
import type { TextScratch } from './text-scratch.ts'
import { unescapeQuotes } from './unescape-quotes.ts'

const SPACE = 32
const DASH = 45
const DOT = 46
const SLASH = 47
const QUESTION = 63
/** Words "GET ", "HTTP". */
const GET_SPACE = 0x20544547
const HTTP = 0x50545448
const SPACES = 0x20202020
/** Of HTTP/1.1. */
const PROTOCOL_LENGTH = 8

export class RequestParts {
  /** Of the request itself, unescaped. */
  start: Int32Array = new Int32Array(0)
  end: Int32Array = this.start
  methodEnd: Int32Array = this.start
  targetStart: Int32Array = this.start
  targetEnd: Int32Array = this.start
  protocolStart: Int32Array = this.start
  /** Behind the `?` of the target. */
  queryStart: Int32Array = this.start
  pathEnd: Int32Array = this.start
  /** 1 where method and target are not there. */
  noTarget: Uint8Array = new Uint8Array(0)
  noProtocol: Uint8Array = this.noTarget
  noQuery: Uint8Array = this.noTarget

  /** Takes the requests over from the frames; those with escapes go into the scratch without them. */
  begin(frames: AccessFrames, rows: number, scratch: TextScratch): void {
    this.start = frames.requestStart
    this.end = frames.requestEnd
    if (frames.escaped.length === 0) return
    this.start = frames.requestStart.slice(0, rows)
    this.end = frames.requestEnd.slice(0, rows)
    for (const row of frames.escaped) {
      this.start[row] = unescapeQuotes(scratch, this.start[row] as number, this.end[row] as number)
      this.end[row] = scratch.end
    }
  }

  /** Finds methods and targets. */
  split(rows: number, bytes: Uint8Array): void {
    this.#reserve(rows)
    const view = viewOf(bytes)
    const { start: starts, end: ends, methodEnd, targetStart, targetEnd, noTarget } = this
    for (let row = 0; row < rows; row++) {
      const start = starts[row] as number
      const end = ends[row] as number
      const first = methodFrom(bytes, view, start, end)
      const last = end - PROTOCOL_LENGTH - 1
      // Three words with single spaces around the second, mostly.
      const isUsual =
        last > first + 1 &&
        first > start &&
        view.getInt32(last + 1, true) === HTTP &&
        bytes[last + 5] === SLASH &&
        bytes[last + 6] !== SPACE &&
        bytes[last + 7] === DOT &&
        bytes[last + 8] !== SPACE &&
        bytes[last] === SPACE &&
        bytes[last - 1] !== SPACE &&
        bytes[first + 1] !== SPACE
      methodEnd[row] = first
      targetStart[row] = first + 1
      targetEnd[row] = last
      noTarget[row] = 0
      if (!isUsual) this.#splitLoose(bytes, view, row, first)
    }
  }

  /** Finds path and query in the targets, by the question marks that the frames know. */
  cutTargets(rows: number, bytes: Uint8Array, marks: Int32Array): void {
    const { targetStart, targetEnd, pathEnd, queryStart, noTarget, noQuery } = this
    for (let row = 0; row < rows; row++) {
      const end = targetEnd[row] as number
      let at = marks[row] as number
      if (at === UNKNOWN) {
        at = targetStart[row] as number
        while (at < end && bytes[at] !== QUESTION) at++
      }
      // A method has none, so the first of the request is that of the target.
      const isThere = at < end && noTarget[row] === 0
      if (!isThere) at = end
      pathEnd[row] = at
      queryStart[row] = at + 1
      noQuery[row] = isThere ? 0 : 1
    }
  }

  /** Finds protocols. */
  findProtocols(rows: number, bytes: Uint8Array): void {
    const view = viewOf(bytes)
    for (let row = 0; row < rows; row++) {
      const from = this.targetStart[row] as number
      const last = this.targetEnd[row] as number
      const isThere =
        this.noTarget[row] === 0 &&
        from === (this.methodEnd[row] as number) + 1 &&
        bytes[last] === SPACE &&
        isProtocol(bytes, view, last + 1, this.end[row] as number) &&
        !hasSpace(bytes, view, from, last)
      this.protocolStart[row] = last + 1
      this.noProtocol[row] = isThere ? 0 : 1
    }
  }

  /** A request whose method, which ends at `first`, and last word are not as most are. */
  #splitLoose(bytes: Uint8Array, view: DataView, row: number, first: number): void {
    const start = this.start[row] as number
    let from = first
    let to = this.end[row] as number
    while (from < to && bytes[from] === SPACE) from++
    while (to > from && bytes[to - 1] === SPACE) to--
    this.noTarget[row] = first === start || from === to ? 1 : 0
    this.targetStart[row] = from
    this.targetEnd[row] = to
    let last = to - 1
    while (last > from && bytes[last] !== SPACE) last--
    if (last <= from || to - last < 6 || view.getInt32(last + 1, true) !== HTTP || bytes[last + 5] !== SLASH) return
    while (bytes[last - 1] === SPACE) last--
    this.targetEnd[row] = last
  }

  #reserve(rows: number): void {
    if (rows <= this.methodEnd.length) return
    const capacity = Math.max(1024, rows, 2 * this.methodEnd.length)
    this.methodEnd = new Int32Array(capacity)
    this.targetStart = new Int32Array(capacity)
    this.targetEnd = new Int32Array(capacity)
    this.protocolStart = new Int32Array(capacity)
    this.queryStart = new Int32Array(capacity)
    this.pathEnd = new Int32Array(capacity)
    this.noTarget = new Uint8Array(capacity)
    this.noProtocol = new Uint8Array(capacity)
    this.noQuery = new Uint8Array(capacity)
  }
}

/** The flags as a column's nulls: undefined where none is set. */
export function nullsOf(flags: Uint8Array, rows: number): Nulls {
  for (let row = 0; row < rows; row++) if (flags[row] === 1) return flags
  return undefined
}

/** Where the method that begins the request ends, at a space; `start` where there is none. */
function methodFrom(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  if (start + 4 <= end && view.getInt32(start, true) === GET_SPACE) return start + 3
  let at = start
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if ((byte < 65 || byte > 90) && byte !== DASH) break
  }
  return at < end && bytes[at] === SPACE ? at : start
}

/** Whether [start, end), which a quote or the scratch's end follows, is HTTP/d or HTTP/d.d. */
function isProtocol(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  const length = end - start
  if (length !== 8 && length !== 6) return false
  if (view.getInt32(start, true) !== HTTP || bytes[start + 4] !== SLASH || !isDigit(bytes[start + 5])) return false
  return length === 6 || (bytes[start + 6] === DOT && isDigit(bytes[start + 7]))
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

function hasSpace(bytes: Uint8Array, view: DataView, from: number, end: number): boolean {
  let at = from
  for (; at + 4 <= end; at += 4) if (byteIn(view.getInt32(at, true), SPACES) !== 0) return true
  for (; at < end; at++) if (bytes[at] === SPACE) return true
  return false
}
