/**
 * Numbers with a unit. A plain number may be given for any of them, as arithmetic gives plain numbers; but one cannot be
 * given for another, so that an offset and a time side by side cannot be swapped.
 */
type Quantity<Unit extends string> = number & { readonly unit?: Unit }

/** The place of a record in its partition: 0, 1, 2, … */
export type Offset = Quantity<'offset'>

/** When something happened, by the clock of its producer: ms since 1970-01-01T00:00Z. */
export type EventTime = Quantity<'event time'>

/** A length of time in ms. */
export type Duration = Quantity<'duration'>
