/** What the kernels that read or write values of all types and JavaScript both know. */

// What is made of a value, or what it is made of.

/** Nothing: it is no column. */
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
/** A double, ms since 1970: a time of the wall clock, and an instant. */
export const WALL = 6
export const INSTANT = 7
/** Columns lie in it, in JSON. */
export const OBJECT = 8
/** JavaScript reads the value, or writes it. */
export const LATE = 9
/** JavaScript reads the record. */
export const NEVER = 10
/** Days since 1970, and ms of the day, as 32-bit integers: only in what is written. */
export const DATE = 11
export const TIME = 12

// What `scan` stopped at, if not behind some late values.

export const END = 0
/** A record that JavaScript reads. */
export const LEFT = -1
