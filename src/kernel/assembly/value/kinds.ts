/** Constants that JavaScript shares with the kernels that read or write values of all types. */

// How a value is kept in a column.

/** Not at all: it is no column. */
export const ANY = 0
/** A range of text. */
export const TEXT = 1
/** A 32-bit integer. */
export const INT = 2
/** A double that is a whole number. */
export const WHOLE = 3
export const DOUBLE = 4
/** A byte. */
export const BOOLEAN = 5
/** A double, ms since 1970: a time of the wall clock or an instant. */
export const WALL = 6
export const INSTANT = 7
/** An object of JSON that contains columns. */
export const OBJECT = 8
/** A late value: JavaScript reads or writes it. */
export const LATE = 9
/** JavaScript reads every record that has it. */
export const NEVER = 10
/** Days since 1970, and ms of the day, as 32-bit integers: only for writing. */
export const DATE = 11
export const TIME = 12
/** A range of text that is JSON already: only for writing. */
export const RAW = 13
/** Only for reading JSON: an object, an array, and an object with any names, each with columns of its own. */
export const ROW = 14
export const LIST = 15
export const MAP = 16

/** Bytes that describe a late value. */
export const LATE_BYTES = 20

// Why `scan` stopped, if not after a record with late values.

/** No record is left, or the next one does not lie in the memory. */
export const END = 0
/** A record that JavaScript reads. */
export const LEFT = -1
/** The next record has more values than there is room for. */
export const FULL = -2
