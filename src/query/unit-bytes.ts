/** Bytes of a unit of work. Sums of doubles are rounded unit by unit, so another size may change their last digits. */
export const UNIT_BYTES: number = 8 << 20

/** Bytes that one thread reads in the 60 ms that another needs to start: smaller input is read by one thread. */
export const WORTH_A_THREAD: number = 32 << 20
