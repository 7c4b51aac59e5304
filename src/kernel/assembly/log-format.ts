/**
 * Reads lines of any log format into columns, by its steps: each is a field and the text behind it. See
 * `format/log-format/reader.ts` for the grammar. AssemblyScript: runs as WebAssembly. Addresses, positions, and what is left to
 * JavaScript are as in `json.ts`.
 */

import {
  findParts,
  hasProtocol,
  hasQuery,
  methodEnd,
  noTarget,
  pathEnd,
  targetEnd,
  targetStart,
} from './access-log/request.ts'
import { NO_TIME, timeAt } from './access-log/time.ts'
import { BACKSLASH, COLON, COMMA, CR, DASH, DOT, QUESTION, QUOTE, SPACE, ZERO } from './bytes.ts'
import * as STEP from './log-format/layout.ts'
import { digitsIn, ZEROS } from './value/digits.ts'
import * as KIND from './value/kinds.ts'
import { END, LEFT } from './value/kinds.ts'
import { putNumber } from './value/number.ts'
import {
  beginRow,
  forgetLate,
  late,
  placeValues,
  putAbsent,
  putDouble,
  putInteger,
  putLate,
  putRange,
  shiftBy,
} from './value/put.ts'
import { firstMinute, isoTime, readTime } from './value/time.ts'

// Addresses, see `place`.
let starts: i32
let ends: i32
let notes: i32
let steps: i32
let behindSteps: i32

// The text before the first field.
let head: i32
let headCount: i32

// The records in this memory, see `take`.
let from: i32
let to: i32
let shift: i32

/** The step that follows those that `fixed` has read. */
let next: i32 = 0

/**
 * Sets the addresses. `atRecords`: starts and ends of a block's records, `block` integers each. `atNotes`: the notes, as in
 * `json.ts`, with room for `most` late values. `atSteps`: `count` steps, which JavaScript fills before this; then the text
 * before the first, of `before` bytes. Columns have room for `rows` rows.
 */
export function place(
  atRecords: i32,
  block: i32,
  atNotes: i32,
  atSteps: i32,
  count: i32,
  before: i32,
  rows: i32,
): void {
  starts = atRecords
  ends = starts + (block << 2)
  notes = atNotes
  steps = atSteps
  behindSteps = steps + count * STEP.STEP_BYTES
  head = behindSteps
  headCount = before
  placeValues(rows, notes + 8)
  for (let step = steps; step < behindSteps; step += STEP.STEP_BYTES) firstMinute(step + STEP.MINUTE)
}

/** The next records lie at addresses [first, end), shifted by `less`. */
export function take(first: i32, end: i32, less: i32): void {
  from = first
  to = end
  shift = less
  shiftBy(less)
}

/** As `scan` of `json.ts`. */
export function scan(index: i32, most: i32, firstRow: i32): i32 {
  let outcome = END
  let row = firstRow
  for (; index < most && outcome === END; index++) {
    const start: i32 = load<i32>(starts + (index << 2)) + shift
    let end: i32 = load<i32>(ends + (index << 2)) + shift
    if (start < from || end > to) break
    if (end > start && load<u8>(end - 1) === CR) end--
    beginRow(row)
    if (!readLine(start, end)) {
      outcome = LEFT
      break
    }
    row++
    outcome = late
  }
  store<i32>(notes, index)
  store<i32>(notes, outcome, 4)
  return row
}

function readLine(start: i32, end: i32): bool {
  let at = start + headCount
  if (at > end || !isLiteral(head, headCount, start)) return false
  at = fixed(steps, at, end)
  while (at !== 0 && next < behindSteps) at = text(next, at, end)
  return at === end
}

/** Whether the `count` bytes of the text at `literal` are at `at`. */
function isLiteral(literal: i32, count: i32, at: i32): bool {
  for (; count > 16; count -= 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(literal), v128.load(at))) !== 0xffff) return false
    literal += 16
    at += 16
  }
  const mask: i32 = (1 << count) - 1
  return (i8x16.bitmask(i8x16.eq(v128.load(literal), v128.load(at))) & mask) === mask
}

