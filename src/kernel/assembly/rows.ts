/**
 * Writes rows as lines of JSON or CSV: see `format/write/row-writer.ts`. AssemblyScript: runs as WebAssembly.
 *
 * The columns of a block of rows lie in this memory; `rows/layout.ts` has the places in the description of each. `look` marks
 * late values, which are not written here (a double of many digits, a DECIMAL), and JavaScript writes them before `write`.
 */
import { CLOSE_BRACE, LETTER_Z, LF, LOWER_E, QUOTE } from './bytes.ts'
import {
  COLUMN_BYTES,
  GREATEST,
  HAS_NULLS,
  IS_LATE,
  IS_NULL,
  IS_QUOTED,
  KIND,
  LATE_ROWS,
  LEAD,
  LEAD_LENGTH,
  LEAST,
  LENGTHS,
  LONGEST_ESCAPE,
  SHIFT,
  STATES,
  VALUES,
} from './rows/layout.ts'
import { placesOf, putDouble, putInteger } from './rows/number.ts'
import { copy, putField, putString } from './rows/text.ts'
import { isTimestamp, putDate, putTime, putTimestamp } from './rows/time.ts'
import { BOOLEAN, DATE, DOUBLE, INSTANT, INT, LATE, RAW, TEXT, TIME, WALL, WHOLE } from './value/kinds.ts'
import { NULL, TRUE } from './value/words.ts'

/** Bytes as a little-endian word. */
const FALS: u32 = 0x736c6166

// Addresses, see `place`.
let note: i32
let ends: i32
let columns: i32
let columnsEnd: i32

// The form of rows, see `shape`.
let capacity: i32
let isJson: bool
let isLine: bool
let bound: i32

/** Sets the addresses: of the note of the end of the written rows, of the ends of all rows, and of the columns. */
export function place(atNote: i32, atEnds: i32, atColumns: i32): void {
  note = atNote
  ends = atEnds
  columns = atColumns
}

/**
 * Sets the form of rows: `count` columns with room for `rows` rows each; objects of JSON or CSV; whether a line end follows
 * each row; and the most bytes of a row, without its texts.
 */
export function shape(count: i32, rows: i32, json: i32, line: i32, most: i32): void {
  columnsEnd = columns + count * COLUMN_BYTES
  capacity = rows
  isJson = json !== 0
  isLine = line !== 0
  bound = most
}

/** Finds where the texts of the first `rows` rows lie, and marks their late values. */
export function look(rows: i32): void {
  for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
    const states = load<i32>(column, STATES)
    if (load<i32>(column, HAS_NULLS) === 0) memory.fill(states, 0, rows)
    if (isText(load<i32>(column, KIND))) lookAtTexts(column, states, rows)
    else lookAtValues(column, states, rows)
  }
}

/** Whether values of the kind are ranges of text. */
function isText(kind: i32): bool {
  return kind === TEXT || kind === RAW
}

function lookAtTexts(column: i32, states: i32, rows: i32): void {
  const starts = load<i32>(column, VALUES)
  let least: i32 = i32.MAX_VALUE
  let greatest: i32 = 0
  let lengths: i64 = 0
  for (let row = 0; row < rows; row++) {
    if (load<u8>(states + row) !== 0) continue
    const start = load<i32>(starts + (row << 2))
    const end = load<i32>(starts + ((capacity + row) << 2))
    if (start === end) continue
    least = min(least, start)
    greatest = max(greatest, end)
    lengths += end - start
  }
  store<i32>(column, least, LEAST)
  store<i32>(column, greatest, GREATEST)
  store<f64>(column, <f64>lengths, LENGTHS)
}

function lookAtValues(column: i32, states: i32, rows: i32): void {
  const kind = load<i32>(column, KIND)
  const values = load<i32>(column, VALUES)
  let late: i32 = 0
  if (kind === WHOLE || kind === DOUBLE || kind === WALL || kind === INSTANT || kind === LATE) {
    for (let row = 0; row < rows; row++) {
      if (load<u8>(states + row) !== 0 || isWritten(kind, load<f64>(values + (row << 3)))) continue
      store<u8>(states + row, IS_LATE)
      late++
    }
  }
  store<i32>(column, late, LATE_ROWS)
}

