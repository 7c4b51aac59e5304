/**
 * Reads JSON objects into columns, in one walk over their text, whatever the order of their members. See
 * `format/parsed-blocks.ts`. AssemblyScript: runs as WebAssembly.
 *
 * Records are copied into this memory. An address is a place in it, a position one in the batch that the records come
 * from: the address less `shift`. What is rare is not read here: a value (a number of more digits than a double holds, a
 * text with escapes) or a whole record is left to JavaScript, and so is every record that is none.
 */

import * as MEMBER from './json/members.ts'
import { addMember, findMember, isAt, placeMembers, unknown } from './json/members.ts'
import { blanks, colonEnd, DEPTH, hasEscapes, isBlank, scalarEnd, stopsIn, stringEnd, valueEnd } from './json/text.ts'
import * as KIND from './value/kinds.ts'
import { END, LEFT } from './value/kinds.ts'
import { putNumber } from './value/number.ts'
import { beginRow, late, placeValues, putByte, putDouble, putLate, putRange, shiftBy } from './value/put.ts'
import { isoTime, readTime } from './value/time.ts'
import { isFalse, isNull, isTrue } from './value/words.ts'

const BLANK: u8 = 32
const QUOTE: u8 = 34
const COMMA: u8 = 44
const MINUS: u8 = 45
const ZERO: u8 = 48
const LOWER_E: u8 = 101
const OPEN_ARRAY: u8 = 91
const OPEN_OBJECT: u8 = 123
const CLOSE_OBJECT: u8 = 125

// Addresses, see `place`.
let starts: i32
let ends: i32
let notes: i32
let stack: i32
let outermost: i32

// Of the records that lie in this memory, see `take`.
let from: i32
let to: i32
let shift: i32

/** Counts the records that are read. */
let record: i32 = 0

/**
 * Says where things are: starts and ends of a block's records, `block` integers each; the notes, two integers: records
 * taken, and how many late values the last one has, or END or LEFT; its late values, four integers each: column, start,
 * end, whether it has escapes. Behind them there is room for members, from which the outermost one comes.
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

/** Adds a member with the name at [at, at + count), in quotes, to one that is an object. Returns it. */
export function add(owner: i32, at: i32, count: i32, kind: i32, column: i32, values: i32): i32 {
  const member = addMember(owner, at, count)
  store<i32>(member, kind, MEMBER.KIND)
  store<i32>(member, column, MEMBER.COLUMN)
  store<i32>(member, values, MEMBER.VALUES)
  return member
}

/** The records from here on lie at [first, end). */
export function take(first: i32, end: i32, less: i32): void {
  from = first
  to = end
  shift = less
  shiftBy(less)
}

/**
 * Reads the block's records from `index` to `count` into the columns from row `firstRow` on, up to the first that does not lie
 * in this memory, or is left to JavaScript, or has late values; only that one is a row already. Returns the row behind.
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
    let at = load<u8>(start) <= BLANK ? blanks(start) : start
    at = at < end && load<u8>(at) === OPEN_OBJECT ? objectEnd(outermost, at + 1, end) : 0
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

/** What is behind the object whose `{` is before `at`. Calls itself for those on the way to columns only. */
function objectEnd(owner: i32, at: i32, end: i32): i32 {
  if (load<u8>(at) <= BLANK) at = blanks(at)
  if (load<u8>(at) === CLOSE_OBJECT) return at + 1
  // Where the member is remembered that will come next.
  let link = owner + MEMBER.FIRST
  while (at < end) {
    let member = load<i32>(link)
    if (isAt(member, at)) {
      at += load<i32>(member, MEMBER.LENGTH)
      if (load<u8>(at) <= BLANK) at = blanks(at)
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
      // Of two members of one name the last counts: rare, so it is left.
      if (load<i32>(member, MEMBER.SEEN) === record) return 0
      store<i32>(member, record, MEMBER.SEEN)
    }
    if (kind <= KIND.TEXT && load<u8>(at) === QUOTE) at = readString(member, at + 1, end)
    else at = kind === KIND.ANY ? valueEnd(at, end, stack) : read(member, kind, at, end)
    if (at === 0) return 0
    if (load<u8>(at) <= BLANK) at = blanks(at)
    const next = load<u8>(at)
    if (next === CLOSE_OBJECT) return at + 1
    if (next !== COMMA) return 0
    at++
    if (load<u8>(at) <= BLANK) at = blanks(at)
    link = member + MEMBER.NEXT
  }
  return 0
}

// What is done for most values is written where it is done: a call costs as much as the work.

/** Reads the string behind whose opening quote `at` is, if it is wanted. */
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

/** Reads the value at `at` into the row. */
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
      if (load<u8>(at) !== QUOTE) return isInstant ? readNumber(member, kind, at, end) : readLate(member, at, end)
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
      if (load<u8>(at) === OPEN_OBJECT) return objectEnd(member, at + 1, end)
      return isNull(at) ? at + 4 : 0
    case KIND.LATE:
      return readLate(member, at, end)
    default:
      return 0
  }
}

function readNumber(member: i32, kind: i32, at: i32, end: i32): i32 {
  const first = load<u8>(at) === MINUS ? at + 1 : at
  // A zero begins no longer number.
  if (load<u8>(first) === ZERO && <u32>load<u8>(first, 1) - ZERO <= 9) return readLate(member, at, end)
  const behind = putNumber(load<i32>(member, MEMBER.VALUES), kind, at)
  return behind === 0 || (load<u8>(behind) | 32) === LOWER_E ? readLate(member, at, end) : behind
}

/** A value that JavaScript reads, if it may be one of the type. */
function readLate(member: i32, at: i32, end: i32): i32 {
  const byte = load<u8>(at)
  if (byte === QUOTE) {
    const close = stringEnd(at + 1, end)
    if (close === 0 || hasEscapes) return 0
    putLate(load<i32>(member, MEMBER.COLUMN), at + 1, close, 0)
    return close + 1
  }
  if (isNull(at)) return at + 4
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return 0
  const behind = scalarEnd(at, end)
  if (behind !== 0) putLate(load<i32>(member, MEMBER.COLUMN), at, behind, 0)
  return behind
}
