/**
 * A steady flow: event n is due n / rate seconds after the start, whatever happened before; so the rate is exact in the
 * long run, and what was held up is caught up on.
 */
import type { Clock } from './clock.ts'

export type Pace = {
  /** How many events are due by now and were not taken. */
  due(): number
  take(count: number): void
  /** Resolves when one more is due; rejects with the signal's reason when it is aborted first. */
  wait(signal: AbortSignal): Promise<void>
}

/** `rate` in events a second; Infinity: everything is always due. */
export function openPace(rate: number, clock: Clock): Pace {
  const began = clock.elapsed()
  let taken = 0
  const elapsed = () => clock.elapsed() - began
  const due = () =>
    rate === Number.POSITIVE_INFINITY ? rate : Math.max(0, Math.floor((elapsed() * rate) / 1000) + 1 - taken)
  return {
    due,
    take(count) {
      taken += count
    },
    async wait(signal) {
      while (due() === 0) await clock.sleep(Math.max(1, Math.ceil((taken * 1000) / rate - elapsed())), signal)
    },
  }
}
