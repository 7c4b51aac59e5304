/**
 * A steady flow: event n is due n / rate seconds after the start, whatever happened before. So the rate is exact in the
 * long run, and a flow that was held up catches up.
 *
 * A fast flow goes in steps of a few milliseconds, so that several events share the cost of a wait.
 */
import type { Clock } from './clock.ts'

const STEP_MS = 5

export type Pace = {
  /** How many events are due and not yet taken; 0 until there are enough for a step. */
  due(): number
  take(count: number): void
  /** Resolves when some are due; rejects with the signal's reason if it is aborted first. */
  wait(signal: AbortSignal): Promise<void>
}

/** `rate` in events a second; with Infinity everything is always due. */
export function openPace(rate: number, clock: Clock): Pace {
  const began = clock.elapsed()
  let taken = 0
  const elapsed = () => clock.elapsed() - began
  const step = Math.max(1, Math.floor((rate * STEP_MS) / 1000))
  const due = () => {
    if (rate === Number.POSITIVE_INFINITY) return rate
    const count = Math.floor((elapsed() * rate) / 1000) + 1 - taken
    return count < step ? 0 : count
  }
  return {
    due,
    take(count) {
      taken += count
    },
    async wait(signal) {
      const last = taken + step - 1
      while (due() === 0) await clock.sleep(Math.max(1, Math.ceil((last * 1000) / rate - elapsed())), signal)
    },
  }
}