/** The address after the text behind the field of a step, which ends at `at`, or 0. */
function behind(step: i32, at: i32, end: i32): i32 {
  const count = load<i32>(step, STEP.COUNT)
  if (((load<u64>(at) ^ load<u64>(step, STEP.WORD)) & load<u64>(step, STEP.MASK)) !== 0 || at + count > end) return 0
  if (count > 8 && !isLiteral(load<i32>(step, STEP.LITERAL) + 8, count - 8, at + 8)) return 0
  return at + load<i32>(step, STEP.ADVANCE)
}

/**
 * Reads the fields from `step` on that end by themselves, up to the next that does not, which is then `next`, or to the end of
 * the line. Returns the address after the text behind the last one, or 0.
 */
function fixed(step: i32, at: i32, end: i32): i32 {
  for (; step < behindSteps; step += STEP.STEP_BYTES) {
    const kind = load<i32>(step, STEP.KIND)
    if (kind >= STEP.TEXT) break
    at = fixedEnd(step, kind, at, end)
    if (at === 0) return 0
    at = behind(step, at, end)
    if (at === 0) return 0
  }
  next = step
  return step === behindSteps && at !== end ? 0 : at
}

/** Reads a field at `at` into the row; returns the address after it, which may be beyond the line, or 0. */
function fixedEnd(step: i32, kind: i32, at: i32, end: i32): i32 {
  const values = load<i32>(step, STEP.VALUES)
  switch (kind) {
    case STEP.INT:
    case STEP.WHOLE:
    case STEP.DOUBLE:
      if (isAbsent(step, at, end)) return absentEnd(values, at, end)
      if (values === 0) {
        const whole = digitsIn(load<u64>(at) ^ ZEROS)
        const dot = at + whole
        // A longer number is checked as a wanted one is.
        if (whole > 0 && whole < 8 && load<u8>(dot) !== DOT) return dot
        const fraction = kind === STEP.DOUBLE && whole > 0 ? digitsIn(load<u64>(dot, 1) ^ ZEROS) : 0
        if (fraction > 0 && whole + fraction < 8) return dot + 1 + fraction
      }
      return putNumber(values, kind === STEP.INT ? KIND.INT : kind === STEP.WHOLE ? KIND.WHOLE : KIND.DOUBLE, at)
    case STEP.STATUS:
      return statusEnd(step, values, at, end)
    case STEP.CLF: {
      // The byte before it is of no matter, and one after it is compared with that of the last time.
      const time = timeAt(at - 1)
      if (time === NO_TIME) return 0
      putDouble(values, time)
      return at + 26
    }
    case STEP.ISO: {
      const behind = readTime(at, step + STEP.MINUTE, true)
      if (behind !== 0) putDouble(values, isoTime)
      return behind
    }
    case STEP.EPOCH:
      return epochEnd(load<i32>(step, STEP.SIZE), values, at)
    case STEP.LATE: {
      const behind = at + load<i32>(step, STEP.SIZE)
      // JavaScript checks the value, wanted or not.
      if (behind <= end) putLate(load<i32>(step, STEP.COLUMN), at, behind, 0)
      return behind
    }
    default:
      putRange(values, at, at + 1)
      return at + 1
  }
}

/** Whether a number is absent: nothing, or a dash. */
function isAbsent(step: i32, at: i32, end: i32): bool {
  const first: u32 = <u32>load<u8>(at) - ZERO
  if (first <= 9) return false
  if ((load<i32>(step, STEP.FLAGS) & STEP.EMPTY_IS_NULL) !== 0 && (at === end || load<u8>(at) !== DASH)) return true
  return at < end && load<u8>(at) === DASH && (at + 1 === end || <u32>load<u8>(at, 1) - ZERO > 9)
}

