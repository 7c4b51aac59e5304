/**
 * Reads access-log lines, sixteen bytes at a time: the frame, which alone decides whether a line is a row (see
 * `format/access-log/frame.ts`), and the parts of the request. AssemblyScript: runs as WebAssembly.
 *
 * Lines are copied into this memory. An address is a place in this memory; a position is a place in the bytes that the lines
 * were copied from: the address less `shift`.
 */

import {
  HOST,
  HOST_END,
  LEAD_END,
  LEAD_START,
  ORIGIN,
  REQUEST_END,
  REQUEST_START,
  SIZE_END,
  START,
  STATUS,
  TIME,
  VHOST,
} from './access-log/columns.ts'
import { anyHostEnd, areNames, hostEnd, listEnd, spaceFrom, vhostEnd } from './access-log/head.ts'
import { putRequest, putUnknownRequest } from './access-log/request.ts'
import { isTimeAndQuote, lineEndWithin, TIME_AND_QUOTE } from './access-log/several.ts'
import { NO_TIME, timeAt } from './access-log/time.ts'
import { BACKSLASH, COMMA, CR, DASH, QUESTION, QUOTE, SPACE, ZERO } from './bytes.ts'

// Bytes as a little-endian word.
const NO_IDENT_NO_USER: u32 = 0x2d202d20 // " - -"

/** Bytes from the end of the host to the `[` of the time: ` - - `. */
const NO_NAMES: i32 = 5
/** A size of more digits may not fit a BIGINT: then the line is no row. */
const SIZE_DIGITS: i32 = 18

// How far a reject was read.
const HEAD = 0
const CLOCK = 1
const TAIL = 2

// Addresses, see `place`.
let starts: i32
let ends: i32
let notes: i32
let rejects: i32
let escapes: i32
let columns: i32
let stride: i32
/** What is in front of the ident: HOST, VHOST or FORWARDED. */
let lead: i32

/**
 * Sets the addresses. `atRecords`: the starts and ends of a block's records, `block` integers each. `atNotes`: the outcome of
 * `scan`, three integers: records taken, rejects, escapes; then the rejects, three integers each: record, how far it was
 * read, position; then the escapes: rows whose request contains `\"` and is not split yet. `atColumns`: the columns, at strides
 * of `bytes`. `front`: what lines have in front of the ident.
 */
export function place(block: i32, atRecords: i32, atNotes: i32, atColumns: i32, bytes: i32, front: i32): void {
  starts = atRecords
  ends = starts + (block << 2)
  notes = atNotes
  rejects = notes + 12
  escapes = rejects + 12 * block
  columns = atColumns
  stride = bytes
  lead = front
}

/**
 * Reads `count` records, from record `record` of the batch on, into the columns from `row` on. Stops at the first record that
 * does not lie within the addresses [from, to). Returns the row after the last.
 */
export function scan(count: i32, record: i32, from: i32, to: i32, shift: i32, row: i32): i32 {
  let taken = 0
  let rejected = 0
  let escaped = 0
  for (; taken < count; taken++) {
    const start: i32 = load<i32>(starts + (taken << 2)) + shift
    let end: i32 = load<i32>(ends + (taken << 2)) + shift
    if (start < from || end > to) break
    if (end > start && load<u8>(end - 1) === CR) end--
    const at = columns + (row << 2)
    store<i32>(at + ORIGIN * stride, record + taken)

    let host: i32 = start
    let behindHost = 0
    let nameEnd = 0
    if (lead === HOST) nameEnd = behindHost = hostEnd(start, end)
    else {
      nameEnd = readLead(start, end, shift, row)
      host = leadHost
      behindHost = leadHostEnd
    }
    const open = nameEnd === 0 ? 0 : timeBehind(nameEnd, end)
    if (open === 0) {
      reject(rejected++, record + taken, HEAD, 0)
      continue
    }
    const time = timeAt(open)
    if (time === NO_TIME) {
      reject(rejected++, record + taken, CLOCK, open - shift)
      continue
    }
    const request = open + TIME_AND_QUOTE
    const quote = readRequest(request, end, shift, row)
    if (!readTail(quote & ~ESCAPED, end, shift, row)) {
      reject(rejected++, record + taken, TAIL, (quote & ~ESCAPED) - shift)
      continue
    }
    if ((quote & ESCAPED) !== 0) store<i32>(escapes + (escaped++ << 2), row)
    store<i32>(at + START * stride, host - shift)
    store<i32>(at + HOST_END * stride, behindHost - shift)
    store<i32>(at + REQUEST_START * stride, request - shift)
    store<i32>(at + REQUEST_END * stride, (quote & ~ESCAPED) - shift)
    store<f64>(columns + TIME * stride + (row << 3), time)
    row++
  }
  store<i32>(notes, taken)
  store<i32>(notes, rejected, 4)
  store<i32>(notes, escaped, 8)
  return row
}

/**
 * Empties the records of a block that are several lines, so that `scan` rejects them, and puts them into the rejects: two
 * integers each, the number in the block and the position of the first line end. Returns how many there are.
 */
export function emptySeveral(count: i32, from: i32, to: i32, shift: i32): i32 {
  let found = 0
  for (let record = 0; record < count; record++) {
    const start: i32 = load<i32>(starts + (record << 2)) + shift
    const end: i32 = load<i32>(ends + (record << 2)) + shift
    if (start < from || end > to) break
    // The CR of a CRLF.
    const mark = lineEndWithin(start, end > start && load<u8>(end - 1) === CR ? end - 1 : end)
    if (mark === 0) continue
    store<i32>(rejects + (found << 3), record)
    store<i32>(rejects + (found++ << 3), mark - shift, 4)
    store<i32>(ends + (record << 2), start - shift)
  }
  return found
}

