/**
 * Reads lines of any log format into columns, by its steps: each is a field and the text behind it. See
 * `format/log-format/reader.ts` for the grammar. AssemblyScript: runs as WebAssembly. Addresses, positions, and what is left to
 * JavaScript are as in `json.ts`.
 */

import { BACKSLASH, CR, QUESTION, QUOTE, SPACE } from './bytes.ts'
import { fixedEnd } from './log-format/field.ts'
import * as STEP from './log-format/layout.ts'
import { behind, isLiteral, listGap } from './log-format/literal.ts'
import { isAbsentText, putRequest, putTarget, putText } from './log-format/value.ts'
import { END, LEFT } from './value/kinds.ts'
import { beginRow, late, placeValues, putRange, shiftBy } from './value/put.ts'
import { firstMinute } from './value/time.ts'

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
  // A column has at most one late value.
  placeValues(rows, notes + 8, i32.MAX_VALUE)
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
  // A byte order mark is left to JavaScript.
  if (load<u8>(start) === 0xef) return false
  let at = start + headCount
  if (at > end || !isLiteral(head, headCount, start)) return false
  at = fixed(steps, at, end)
  while (at !== 0 && next < behindSteps) at = text(next, at, end)
  return at === end
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

/**
 * Reads the field of a step that ends where the text behind it begins, and the fields behind it that end by themselves. It is
 * the first such text behind which these fit. Returns the address after them, or 0.
 */
function text(step: i32, start: i32, end: i32): i32 {
  const count = load<i32>(step, STEP.COUNT)
  if (count === 0) return lastText(step, start, end)
  if (
    load<i32>(step + STEP.PARTS, STEP.ANY) !== 0 &&
    (load<i32>(step, STEP.FLAGS) & (STEP.IS_CERTAIN | STEP.DASH_BEHIND)) === STEP.IS_CERTAIN
  ) {
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
      const last = fixed(step + STEP.STEP_BYTES, after, end)
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

/** The same for a request in quotes that is wanted: its parts are found in the same pass. */
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
    const last = after === 0 ? 0 : fixed(step + STEP.STEP_BYTES, after, end)
    if (last === 0 || isAbsentText(step, start, stop)) return last
    putRange(load<i32>(step, STEP.VALUES), start, stop)
    if (load<i32>(step, STEP.KIND) === STEP.REQUEST) putRequest(step + STEP.PARTS, start, stop, mark, spaces)
    else putTarget(step + STEP.PARTS, start, stop, mark)
    return last
  }
  return 0
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
