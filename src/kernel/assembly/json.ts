/**
 * Reads JSON objects into columns, in one pass over their text, in any order of their members. See
 * `format/scan/parsed-blocks.ts`. AssemblyScript: runs as WebAssembly.
 *
 * Records are copied into this memory. An address is a place in this memory; a position is a place in the bytes that the
 * records were copied from: the address less `shift`. Rare cases are left to JavaScript: a late value (a number of more digits
 * than a double holds, a text with escapes), an unusual record, and every record that is no row.
 */
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE } from './bytes.ts'
import { areDistinct, enterRow, leaveInner, markInner, nextRow, placeInner } from './json/inner.ts'
import { INNER_BYTES, KEY_SLOTS } from './json/layout.ts'
import * as MEMBER from './json/members.ts'
import { addMember, findMember, isAt, placeMembers, unknown } from './json/members.ts'
import { readScalar, readString } from './json/scalar.ts'
import { blanks, colonEnd, DEPTH, hasEscapes, isBlank, stringEnd, valueEnd } from './json/text.ts'
import * as KIND from './value/kinds.ts'
import { END, FULL, LATE_BYTES, LEFT } from './value/kinds.ts'
import { beginRow, capacity, goTo, late, placeValues, putRange, putRows, putThere, row, shiftBy } from './value/put.ts'
import { isNull } from './value/words.ts'

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

/** Rows for which the columns of the records have room, and late values. */
let rooms: i32
let mostLate: i32

/** The number of the object that is being read: a record, or an element of an array. */
let instance: i32 = 0
let instances: i32 = 0

/**
 * Sets the addresses. `atRecords`: starts and ends of a block's records, `block` integers each. `atNotes`: the notes, two
 * integers: records taken, and the number of late values of the last one, or END, LEFT or FULL; then its late values, at most
 * `most`, see `putLate`. After them come the descriptions of inner rows, `count` of them, and room for members. Returns the
 * outermost member. Columns have room for `rows` rows.
 */
export function place(atRecords: i32, block: i32, atNotes: i32, most: i32, count: i32, rows: i32): i32 {
  starts = atRecords
  ends = starts + (block << 2)
  notes = atNotes
  rooms = rows
  mostLate = most
  placeValues(rows, notes + 8, most)
  const atInner = notes + 8 + most * LATE_BYTES
  placeInner(atInner, count)
  stack = atInner + count * INNER_BYTES + (KEY_SLOTS << 3)
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

/** Says what is inside a LIST or a MAP: a member without a name, inner rows, and the values of the keys of a MAP. */
export function contain(member: i32, item: i32, inner: i32, keys: i32): void {
  store<i32>(member, item, MEMBER.ITEM)
  store<i32>(member, inner, MEMBER.INNER)
  store<i32>(member, keys, MEMBER.KEYS)
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
    instance = ++instances
    beginRow(next)
    goTo(next, rooms)
    markInner()
    let at = load<u8>(start) <= SPACE ? blanks(start) : start
    at = at < end && load<u8>(at) === OPEN_BRACE ? objectEnd(outermost, at + 1, end) : 0
    while (at < end && at !== 0 && isBlank(load<u8>(at))) at++
    if (at !== end || late > mostLate) {
      outcome = leaveInner() ? FULL : LEFT
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
      if (load<i32>(member, MEMBER.SEEN) === instance) return 0
      store<i32>(member, instance, MEMBER.SEEN)
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

/** Reads the value at `at` into the row; returns the address after it, or 0. */
function read(member: i32, kind: i32, at: i32, end: i32): i32 {
  if (kind === KIND.OBJECT || kind >= KIND.ROW) return readContainer(member, kind, at, end)
  return readScalar(member, kind, at, end, stack)
}

/** Calls itself only for types and paths that are inside one another, of which there are few. */
function readContainer(member: i32, kind: i32, at: i32, end: i32): i32 {
  if (load<u8>(at) !== (kind === KIND.LIST ? OPEN_BRACKET : OPEN_BRACE)) return isNull(at) ? at + 4 : 0
  at++
  if (kind === KIND.OBJECT) return objectEnd(member, at, end)
  const values = load<i32>(member, MEMBER.VALUES)
  if (kind === KIND.ROW) {
    if (values !== 0) putThere(values)
    return objectEnd(member, at, end)
  }
  const inner = load<i32>(member, MEMBER.INNER)
  const outerRow = row
  const outerRoom = capacity
  const outerInstance = instance
  const first = nextRow(inner)
  at = kind === KIND.LIST ? listEnd(member, at, end) : mapEnd(member, at, end)
  if (at === 0) return 0
  goTo(outerRow, outerRoom)
  instance = outerInstance
  if (values !== 0) putRows(values, first, nextRow(inner))
  return at
}

/** The address after the array whose `[` is before `at`, or 0. Its elements become inner rows. */
function listEnd(list: i32, at: i32, end: i32): i32 {
  const inner = load<i32>(list, MEMBER.INNER)
  const item = load<i32>(list, MEMBER.ITEM)
  const kind = load<i32>(item, MEMBER.KIND)
  if (load<u8>(at) <= SPACE) at = blanks(at)
  if (load<u8>(at) === CLOSE_BRACKET) return at + 1
  while (at < end && enterRow(inner)) {
    instance = ++instances
    at = kind === KIND.TEXT && load<u8>(at) === QUOTE ? readString(item, at + 1, end) : read(item, kind, at, end)
    if (at === 0) return 0
    if (load<u8>(at) <= SPACE) at = blanks(at)
    const next = load<u8>(at++)
    if (next === CLOSE_BRACKET) return at
    if (next !== COMMA) return 0
    if (load<u8>(at) <= SPACE) at = blanks(at)
  }
  return 0
}

/** The address after the object whose `{` is before `at`, or 0. Its members become inner rows. */
function mapEnd(map: i32, at: i32, end: i32): i32 {
  const inner = load<i32>(map, MEMBER.INNER)
  const item = load<i32>(map, MEMBER.ITEM)
  const kind = load<i32>(item, MEMBER.KIND)
  const keys = load<i32>(map, MEMBER.KEYS)
  const first = nextRow(inner)
  if (load<u8>(at) <= SPACE) at = blanks(at)
  if (load<u8>(at) === CLOSE_BRACE) return at + 1
  while (at < end && load<u8>(at) === QUOTE && enterRow(inner)) {
    const room = capacity
    instance = ++instances
    const close = stringEnd(at + 1, end)
    if (close === 0 || hasEscapes) return 0
    putRange(keys, at + 1, close)
    at = colonEnd(close + 1)
    if (at === 0) return 0
    at = kind === KIND.TEXT && load<u8>(at) === QUOTE ? readString(item, at + 1, end) : read(item, kind, at, end)
    if (at === 0) return 0
    if (load<u8>(at) <= SPACE) at = blanks(at)
    const next = load<u8>(at++)
    // Two members of one name are left to JavaScript.
    if (next === CLOSE_BRACE) return keys === 0 || areDistinct(keys, room, first, nextRow(inner), shift) ? at : 0
    if (next !== COMMA) return 0
    if (load<u8>(at) <= SPACE) at = blanks(at)
  }
  return 0
}