/** Splits the request of `row`, which is at addresses [from, end). */
export function split(from: i32, end: i32, shift: i32, row: i32): void {
  putUnknownRequest(columns, stride, row, from, end, shift)
}

function reject(index: i32, record: i32, reached: i32, position: i32): void {
  const at = rejects + 12 * index
  store<i32>(at, record)
  store<i32>(at, reached, 4)
  store<i32>(at, position, 8)
}

// Where the host lies, as `readLead` has found it.
let leadHost: i32 = 0
let leadHostEnd: i32 = 0

/** Puts the virtual host or the list of addresses at `at`; returns the space before the ident, or 0 if the line does not begin so. */
function readLead(at: i32, end: i32, shift: i32, row: i32): i32 {
  leadHost = at
  if (lead === VHOST) {
    const vhost = vhostEnd(at, end)
    if (vhost === 0) return 0
    putLead(at, vhost, shift, row)
    leadHost = vhost + 1
  }
  leadHostEnd = anyHostEnd(leadHost, end, lead)
  if (leadHostEnd === 0) return 0
  // `-` is an ident, and then what was taken for a virtual host was the host.
  if (lead === VHOST) return leadHostEnd === leadHost + 1 && load<u8>(leadHost) === DASH ? 0 : leadHostEnd
  const list = load<u8>(leadHostEnd) === COMMA ? listEnd(leadHostEnd, end) : leadHostEnd
  putLead(at, list, shift, row)
  return list
}

function putLead(from: i32, end: i32, shift: i32, row: i32): void {
  const at = columns + (row << 2)
  store<i32>(at + LEAD_START * stride, from - shift)
  store<i32>(at + LEAD_END * stride, end - shift)
}

/** The `[` of the time, after ident and user, which begin behind the space at `nameEnd`. 0 if there is none. */
function timeBehind(nameEnd: i32, end: i32): i32 {
  const open = nameEnd + NO_NAMES
  // Nearly all lines have neither ident nor user.
  if (load<u32>(nameEnd) === NO_IDENT_NO_USER && load<u8>(open - 1) === SPACE && isTimeAndQuote(open, end)) return open
  const ident = nameEnd + 1
  if (ident >= end || load<u8>(ident) === SPACE) return 0
  const identEnd = spaceFrom(ident, end)
  for (let at = identEnd + 1; at + TIME_AND_QUOTE <= end; at++) {
    if (load<u8>(at - 1) === SPACE && isTimeAndQuote(at, end)) return areNames(ident, identEnd, at - 1, lead) ? at : 0
  }
  return 0
}

/** A flag on the address of the closing quote: the request contains `\"` and was not split. No address has this bit. */
const ESCAPED: i32 = i32.MIN_VALUE

/** Reads the request that begins at `from` and puts its parts; returns the address of its closing quote, or `end`. */
function readRequest(from: i32, end: i32, shift: i32, row: i32): i32 {
  let mark: i32 = 0
  let spaces = 0
  for (let at = from; at < end; at += 16) {
    const bytes = v128.load(at)
    const stops = i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))))
    // The bits of the bytes before the first stop.
    const before = stops === 0 ? 0xffff : (stops & -stops) - 1
    const marks = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(QUESTION))) & before
    if (mark === 0 && marks !== 0) mark = at + ctz(marks)
    spaces += popcnt(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(SPACE))) & before)
    if (stops === 0) continue
    const stop = at + ctz(stops)
    if (stop >= end) return end
    if (load<u8>(stop) !== QUOTE) return readEscaped(from, stop, end, shift, row)
    putRequest(columns, stride, row, from, stop, mark, spaces, shift)
    return stop
  }
  return end
}

/** The same for a request whose first backslash is at `at`. `\\` is a pair. */
function readEscaped(from: i32, at: i32, end: i32, shift: i32, row: i32): i32 {
  let marked: i32 = 0
  for (; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === QUOTE) {
      if (marked === 0) putUnknownRequest(columns, stride, row, from, at, shift)
      return at | marked
    }
    if (byte === BACKSLASH && ++at < end && load<u8>(at) === QUOTE) marked = ESCAPED
  }
  return end
}

/** Reads status and size after the closing quote of the request; false if they do not fit the frame. */
function readTail(quote: i32, end: i32, shift: i32, row: i32): bool {
  if (quote + 6 >= end || load<u8>(quote, 1) !== SPACE || load<u8>(quote, 5) !== SPACE) return false
  // Unsigned: a byte below '0' becomes greater than 9.
  const hundreds: u32 = <u32>load<u8>(quote, 2) - ZERO
  const tens: u32 = <u32>load<u8>(quote, 3) - ZERO
  const ones: u32 = <u32>load<u8>(quote, 4) - ZERO
  if (hundreds > 9 || tens > 9 || ones > 9) return false
  const size = quote + 6
  const sizeEnd = load<u8>(size) === DASH ? size + 1 : digitsFrom(size, end)
  if (sizeEnd === size || sizeEnd - size > SIZE_DIGITS || (sizeEnd < end && load<u8>(sizeEnd) !== SPACE)) return false
  const at = columns + (row << 2)
  store<i32>(at + SIZE_END * stride, sizeEnd - shift)
  store<i32>(at + STATUS * stride, hundreds * 100 + tens * 10 + ones)
  return true
}

/** The first byte from `at` on that is not a digit, or `end`. */
function digitsFrom(at: i32, end: i32): i32 {
  for (; at < end; at += 16) {
    const values = i8x16.sub(v128.load(at), i8x16.splat(ZERO))
    const others = i8x16.bitmask(i8x16.gt_u(values, i8x16.splat(9)))
    if (others !== 0) return min(at + ctz(others), end)
  }
  return end
}