function absentEnd(values: i32, at: i32, end: i32): i32 {
  // A text that ends further on may have been tried before: then the value has been put.
  putAbsent(values)
  return at < end && load<u8>(at) === DASH ? at + 1 : at
}

function statusEnd(step: i32, values: i32, at: i32, end: i32): i32 {
  if (isAbsent(step, at, end)) return absentEnd(values, at, end)
  // Unsigned: a byte below '0' becomes greater than 9.
  const hundreds: u32 = <u32>load<u8>(at) - ZERO
  const tens: u32 = <u32>load<u8>(at, 1) - ZERO
  const ones: u32 = <u32>load<u8>(at, 2) - ZERO
  if (hundreds > 9 || tens > 9 || ones > 9) return 0
  putInteger(values, hundreds * 100 + tens * 10 + ones)
  return at + 3
}

/** Reads a time since 1970 of at most 16 digits, `perSecond` to the second, and a fraction. */
function epochEnd(perSecond: i32, values: i32, at: i32): i32 {
  let value: i64 = 0
  const first = at
  for (; at - first <= 16; at++) {
    const digit: u32 = <u32>load<u8>(at) - ZERO
    if (digit > 9) break
    value = value * 10 + digit
  }
  // Fewer are left to JavaScript, and so are times beyond the year 5138.
  if (at - first < 9 || value >= <i64>perSecond * 100_000_000_000) return 0
  let ms = perSecond === 1 ? value * 1000 : perSecond === 1000 ? value : value / 1000
  if (load<u8>(at) === DOT) {
    if (perSecond !== 1) return 0
    let scale: i64 = 100
    const dot = at++
    for (; ; at++) {
      const digit: u32 = <u32>load<u8>(at) - ZERO
      if (digit > 9 || at - dot > 9) break
      ms += scale * digit
      scale /= 10
    }
    if (at === dot + 1) return 0
  }
  putDouble(values, <f64>ms)
  return at
}

/**
 * Reads the field of a step that ends where the text behind it begins, and the fields behind it that end by themselves. It is
 * the first such text behind which these fit. Returns the address after them, or 0.
 */
function text(step: i32, start: i32, end: i32): i32 {
  const count = load<i32>(step, STEP.COUNT)
  if (count === 0) return lastText(step, start, end)
  if (load<i32>(step + STEP.PARTS, STEP.ANY) !== 0 && (load<i32>(step, STEP.FLAGS) & STEP.IS_CERTAIN) !== 0) {
    return request(step, start, end)
  }
  const firsts = v128.load(step, STEP.FIRSTS)
  const limits = v128.load(step, STEP.LIMITS)
  const quotes = v128.load(step, STEP.QUOTES)
  const backslashes = v128.load(step, STEP.BACKSLASHES)
  let isEscaped = 0
  for (let at = start; at < end; ) {
    const bytes = v128.load(at)
    const hits = v128.or(i8x16.eq(bytes, firsts), i8x16.lt_u(bytes, limits))
    const specials = v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes))
    const stops = i8x16.bitmask(v128.or(hits, specials))
    if (stops === 0) {
      at += 16
      continue
    }
    at += ctz(stops)
    if (at >= end) return 0
    const byte = load<u8>(at)
    const flags = load<i32>(step, STEP.FLAGS)
    if ((flags & STEP.IS_LIST) !== 0) {
      const gap = listGap(start, at, end)
      if (gap !== 0) {
        at = gap
        continue
      }
    }
    if (byte !== load<u8>(step, STEP.FIRST)) {
      // A quote, a control character, or a space in a word.
      if (byte !== BACKSLASH || (flags & STEP.HAS_ESCAPES) === 0) return 0
      isEscaped = 1
      at += 2
      continue
    }
    const after = behind(step, at, end)
    if (after !== 0 && (at > start || (flags & STEP.IS_FILLED) === 0)) {
      const last = textsOrFixed(step + STEP.STEP_BYTES, after, end)
      if (last !== 0) {
        if (load<i32>(step, STEP.VALUES) === 0 && load<i32>(step, STEP.KIND) === STEP.TEXT) return last
        return putText(step, start, at, isEscaped) ? last : 0
      }
    }
    if ((flags & STEP.IS_CERTAIN) !== 0 || byte < i8x16.extract_lane_u(limits, 0)) return 0
    at++
  }
  return 0
}

