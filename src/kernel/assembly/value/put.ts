/**
 * Puts values into the row that is being read. AssemblyScript. A column has 8 bytes for each row (a number, or all starts and
 * then all ends), and then a byte for each row, 1 if it is NULL. All rows are NULL at first.
 */
let row: i32 = 0
/** The number of late values of the row: four integers each, column, start, end, and whether it has escapes. */
export let late: i32 = 0
/** Rows for which a column has room. */
let capacity: i32 = 0
let lateValues: i32 = 0
/** An address less its position. */
let shift: i32 = 0

/** Columns have room for `rows` rows; late values are noted from `atLate` on. */
export function placeValues(rows: i32, atLate: i32): void {
  capacity = rows
  lateValues = atLate
}

/** Positions are addresses less `less` from now on. */
export function shiftBy(less: i32): void {
  shift = less
}

/** Values go into row `index` from now on. */
export function beginRow(index: i32): void {
  row = index
  late = 0
}

// The first parameter of these is the address of the column's values, 0 if they are unwanted.

export function putRange(values: i32, start: i32, end: i32): void {
  if (values === 0) return
  const at = values + (row << 2)
  store<i32>(at, start - shift)
  store<i32>(at + (capacity << 2), end - shift)
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

function putThere(values: i32): void {
  store<u8>(values + (capacity << 3) + row, 0)
}

/** Leaves the value [start, end) of a column to JavaScript. */
export function putLate(column: i32, start: i32, end: i32, isEscaped: i32): void {
  const at = lateValues + (late++ << 4)
  store<i32>(at, column)
  store<i32>(at, start - shift, 4)
  store<i32>(at, end - shift, 8)
  store<i32>(at, isEscaped, 12)
}
