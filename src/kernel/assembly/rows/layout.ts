/**
 * The description of a column that the kernel that writes rows shares with JavaScript: COLUMN_BYTES bytes, with integers at
 * these places.
 */

export const COLUMN_BYTES = 112

/** One of `value/kinds.ts`. */
export const KIND = 0
/** The address of its values; for texts, of all starts and then all ends. */
export const VALUES = 4
/** The address of a byte for each row, its state: 0, IS_NULL or IS_LATE. */
export const STATES = 8
/** 1 if the states say which rows are NULL; else they are not set yet. */
export const HAS_NULLS = 12
/** The lead, which is written before a value: its address and length. */
export const LEAD = 16
export const LEAD_LENGTH = 20
/** 1 if values that are not texts are written in quotes. */
export const IS_QUOTED = 24
/** The address of a text less its position. */
export const SHIFT = 28

// Found by `look`.

/** Texts: the least start, the greatest end, and the sum of their lengths as a double. */
export const LEAST = 32
export const GREATEST = 36
export const LENGTHS = 40
/** The number of late values. */
export const LATE_ROWS = 48

// The last date or timestamp that was written, see `rows/time.ts`.

/** The length of the text of its day; 0 if there is none. */
export const DAY_LENGTH = 52
export const MINUTE = 56
export const MINUTE_TEXT = 64
export const DAY = 96

// States of a row in a column.

export const IS_NULL = 1
/** JavaScript writes its text, and puts the start and end of it in place of the value's eight bytes. */
export const IS_LATE = 2

/** The most bytes of a value that is not a text, quotes included. */
export const LONGEST_VALUE = 48
/** The most bytes that one byte of a text becomes. */
export const LONGEST_ESCAPE = 6
