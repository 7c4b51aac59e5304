/** Bytes of a unit of work. Sums of doubles are rounded unit by unit, so another number may change their last digits. */
export const UNIT_BYTES: number = 8 << 20

/** A thread takes 60 ms until it works, in which time another reads so many bytes: files of less are read by one. */
export const WORTH_A_THREAD: number = 32 << 20