/** The same for a request in quotes some of whose parts are wanted: these are found in the same pass. */
function request(step: i32, start: i32, end: i32): i32 {
  const limits = v128.load(step, STEP.LIMITS)
  let mark: i32 = 0
  let spaces = 0
  for (let at = start; at < end; at += 16) {
    const bytes = v128.load(at)
    const quotes = i8x16.eq(bytes, i8x16.splat(QUOTE))
    const others = v128.or(i8x16.lt_u(bytes, limits), i8x16.eq(bytes, i8x16.splat(BACKSLASH)))
    const stops = i8x16.bitmask(v128.or(quotes, others))
    // The bits of the bytes before the first stop.
    const before = stops === 0 ? 0xffff : (stops & -stops) - 1
    const marks = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(QUESTION))) & before
    if (mark === 0 && marks !== 0) mark = at + ctz(marks)
    spaces += popcnt(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(SPACE))) & before)
    if (stops === 0) continue
    const stop = at + ctz(stops)
    // Requests with escapes are left to JavaScript.
    if (stop >= end || load<u8>(stop) !== QUOTE) return 0
    const after = behind(step, stop, end)
    const last = after === 0 ? 0 : textsOrFixed(step + STEP.STEP_BYTES, after, end)
    if (last === 0 || isNull(step, start, stop)) return last
    putRange(load<i32>(step, STEP.VALUES), start, stop)
    if (load<i32>(step, STEP.KIND) === STEP.REQUEST) putRequest(step + STEP.PARTS, start, stop, mark, spaces)
    else putTarget(step + STEP.PARTS, start, stop, mark)
    return last
  }
  return 0
}

/** Reads the fields behind a text up to the next text, as `fixed`, without late values if they do not fit. */
function textsOrFixed(step: i32, at: i32, end: i32): i32 {
  if (step < behindSteps && load<i32>(step, STEP.KIND) >= STEP.TEXT) {
    next = step
    return at
  }
  const lateBefore = late
  const last = fixed(step, at, end)
  if (last === 0) forgetLate(lateBefore)
  return last
}

/** Reads a field that goes to the end of the line, in the same way. */
function lastText(step: i32, start: i32, end: i32): i32 {
  const flags = load<i32>(step, STEP.FLAGS)
  const isList = (flags & STEP.IS_LIST) !== 0
  const limits = v128.load(step, STEP.LIMITS)
  const quotes = i8x16.splat((flags & STEP.HAS_ESCAPES) !== 0 ? QUOTE : 0)
  const backslashes = i8x16.splat((flags & STEP.HAS_ESCAPES) !== 0 ? BACKSLASH : 0)
  let isEscaped = 0
  for (let at = start; at < end; ) {
    const bytes = v128.load(at)
    const specials = v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes))
    const stops = i8x16.bitmask(v128.or(i8x16.lt_u(bytes, limits), specials))
    if (stops === 0) {
      at += 16
      continue
    }
    at += ctz(stops)
    if (at >= end) break
    const byte = load<u8>(at)
    if (byte === BACKSLASH && (flags & STEP.HAS_ESCAPES) !== 0 && at + 1 < end) {
      isEscaped = 1
      at += 2
      continue
    }
    const gap = isList ? listGap(start, at, end) : 0
    // A NUL too, which is rare: JavaScript knows better.
    if (gap === 0) return 0
    at = gap
  }
  if (start === end && (flags & STEP.IS_FILLED) !== 0) return 0
  next = behindSteps
  return putText(step, start, end, isEscaped) ? end : 0
}

