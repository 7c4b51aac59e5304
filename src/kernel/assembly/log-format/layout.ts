/**
 * How the steps by which lines of a log format are read lie in the kernel's memory: a step is a field and the text behind it.
 * See `format/log-format/step.ts`. The kernel and JavaScript both read this file.
 */

/** Bytes of a step. */
export const STEP_BYTES = 192

// Places of 32-bit integers in a step.

export const KIND = 0
/** The number of its column, for late values. */
export const COLUMN = 4
/** The address of its column's values; 0 if they are unwanted. */
export const VALUES = 8
/** The text behind the field: its address, its bytes, and how many of these are read with it (none, or all). */
export const LITERAL = 12
export const COUNT = 16
export const ADVANCE = 20
/** The first byte of that text. */
export const FIRST = 24
export const FLAGS = 28
/** Of PATTERN: how many pieces it has. Of EPOCH: how many numbers a second has. */
export const SIZE = 32
/** The first eight bytes of the text behind the field, and which bits of them there are: 64-bit integers. */
export const WORD = 40
export const MASK = 48
/** The addresses of the parts of a REQUEST or a TARGET. Of PATTERN: the address of its pieces. */
export const PARTS = 56
/** See `value/time.ts`: 24 bytes. */
export const MINUTE = 80

// Vectors, for comparisons with sixteen bytes of a text.

/** FIRST. */
export const FIRSTS = 112
/** Bytes below this one are no part of a value. */
export const LIMITS = 128
/** The bytes that are special within a value, a quote and a backslash; or FIRST. */
export const QUOTES = 144
export const BACKSLASHES = 160

/** Parts, by their place: addresses of 4 bytes each, and whether these or the whole are wanted. */
export const METHOD = 0
export const TARGET_PART = 4
export const PATH = 8
export const QUERY_PART = 12
export const PROTOCOL = 16
export const ANY = 20

// Kinds of fields that end by themselves.

/** One byte. */
export const CHAR = 0
export const INT = 1
export const WHOLE = 2
export const DOUBLE = 3
/** Three digits. */
export const STATUS = 4
/** `10/Oct/2000:13:55:36 -0700`. */
export const CLF = 5
/** See `value/time.ts`. */
export const ISO = 6
/** Seconds since 1970, perhaps with a fraction; or milliseconds or microseconds. */
export const EPOCH = 7
/** A time of Apache's own: see `pattern.ts`. */
export const PATTERN = 8

// Kinds of fields that end where the text behind them begins: all from TEXT on.

export const TEXT = 9
/** `METHOD target PROTOCOL`. */
export const REQUEST = 10
/** A path, and perhaps `?` and a query. */
export const TARGET = 11
/** A query with its `?`, or nothing. */
export const QUERY = 12

// Flags.

export const DASH_IS_NULL = 1
export const EMPTY_IS_NULL = 2
/** Words with `, ` or ` : ` between them. */
export const IS_LIST = 4
/** The first text that could be the one behind the field is: no value contains its first byte. */
export const IS_CERTAIN = 8
/** A value has at least one byte. */
export const IS_FILLED = 16
/** A backslash in a value begins an escape. */
export const HAS_ESCAPES = 32
/** Without a `?` in it, a target has a dash behind it, which is no part of it. */
export const DASH_BEHIND = 64
