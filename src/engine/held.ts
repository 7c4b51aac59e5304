/**
 * The memory that a query holds between batches, in bytes: its typed arrays, spare room included, and an estimate of values
 * on the heap (decimals, extremes of strings). To ask costs a look at each array, not at its elements.
 */
import { Failure } from '../base/failure.ts'
import { countText, roundBytes } from '../base/units.ts'

/** An operator with state. */
export type Holder = {
  readonly bytes: number
  /** The number of groups, or rows, that it holds. */
  readonly groups: number
  /** Adds the ends of the windows that it holds. */
  addWindows(ends: Set<number>): void
}

export type Held = {
  bytes(): number
  /** For messages: costs a look at each window. */
  open(): { readonly windows: number; readonly groups: number }
}

/** The memory of a query's operators. */
export const heldBy = (holders: readonly Holder[]): Held => ({
  bytes: () => holders.reduce((sum, { bytes }) => sum + bytes, 0),
  open() {
    const ends = new Set<number>()
    for (const holder of holders) holder.addWindows(ends)
    // Operators without windows add Infinity.
    ends.delete(Infinity)
    return { windows: ends.size, groups: holders.reduce((sum, { groups }) => sum + groups, 0) }
  },
})

/**
 * Throws a Failure `limit` where a query holds more than `limit` bytes. It is checked after each batch, and a batch may
 * double the memory held, as arrays grow that way: a limit must be less than half of the machine's memory.
 */
export function refuseBeyond(limit: number, held: Held, names: { readonly what: string; readonly hint: string }): void {
  const bytes = held.bytes()
  if (bytes <= limit) return
  const { windows, groups } = held.open()
  const inWindows = windows === 0 ? '' : ` in ${countText(windows, 'open window')}`
  throw new Failure(
    'limit',
    `${names.what} holds ${roundBytes(bytes)} for ${groups.toLocaleString('en')} groups${inWindows}, more than its limit of ${roundBytes(limit)}`,
    { hint: names.hint },
  )
}
