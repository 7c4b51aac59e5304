/** A clock of which each sleep takes the next step of a test: between two looks, the test changes what is looked at. */
import type { Clock } from './clock.ts'

export type Step = () => Promise<unknown>

/** `stop` is aborted once all steps were taken; `start`: the time at the beginning, ms since 1970. */
export function steppingClock(steps: readonly Step[], stop: AbortController, start = 0): Clock {
  const left = [...steps]
  let elapsed = 0
  return {
    now: () => start + elapsed,
    elapsed: () => elapsed,
    async sleep(time) {
      elapsed += time
      const step = left.shift()
      if (step === undefined) stop.abort()
      else await step()
    },
  }
}
