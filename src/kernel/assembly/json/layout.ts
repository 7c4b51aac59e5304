/** The room that members of JSON objects need, which JavaScript provides. */

export const MEMBER_BYTES = 96
/** The most unwanted members that are remembered, and the longest name of one, quotes included. */
export const MOST_LEARNT = 256
export const LONGEST_LEARNT = 47

/** Bytes that describe inner rows: see `inner.ts`. */
export const INNER_BYTES = 16
/** Places, 8 bytes each, for the names of an object whose names are data; a power of two. */
export const KEY_SLOTS = 4096
/** The most inner rows of a column in a record. */
export const MOST_ROWS = 1_048_576
