/**
 * What a query keeps between batches, in bytes: those of its typed arrays as they are, spare room included, and an estimate
 * of what lies on the heap (decimals, extremes of strings). Asking costs a look at each array, not at what is in it.
 */
import { Failure } from '../base/failure.ts'
import { roundBytes } from '../base/units.ts'

/** An operator with state. */
export type Holder = {
  readonly bytes: number
  /** Groups, or rows, that it holds. */
  readonly groups: number
  /** Adds the end of each window that it holds. */
  addWindows(ends: Set<number>): void
}

export type Held = {
  bytes(): number
  /** For people: costs a look at each window. */
  open(): { readonly windows: number; readonly groups: number }
}

export const heldBy = (holders: readonly Holder[]): Held => ({
  bytes: () => holders.reduce((sum, { bytes }) => sum + bytes, 0),
  open() {
    const ends = new Set<number>()
    for (const holder of holders) holder.addWindows(ends)
    // What has no windows is held for one without an end.
    ends.delete(Infinity)
    return { windows: ends.size, groups: holders.reduce((sum, { groups }) => sum + groups, 0) }
  },
})

/**
 * Ends a query that holds more than it may. It is asked after each batch, and a batch may double what is held (arrays grow
 * so), so a limit is to be less than half of the memory there is.
 */
export function refuseBeyond(limit: number, held: Held, told: { readonly what: string; readonly hint: string }): void {
  const bytes = held.bytes()
  if (bytes <= limit) return
  const { windows, groups } = held.open()
  const inWindows = windows === 0 ? '' : ` in ${windows.toLocaleString('en')} open window${windows === 1 ? '' : 's'}`
  throw new Failure(
    'limit',
    `${told.what} holds ${roundBytes(bytes)} for ${groups.toLocaleString('en')} groups${inWindows}, more than its limit of ${roundBytes(limit)}`,
    { hint: told.hint },
  )
}
