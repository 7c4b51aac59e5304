/**
 * Puts values into the row that is being read. AssemblyScript. A column has 8 bytes for each row (a number, or all starts and
 * then all ends), and then a byte for each row, 1 if it is NULL. All rows are NULL at first.
 */
import { LATE_BYTES } from './kinds.ts'

export let row: i32 = 0
/** The number of late values of the record. Only as many are noted as there is room for, five integers each: see `putLate`. */
export let late: i32 = 0
/** Rows for which a column has room. */
export let capacity: i32 = 0
let lateValues: i32 = 0
let mostLate: i32 = 0
/** An address less its position. */
let shift: i32 = 0

/** Columns have room for `rows` rows; late values, `most` of them, are noted from `atLate` on. */
export function placeValues(rows: i32, atLate: i32, most: i32): void {
  capacity = rows
  lateValues = atLate
  mostLate = most
}

/** Positions are addresses less `less` from now on. */
export function shiftBy(less: i32): void {
  shift = less
}

/** A record begins, whose values go into row `index`. */
export function beginRow(index: i32): void {
  row = index
  late = 0
}

/** Values go into row `index` of columns with room for `rows` rows from now on. */
export function goTo(index: i32, rows: i32): void {
  row = index
  capacity = rows
}

// The first parameter of these is the address of the column's values, 0 if they are unwanted.

export function putRange(values: i32, start: i32, end: i32): void {
  if (values === 0) return
  const at = values + (row << 2)
  store<i32>(at, start - shift)
  store<i32>(at + (capacity << 2), end - shift)
  putThere(values)
}

/** Puts a range of rows. */
export function putRows(values: i32, first: i32, behind: i32): void {
  const at = values + (row << 2)
  store<i32>(at, first)
  store<i32>(at + (capacity << 2), behind)
  putThere(values)
}

export function putInteger(values: i32, value: i32): void {
  if (values === 0) return
  store<i32>(values + (row << 2), value)
  putThere(values)
}

export function putDouble(values: i32, value: f64): void {
  if (values === 0) return
  store<f64>(values + (row << 3), value)
  putThere(values)
}

export function putByte(values: i32, value: u8): void {
  if (values === 0) return
  store<u8>(values + row, value)
  putThere(values)
}

/** Makes the row NULL again. */
export function putAbsent(values: i32): void {
  if (values !== 0) store<u8>(values + (capacity << 3) + row, 1)
}

/** Makes the row a value. */
export function putThere(values: i32): void {
  store<u8>(values + (capacity << 3) + row, 0)
}

/** Leaves the value [start, end) of a column to JavaScript. Notes the column, the two positions, whether it has escapes, and the row. */
export function putLate(column: i32, start: i32, end: i32, isEscaped: i32): void {
  if (late++ >= mostLate) return
  const at = lateValues + (late - 1) * LATE_BYTES
  store<i32>(at, column)
  store<i32>(at, start - shift, 4)
  store<i32>(at, end - shift, 8)
  store<i32>(at, isEscaped, 12)
  store<i32>(at, row, 16)
}
