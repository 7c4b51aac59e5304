/**
 * Reads JSON objects into columns, in one pass over their text, in any order of their members. See
 * `format/scan/parsed-blocks.ts`. AssemblyScript: runs as WebAssembly.
 *
 * Records are copied into this memory. An address is a place in this memory; a position is a place in the bytes that the
 * records were copied from: the address less `shift`. Rare cases are left to JavaScript: a late value (a number of more digits
 * than a double holds, a text with escapes), an unusual record, and every record that is no row.
 */
import { CLOSE_BRACE, COMMA, LOWER_E, MINUS, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE, ZERO } from './bytes.ts'
import * as MEMBER from './json/members.ts'
import { addMember, findMember, isAt, placeMembers, unknown } from './json/members.ts'
import { blanks, colonEnd, DEPTH, hasEscapes, isBlank, scalarEnd, stopsIn, stringEnd, valueEnd } from './json/text.ts'
import * as KIND from './value/kinds.ts'
import { END, LEFT } from './value/kinds.ts'
import { putNumber } from './value/number.ts'
import { beginRow, late, placeValues, putByte, putDouble, putLate, putRange, shiftBy } from './value/put.ts'
import { isoTime, readTime } from './value/time.ts'
import { isFalse, isNull, isTrue } from './value/words.ts'

// Addresses, see `place`.
let starts: i32
let ends: i32
let notes: i32
let stack: i32
let outermost: i32

// The records in this memory, see `take`.
let from: i32
let to: i32
let shift: i32

/** The number of the record that is being read. */
let record: i32 = 0

/**
 * Sets the addresses. `atRecords`: starts and ends of a block's records, `block` integers each. `atNotes`: the notes, two
 * integers: records taken, and the number of late values of the last one, or END or LEFT; then its late values, four
 * integers each: column, start, end, whether it has escapes. After them there is room for members. Returns the outermost one.
 */
export function place(atRecords: i32, block: i32, atNotes: i32, columns: i32, rows: i32): i32 {
  starts = atRecords
  ends = starts + (block << 2)
  notes = atNotes
  stack = notes + 8 + (columns << 4)
  placeValues(rows, notes + 8)
  placeMembers(stack + DEPTH)
  outermost = addMember(0, 0, 0)
  return outermost
}

/** Adds a member to an object; [at, at + count) is its name in quotes. Returns it. */
export function add(owner: i32, at: i32, count: i32, kind: i32, column: i32, values: i32): i32 {
  const member = addMember(owner, at, count)
  store<i32>(member, kind, MEMBER.KIND)
  store<i32>(member, column, MEMBER.COLUMN)
  store<i32>(member, values, MEMBER.VALUES)
  return member
}

/** The next records lie at addresses [first, end), shifted by `less`. */
export function take(first: i32, end: i32, less: i32): void {
  from = first
  to = end
  shift = less
  shiftBy(less)
}

/**
 * Reads the block's records [index, count) into the columns from row `firstRow` on. Stops at the first that does not lie in
 * this memory, or is left to JavaScript, and after the first with late values. Returns the row after the last.
 */
export function scan(index: i32, count: i32, firstRow: i32): i32 {
  let outcome = END
  let next = firstRow
  for (; index < count && outcome === END; index++) {
    const start: i32 = load<i32>(starts + (index << 2)) + shift
    const end: i32 = load<i32>(ends + (index << 2)) + shift
    if (start < from || end > to) break
    record++
    beginRow(next)
    let at = load<u8>(start) <= SPACE ? blanks(start) : start
    at = at < end && load<u8>(at) === OPEN_BRACE ? objectEnd(outermost, at + 1, end) : 0
    while (at < end && at !== 0 && isBlank(load<u8>(at))) at++
    if (at !== end) {
      outcome = LEFT
      break
    }
    next++
    outcome = late
  }
  store<i32>(notes, index)
  store<i32>(notes, outcome, 4)
  return next
}

/** The address after the object whose `{` is before `at`, or 0. Calls itself only for objects on the path of a column. */
function objectEnd(owner: i32, at: i32, end: i32): i32 {
  if (load<u8>(at) <= SPACE) at = blanks(at)
  if (load<u8>(at) === CLOSE_BRACE) return at + 1
  // The address of the link to the expected member.
  let link = owner + MEMBER.FIRST
  while (at < end) {
    let member = load<i32>(link)
    if (isAt(member, at)) {
      at += load<i32>(member, MEMBER.LENGTH)
      if (load<u8>(at) <= SPACE) at = blanks(at)
    } else {
      if (load<u8>(at) !== QUOTE) return 0
      const close = stringEnd(at + 1, end)
      if (close === 0 || hasEscapes) return 0
      member = findMember(owner, member, at, close + 1)
      if (link !== unknown + MEMBER.NEXT) store<i32>(link, member)
      at = colonEnd(close + 1)
      if (at === 0) return 0
    }
    const kind = load<i32>(member, MEMBER.KIND)
    if (kind !== KIND.ANY) {
      // Two members of one name are rare: left to JavaScript.
      if (load<i32>(member, MEMBER.SEEN) === record) return 0
      store<i32>(member, record, MEMBER.SEEN)
    }
    if (kind <= KIND.TEXT && load<u8>(at) === QUOTE) at = readString(member, at + 1, end)
    else at = kind === KIND.ANY ? valueEnd(at, end, stack) : read(member, kind, at, end)
    if (at === 0) return 0
    if (load<u8>(at) <= SPACE) at = blanks(at)
    const next = load<u8>(at)
    if (next === CLOSE_BRACE) return at + 1
    if (next !== COMMA) return 0
    at++
    if (load<u8>(at) <= SPACE) at = blanks(at)
    link = member + MEMBER.NEXT
  }
  return 0
}