/** The address after a comma or a space at `at` that is part of `, ` or ` : ` between values of a list; or 0. */
function listGap(start: i32, at: i32, end: i32): i32 {
  if (load<u8>(at) === COMMA) return at + 1 < end && load<u8>(at, 1) === SPACE ? at + 2 : 0
  if (load<u8>(at) !== SPACE) return 0
  if (at > start && load<u8>(at - 1) === COMMA) return at + 1
  return at + 2 < end && load<u8>(at, 1) === COLON && load<u8>(at, 2) === SPACE ? at + 3 : 0
}

/** Puts the text [start, end) of a field into the row; false if that is left to JavaScript. */
function putText(step: i32, start: i32, end: i32, isEscaped: i32): bool {
  const kind = load<i32>(step, STEP.KIND)
  const values = load<i32>(step, STEP.VALUES)
  if (kind !== STEP.TEXT) return putParts(step, kind, start, end, isEscaped)
  if (values === 0 || isNull(step, start, end)) return true
  if (isEscaped === 0) putRange(values, start, end)
  else putLate(load<i32>(step, STEP.COLUMN), start, end, 1)
  return true
}

function isNull(step: i32, start: i32, end: i32): bool {
  if (end - start > 1) return false
  const flags = load<i32>(step, STEP.FLAGS)
  if (end === start) return (flags & STEP.EMPTY_IS_NULL) !== 0
  return load<u8>(start) === DASH && (flags & STEP.DASH_IS_NULL) !== 0
}

/** The same for a field that has parts. */
function putParts(step: i32, kind: i32, start: i32, end: i32, isEscaped: i32): bool {
  const values = load<i32>(step, STEP.VALUES)
  const isWanted = values !== 0 || load<i32>(step + STEP.PARTS, STEP.ANY) !== 0
  if ((!isWanted && kind !== STEP.QUERY) || isNull(step, start, end)) return true
  if (isEscaped !== 0) return false
  if (kind === STEP.QUERY) {
    if (end > start && load<u8>(start) !== QUESTION) return false
    if (end > start) putRange(values, start + 1, end)
    return true
  }
  putRange(values, start, end)
  if (load<i32>(step + STEP.PARTS, STEP.ANY) === 0) return true
  let mark: i32 = 0
  let spaces = 0
  for (let at = start; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === SPACE) spaces++
    if (byte === QUESTION && mark === 0) mark = at
  }
  if (kind === STEP.REQUEST) putRequest(step + STEP.PARTS, start, end, mark, spaces)
  else putTarget(step + STEP.PARTS, start, end, mark)
  return true
}

/** Puts the parts of a request that has `spaces` spaces and its first `?` at `mark`, 0 if there is none. */
function putRequest(parts: i32, start: i32, end: i32, mark: i32, spaces: i32): void {
  findParts(start, end, mark, spaces)
  if (methodEnd > start) putRange(load<i32>(parts, STEP.METHOD), start, methodEnd)
  if (noTarget) return
  putRange(load<i32>(parts, STEP.TARGET_PART), targetStart, targetEnd)
  putRange(load<i32>(parts, STEP.PATH), targetStart, pathEnd)
  if (hasQuery) putRange(load<i32>(parts, STEP.QUERY_PART), pathEnd + 1, targetEnd)
  if (hasProtocol) putRange(load<i32>(parts, STEP.PROTOCOL), targetEnd + 1, end)
}

/** Puts the path and the query of a target. */
function putTarget(parts: i32, start: i32, end: i32, mark: i32): void {
  putRange(load<i32>(parts, STEP.PATH), start, mark === 0 ? end : mark)
  if (mark !== 0) putRange(load<i32>(parts, STEP.QUERY_PART), mark + 1, end)
}
