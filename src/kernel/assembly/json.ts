/**
 * Reads JSON objects into columns, in one walk over their text, whatever the order of their members. See
 * `format/json-blocks.ts`. AssemblyScript: runs as WebAssembly.
 *
 * Records are copied into this memory. An address is a place in it, a position one in the batch that the records come
 * from: the address less `shift`. What is rare is not read here: a value (a number of more digits than a double holds, a
 * text with escapes) or a whole record is left to JavaScript, and so is every record that is none.
 */
import * as KIND from './json-layout.ts'
import { END, LEFT } from './json-layout.ts'
import * as MEMBER from './json-members.ts'
import { addMember, findMember, isAt, placeMembers, unknown } from './json-members.ts'
import { digitCount, digitsAt, MOST_DIGITS, powerOfTen } from './json-number.ts'
import {
  blanks,
  colonEnd,
  DEPTH,
  hasEscapes,
  isBlank,
  isFalse,
  isNull,
  isTrue,
  scalarEnd,
  stringEnd,
  valueEnd,
} from './json-text.ts'
import { isoTime, readTime } from './json-time.ts'

const BLANK: u8 = 32
const QUOTE: u8 = 34
const COMMA: u8 = 44
const MINUS: u8 = 45
const DOT: u8 = 46
const ZERO: u8 = 48
const LOWER_E: u8 = 101
const OPEN_ARRAY: u8 = 91
const OPEN_OBJECT: u8 = 123
const CLOSE_OBJECT: u8 = 125
const MAX_INT: i64 = 2_147_483_647

// Addresses, see `place`.
let starts: i32
let ends: i32
let notes: i32
let lateValues: i32
let stack: i32
/** Rows that a column has room for. */
let capacity: i32
let outermost: i32

// Of the records that lie in this memory, see `take`.
let from: i32
let to: i32
let shift: i32

// Of the record that is read.
let row: i32
let record: i32 = 0
let late: i32

/**
 * Says where things are: starts and ends of a block's records, `block` integers each; the notes, two integers: records
 * taken, and how many late values the last one has, or END or LEFT; its late values, four integers each: column, start,
 * end, whether it has escapes. Behind them there is room for members, from which the outermost one comes.
 */
export function place(atRecords: i32, block: i32, atNotes: i32, columns: i32, rows: i32): i32 {
  starts = atRecords
  ends = starts + (block << 2)
  notes = atNotes
  lateValues = notes + 8
  stack = lateValues + (columns << 4)
  capacity = rows
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
}

/**
 * Reads the block's records from `index` to `count` into the columns from row `firstRow` on, up to the first that does not lie
 * in this memory, or is left to JavaScript, or has late values; only that one is a row already. Returns the row behind.
 */