// The code for most values is written out where it is used: a call would cost as much as the work.

/** Reads the string whose opening quote is before `at`, if it is wanted. */
function readString(member: i32, at: i32, end: i32): i32 {
  let close = at
  while (close < end) {
    const stops = stopsIn(close)
    if (stops === 0) {
      close += 16
      continue
    }
    close += ctz(stops)
    break
  }
  if (load<u8>(close) === QUOTE) {
    putRange(load<i32>(member, MEMBER.VALUES), at, close)
    return close + 1
  }
  close = stringEnd(close, end)
  if (close === 0) return 0
  if (load<i32>(member, MEMBER.VALUES) !== 0) putLate(load<i32>(member, MEMBER.COLUMN), at, close, 1)
  return close + 1
}

/** Reads the value at `at` into the row; returns the address after it, or 0. */
function read(member: i32, kind: i32, at: i32, end: i32): i32 {
  switch (kind) {
    case KIND.TEXT: {
      if (isNull(at)) return at + 4
      const behind = valueEnd(at, end, stack)
      if (behind !== 0) putRange(load<i32>(member, MEMBER.VALUES), at, behind)
      return behind
    }
    case KIND.WHOLE:
    case KIND.INT:
    case KIND.DOUBLE:
      return readNumber(member, kind, at, end)
    case KIND.WALL:
    case KIND.INSTANT: {
      const isInstant = kind === KIND.INSTANT
      if (load<u8>(at) !== QUOTE) return isInstant ? readEpoch(member, at, end) : readLate(member, at, end)
      const close = readTime(at + 1, member + MEMBER.MINUTE, isInstant)
      if (close === 0 || load<u8>(close) !== QUOTE) return readLate(member, at, end)
      putDouble(load<i32>(member, MEMBER.VALUES), isoTime)
      return close + 1
    }
    case KIND.BOOLEAN: {
      const isYes = isTrue(at)
      if (!isYes && !isFalse(at)) return readLate(member, at, end)
      putByte(load<i32>(member, MEMBER.VALUES), isYes)
      return isYes ? at + 4 : at + 5
    }
    case KIND.OBJECT:
      if (load<u8>(at) === OPEN_BRACE) return objectEnd(member, at + 1, end)
      return isNull(at) ? at + 4 : 0
    case KIND.LATE:
      return readLate(member, at, end)
    default:
      return 0
  }
}

function readNumber(member: i32, kind: i32, at: i32, end: i32): i32 {
  const first = load<u8>(at) === MINUS ? at + 1 : at
  // In JSON no other digit follows a leading zero.
  if (load<u8>(first) === ZERO && <u32>load<u8>(first, 1) - ZERO <= 9) return readLate(member, at, end)
  const behind = putNumber(load<i32>(member, MEMBER.VALUES), kind, at)
  return behind === 0 || (load<u8>(behind) | 32) === LOWER_E ? readLate(member, at, end) : behind
}

/** Reads a number of 12 to 14 digits as ms since 1970: fewer may be seconds, more microseconds. See `format/scan/epoch.ts`. */
function readEpoch(member: i32, at: i32, end: i32): i32 {
  const first = load<u8>(at)
  if (first === ZERO || first === MINUS) return readLate(member, at, end)
  const behind = putNumber(load<i32>(member, MEMBER.VALUES), KIND.WHOLE, at)
  const isPlain = behind >= at + 12 && behind <= at + 14 && (load<u8>(behind) | 32) !== LOWER_E
  return isPlain ? behind : readLate(member, at, end)
}

/** Leaves a value to JavaScript, if it may be one of the type. */
function readLate(member: i32, at: i32, end: i32): i32 {
  const byte = load<u8>(at)
  if (byte === QUOTE) {
    const close = stringEnd(at + 1, end)
    if (close === 0 || hasEscapes) return 0
    putLate(load<i32>(member, MEMBER.COLUMN), at + 1, close, 0)
    return close + 1
  }
  if (isNull(at)) return at + 4
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return 0
  const behind = scalarEnd(at, end)
  if (behind !== 0) putLate(load<i32>(member, MEMBER.COLUMN), at, behind, 0)
  return behind
}
