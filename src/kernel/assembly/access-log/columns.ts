/**
 * The columns of access-log rows in the kernel's memory, by the number of the stride at which each begins. A stride has room
 * for a 32-bit integer of each row. The kernel and JavaScript both read this file.
 */

/** The host begins here: where the line does, unless there is a virtual host before it. */
export const START = 0
/** Index of the record in its batch. */
export const ORIGIN = 1
export const HOST_END = 2
export const REQUEST_START = 3
export const REQUEST_END = 4
/** Of a request without a method: its start. */
export const METHOD_END = 5
export const TARGET_START = 6
export const TARGET_END = 7
export const PATH_END = 8
export const QUERY_START = 9
export const PROTOCOL_START = 10
export const SIZE_END = 11
export const STATUS = 12
// Flags, a byte each: 1 for a row without it.
export const NO_TARGET = 13
export const NO_QUERY = 14
export const NO_PROTOCOL = 15
/** Doubles: two strides. */
export const TIME = 16
/** Of the virtual host, or of the list of addresses: only in formats that have one. */
export const LEAD_START = 18
export const LEAD_END = 19
export const STRIDES = 20

/** The greatest port. */
export const MOST_PORT = 65_535

// What a format has in front of the ident.

/** A host. */
export const HOST = 0
/** A virtual host, then a host. */
export const VHOST = 1
/** A list of addresses, whose first is the host. */
export const FORWARDED = 2