export function scan(index: i32, count: i32, firstRow: i32): i32 {
  let outcome = END
  row = firstRow
  for (; index < count && outcome === END; index++) {
    const start: i32 = load<i32>(starts + (index << 2)) + shift
    const end: i32 = load<i32>(ends + (index << 2)) + shift
    if (start < from || end > to) break
    record++
    late = 0
    let at = load<u8>(start) <= BLANK ? blanks(start) : start
    at = at < end && load<u8>(at) === OPEN_OBJECT ? objectEnd(outermost, at + 1, end) : 0
    while (at < end && at !== 0 && isBlank(load<u8>(at))) at++
    if (at !== end) {
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
    if (kind === KIND.ANY) at = load<u8>(at) === QUOTE ? scalarEnd(at, end) : valueEnd(at, end, stack)
    else {
      // Of two members of one name the last counts: rare, so it is left.
      if (load<i32>(member, MEMBER.SEEN) === record) return 0
      store<i32>(member, record, MEMBER.SEEN)
      at = read(member, kind, at, end)
    }
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

/** Reads the value at `at` into the row. */
function read(member: i32, kind: i32, at: i32, end: i32): i32 {
  switch (kind) {
    case KIND.TEXT:
      return readText(member, at, end)
    case KIND.WHOLE:
    case KIND.INT:
      return readWhole(member, kind, at, end)
    case KIND.DOUBLE:
      return readDouble(member, at, end)
    case KIND.WALL:
    case KIND.INSTANT: {
      const isInstant = kind === KIND.INSTANT
      if (load<u8>(at) !== QUOTE) return isInstant ? readWhole(member, kind, at, end) : readLate(member, at, end)
      const close = readTime(at + 1, member + MEMBER.MINUTE, isInstant)
      if (close === 0) return readLate(member, at, end)
      putDouble(member, isoTime)
      return close + 1
    }
    case KIND.BOOLEAN: {
      const isYes = isTrue(at)
      if (!isYes && !isFalse(at)) return readLate(member, at, end)
      const values = load<i32>(member, MEMBER.VALUES)
      if (values !== 0) store<u8>(values + row, isYes)
      putThere(values)
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

function readText(member: i32, at: i32, end: i32): i32 {
  if (load<u8>(at) === QUOTE) {
    const close = stringEnd(at + 1, end)
    if (close === 0) return 0
    if (!hasEscapes) putRange(member, at + 1, close)
    else if (load<i32>(member, MEMBER.VALUES) !== 0) putLate(member, at + 1, close, 1)
    return close + 1
  }
  if (isNull(at)) return at + 4
  const behind = valueEnd(at, end, stack)
  if (behind !== 0) putRange(member, at, behind)
  return behind
}

function readWhole(member: i32, kind: i32, at: i32, end: i32): i32 {
  const isNegative = load<u8>(at) === MINUS
  const first = isNegative ? at + 1 : at
  let value = digitsAt(first)
  const count = digitCount
  const next = load<u8>(first + count)
  const isRare = count === 0 || count > MOST_DIGITS || (load<u8>(first) === ZERO && count > 1)
  if (isRare || next === DOT || (next | 32) === LOWER_E) return readLate(member, at, end)
  if (kind === KIND.INT && value > MAX_INT) return readLate(member, at, end)
  if (isNegative) value = -value
  if (kind === KIND.INT) {
    const values = load<i32>(member, MEMBER.VALUES)
    if (values !== 0) store<i32>(values + (row << 2), <i32>value)
    putThere(values)
  } else putDouble(member, <f64>value)
  return first + count
}

/** A number of so few digits that they are a double, as is the power of ten that it is divided by. */
function readDouble(member: i32, at: i32, end: i32): i32 {
  const isNegative = load<u8>(at) === MINUS
  const first = isNegative ? at + 1 : at
  let digits = digitsAt(first)
  const count = digitCount
  if (count === 0 || count > MOST_DIGITS || (load<u8>(first) === ZERO && count > 1)) return readLate(member, at, end)
  let behind = first + count
  let divisor: i64 = 1
  if (load<u8>(behind) === DOT) {
    const fraction = digitsAt(behind + 1)
    if (digitCount === 0 || count + digitCount > MOST_DIGITS) return readLate(member, at, end)
    divisor = powerOfTen(digitCount)
    digits = digits * divisor + fraction
    behind += 1 + digitCount
  }
  if ((load<u8>(behind) | 32) === LOWER_E) return readLate(member, at, end)
  const value = <f64>digits / <f64>divisor
  putDouble(member, isNegative ? -value : value)
  return behind
}

/** A value that JavaScript reads, if it may be one of the type. */
function readLate(member: i32, at: i32, end: i32): i32 {
  const byte = load<u8>(at)
  if (byte === QUOTE) {
    const close = stringEnd(at + 1, end)
    if (close === 0 || hasEscapes) return 0
    putLate(member, at + 1, close, 0)
    return close + 1
  }
  if (isNull(at)) return at + 4
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return 0
  const behind = scalarEnd(at, end)
  if (behind !== 0) putLate(member, at, behind, 0)
  return behind
}

// Rows are NULL before anything is put.

function putRange(member: i32, start: i32, end: i32): void {
  const values = load<i32>(member, MEMBER.VALUES)
  if (values === 0) return
  const at = values + (row << 2)
  store<i32>(at, start - shift)
  store<i32>(at + (capacity << 2), end - shift)
  putThere(values)
}

function putDouble(member: i32, value: f64): void {
  const values = load<i32>(member, MEMBER.VALUES)
  if (values === 0) return
  store<f64>(values + (row << 3), value)
  putThere(values)
}

function putThere(values: i32): void {
  if (values !== 0) store<u8>(values + (capacity << 3) + row, 0)
}

function putLate(member: i32, start: i32, end: i32, isEscaped: i32): void {
  const at = lateValues + (late++ << 4)
  store<i32>(at, load<i32>(member, MEMBER.COLUMN))
  store<i32>(at, start - shift, 4)
  store<i32>(at, end - shift, 8)
  store<i32>(at, isEscaped, 12)
}
