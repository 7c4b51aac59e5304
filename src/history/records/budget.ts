/**
 * How much a look at a topic may cost. Looks are made for people, while the pipeline works: each reads a bounded number of
 * records and bytes, for a bounded time, and says where the next one goes on.
 */
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'

export type LookLimits = {
  readonly records: number
  readonly bytes: number
  readonly timeMs: Duration
}

/** Of a page of records. */
export const PAGE_LIMITS: LookLimits = { records: 50_000, bytes: 32 << 20, timeMs: 2000 }

export type Budget = {
  /** Counts records that were looked at. */
  spend(records: number, bytes: number): void
  /** Whether nothing more may be read. */
  isSpent(): boolean
  /** Records looked at so far. */
  looked(): number
}

/** A budget of which nothing is spent. `stop`: nobody waits for the look any more. */
export function openBudget(limits: LookLimits, clock: Clock, stop: AbortSignal): Budget {
  const began = clock.elapsed()
  let records = 0
  let bytes = 0
  return {
    spend(more, moreBytes) {
      records += more
      bytes += moreBytes
    },
    isSpent: () =>
      stop.aborted || records >= limits.records || bytes >= limits.bytes || clock.elapsed() - began >= limits.timeMs,
    looked: () => records,
  }
}
