/** Bytes of a unit of work. Sums of doubles are rounded unit by unit, so another number may change their last digits. */
export const UNIT_BYTES: number = 16 << 20