function isWritten(kind: i32, value: f64): bool {
  if (kind === WHOLE) return placesOf(value) === 0
  if (kind === DOUBLE) return placesOf(value) >= 0
  return kind !== LATE && isTimestamp(value)
}

/**
 * Writes the rows [row, most) at the addresses [out, limit), up to the first for which there may be no room; returns the row
 * after the last. Notes the end of each row, as its address less `shift`.
 */
export function write(row: i32, most: i32, out: i32, limit: i32, shift: i32): i32 {
  for (; row < most; row++) {
    let at = putRow(row, out, limit)
    if (at === 0) break
    if (isJson) store<u8>(at++, CLOSE_BRACE)
    store<i32>(ends + (row << 2), at - shift)
    if (isLine) store<u8>(at++, LF)
    out = at
  }
  store<i32>(note, out)
  return row
}

/** Writes the values of a row; 0 if there may be no room for them. */
function putRow(row: i32, at: i32, limit: i32): i32 {
  if (at + bound > limit) return 0
  for (let column = columns; column < columnsEnd; column += COLUMN_BYTES) {
    at = copy(at, load<i32>(column, LEAD), load<i32>(column, LEAD_LENGTH))
    const state = load<u8>(load<i32>(column, STATES) + row)
    if (state === IS_NULL) {
      if (!isJson) continue
      store<u32>(at, NULL)
      at += 4
    } else if (isText(load<i32>(column, KIND))) {
      const values = load<i32>(column, VALUES)
      const shift = load<i32>(column, SHIFT)
      const start = load<i32>(values + (row << 2)) + shift
      const end = load<i32>(values + ((capacity + row) << 2)) + shift
      if (<i64>at + <i64>bound + LONGEST_ESCAPE * <i64>(end - start) > <i64>limit) return 0
      if (load<i32>(column, KIND) === RAW) at = copy(at, start, end - start)
      else at = isJson ? putString(at, start, end) : putField(at, start, end)
    } else {
      const isQuoted = load<i32>(column, IS_QUOTED) !== 0
      if (isQuoted) store<u8>(at++, QUOTE)
      at = state === IS_LATE ? putLate(at, column, row) : putValue(at, column, row)
      if (isQuoted) store<u8>(at++, QUOTE)
    }
  }
  return at
}

/** Copies the text of a late value. */
function putLate(at: i32, column: i32, row: i32): i32 {
  const range = load<i32>(column, VALUES) + (row << 3)
  const start = load<i32>(range)
  return copy(at, start, load<i32>(range, 4) - start)
}

function putValue(at: i32, column: i32, row: i32): i32 {
  const values = load<i32>(column, VALUES)
  switch (load<i32>(column, KIND)) {
    case BOOLEAN:
      return putBoolean(at, load<u8>(values + row))
    case INT:
      return putInteger(at, load<i32>(values + (row << 2)))
    case DATE:
      return putDate(at, column, load<i32>(values + (row << 2)))
    case TIME:
      return putTime(at, load<i32>(values + (row << 2)))
    case WHOLE:
      // A whole number has no negative zero.
      return putDouble(at, load<f64>(values + (row << 3)) + 0)
    case DOUBLE:
      return putDouble(at, load<f64>(values + (row << 3)))
    default: {
      at = putTimestamp(at, column, load<f64>(values + (row << 3)))
      if (load<i32>(column, KIND) === INSTANT) store<u8>(at++, LETTER_Z)
      return at
    }
  }
}

function putBoolean(at: i32, value: u8): i32 {
  if (value === 1) {
    store<u32>(at, TRUE)
    return at + 4
  }
  store<u32>(at, FALS)
  store<u8>(at, LOWER_E, 4)
  return at + 5
}
