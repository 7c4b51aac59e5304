/**
 * What the kernel that writes rows and JavaScript both know of a column: integers in so many bytes for each, at these places.
 */

export const COLUMN_BYTES = 112

/** One of `value-kinds.ts`. */
export const KIND = 0
/** Where its values are: of texts the starts and then the ends, of the others one behind the other. */
export const VALUES = 4
/** Where a byte for each row is: what the row has, see below. */
export const STATES = 8
/** 1 where the states say which rows are NULL; else nothing has been put there. */
export const HAS_NULLS = 12
/** What is written before a value: where it is, and how long. */
export const LEAD = 16
export const LEAD_LENGTH = 20
/** 1 where a value that is no text stands in quotes. */
export const IS_QUOTED = 24
/** What the address of a text has more than its position. */
export const SHIFT = 28

// What `look` finds.

/** Texts: the first position, the last, and as a double how many bytes all have together. */
export const LEAST = 32
export const GREATEST = 36
export const LENGTHS = 40
/** Rows that JavaScript has to write. */
export const LATE_ROWS = 48

// What the kernel keeps of the date or timestamp that it wrote last, see `rows-time.ts`.

/** How long the text of the day is; 0 where nothing is kept. */
export const DAY_LENGTH = 52
export const MINUTE = 56
export const MINUTE_TEXT = 64
export const DAY = 96

// What a row has in a column.

export const IS_NULL = 1
/** JavaScript has written it, and has put first and last address of the text where values of eight bytes are. */
export const IS_LATE = 2

/** A value that is no text takes no more than this, its quotes included. */
export const LONGEST_VALUE = 48
/** A byte of a text takes no more than this many. */
export const LONGEST_ESCAPE = 6
