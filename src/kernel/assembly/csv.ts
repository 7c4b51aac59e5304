/**
 * Reads CSV records into columns, field by field: see `format/csv/reader.ts` for their grammar. AssemblyScript: runs as
 * WebAssembly. Addresses, positions, and what is left to JavaScript are as in `json.ts`.
 */
import { CR, MINUS, QUOTE, ZERO } from './bytes.ts'
import { BOOLEAN, DOUBLE, END, INSTANT, INT, LATE_BYTES, LEFT, TEXT, WALL, WHOLE } from './value/kinds.ts'
import { putNumber } from './value/number.ts'
import { beginRow, late, placeValues, putByte, putDouble, putLate, putRange, shiftBy } from './value/put.ts'
import { firstMinute, isoTime, readTime } from './value/time.ts'
import { isFalse, isTrue } from './value/words.ts'

// Places in the description of a column.
const KIND = 0
const VALUES = 4
/** See `value/time.ts`. */
const MINUTE = 8
/** Log2 of the bytes of a description. */
const COLUMN_SHIFT = 5

// Addresses, see `place`.
let starts: i32
let ends: i32
let notes: i32
let columns: i32
let nullText: i32
let count: i32 = 0

// The shape of records.
let delimiter: u8
/** Whether the delimiter is a character of numbers or times: then only JavaScript reads values of these. */
let isInValues: bool
let fewest: i32
/** Length of the text that means NULL; -1 if there is none. */
let nullLength: i32

// The records in this memory, see `take`.
let from: i32
let to: i32
let shift: i32

/**
 * Sets the addresses. `atRecords`: starts and ends of a block's records, `block` integers each. `atNotes`: the notes, as in
 * `json.ts`; after the late values come the columns, `most` of them, each with room for `rows` rows.
 */
export function place(atRecords: i32, block: i32, atNotes: i32, most: i32, rows: i32): void {
  starts = atRecords
  ends = starts + (block << 2)
  notes = atNotes
  columns = notes + 8 + most * LATE_BYTES
  nullText = columns + (most << COLUMN_SHIFT)
  placeValues(rows, notes + 8, most)
}

/** Sets the delimiter, the fewest fields of a record, and the length of the text that means NULL, which lies after the columns. */
export function shape(mark: i32, least: i32, length: i32): void {
  delimiter = <u8>mark
  const letter = (mark | 32) - 97
  isInValues = mark === 32 || (mark >= 43 && mark <= 58 && mark !== 44 && mark !== 47) || (letter >= 0 && letter < 26)
  fewest = least
  nullLength = length
}

/** Adds a column. */
export function add(kind: i32, values: i32): void {
  const column = columns + (count++ << COLUMN_SHIFT)
  store<i32>(column, kind, KIND)
  store<i32>(column, values, VALUES)
  firstMinute(column + MINUTE)
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
    if (!readRecord(start, end)) {
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

function readRecord(at: i32, end: i32): bool {
  for (let index = 0; index < count; index++) {
    at = fieldEnd(index, at, end)
    if (at === end) return index + 1 >= fewest
    if (at === 0 || load<u8>(at) !== delimiter) return false
    at++
  }
  return false
}

/** Reads the field at `at` into its column; returns the address of the delimiter after it, or the end, or 0. */
function fieldEnd(index: i32, at: i32, end: i32): i32 {
  const column = columns + (index << COLUMN_SHIFT)
  const kind = load<i32>(column, KIND)
  const values = load<i32>(column, VALUES)
  const isQuoted = at < end && load<u8>(at) === QUOTE
  if (nullLength >= 0 && !isQuoted && isNullText(at, end)) return at + nullLength
  if (isStop(at, end)) {
    if (kind === TEXT) putRange(values, at, at)
    return at
  }
  const first = isQuoted ? at + 1 : at
  if (kind !== TEXT && !isInValues) {
    const behind = valueEnd(column, kind, values, first)
    if (behind !== 0 && !isQuoted && isStop(behind, end)) return behind
    if (behind !== 0 && isQuoted && behind < end && load<u8>(behind) === QUOTE && isStop(behind + 1, end))
      return behind + 1
  }
  if (isQuoted) return readQuoted(index, kind, values, first, end)
  const stop = delimiterFrom(at, end)
  // Perhaps the rest of a quoted field that began in an earlier line.
  if (stop > at && load<u8>(stop - 1) === QUOTE) return 0
  if (kind === TEXT) putRange(values, at, stop)
  else putLate(index, at, stop, 0)
  return stop
}

/** Reads a value in its usual form; returns the address after it, or 0. */
function valueEnd(column: i32, kind: i32, values: i32, at: i32): i32 {
  if (kind === WHOLE || kind === INT || kind === DOUBLE) {
    // JavaScript knows whether the column may lose leading zeros.
    const first = load<u8>(at) === MINUS ? at + 1 : at
    if (load<u8>(first) === ZERO && <u32>load<u8>(first, 1) - ZERO <= 9) return 0
    return putNumber(values, kind, at)
  }
  if (kind === WALL || kind === INSTANT) {
    const behind = readTime(at, column + MINUTE, kind === INSTANT)
    if (behind !== 0) putDouble(values, isoTime)
    return behind
  }
  if (kind !== BOOLEAN) return 0
  const isYes = isTrue(at)
  if (!isYes && !isFalse(at)) return 0
  putByte(values, isYes)
  return isYes ? at + 4 : at + 5
}

/** Reads the field whose opening quote is before `at`. */
function readQuoted(index: i32, kind: i32, values: i32, at: i32, end: i32): i32 {
  let isDoubled = 0
  let close = at
  while (close < end) {
    const quotes = i8x16.bitmask(i8x16.eq(v128.load(close), i8x16.splat(QUOTE)))
    if (quotes === 0) {
      close += 16
      continue
    }
    close += ctz(quotes)
    if (close + 1 >= end || load<u8>(close, 1) !== QUOTE) break
    isDoubled = 1
    close += 2
  }
  if (close >= end) return 0
  if (kind === TEXT) {
    if (isDoubled === 0) putRange(values, at, close)
    else if (values !== 0) putLate(index, at, close, 1)
  } else if (isDoubled !== 0) return 0
  else if (close > at) putLate(index, at, close, 0)
  return close + 1
}

function delimiterFrom(at: i32, end: i32): i32 {
  for (; at < end; at += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(delimiter)))
    if (hits !== 0) return min(at + ctz(hits), end)
  }
  return end
}

function isStop(at: i32, end: i32): bool {
  return at === end || (at < end && load<u8>(at) === delimiter)
}

function isNullText(at: i32, end: i32): bool {
  if (!isStop(at + nullLength, end)) return false
  for (let i = 0; i < nullLength; i++) if (load<u8>(at + i) !== load<u8>(nullText + i)) return false
  return true
}
