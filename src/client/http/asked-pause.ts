/** Pauses that a server asks for (Retry-After): all requests to it wait. */
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import type { HttpAnswer } from './client.ts'
import { retryAfter } from './retry-after.ts'

export type AskedPause = {
  /** Resolves when the server may be asked again. Rejects once the signal is aborted. */
  wait(giveUp?: AbortSignal): Promise<void>
  /** Takes an answer that may say how long the server wants to be left alone. */
  note(answer: Pick<HttpAnswer, 'headers'>): void
}

/** A server that asks for more than `longestMs` is asked again after that. */
export function openAskedPause(clock: Clock, longestMs: Duration): AskedPause {
  let until = Number.NEGATIVE_INFINITY
  return {
    async wait(giveUp) {
      const rest = until - clock.elapsed()
      if (rest > 0) await clock.sleep(rest, giveUp)
    },
    note({ headers }) {
      const pause = retryAfter(headers, clock.now())
      if (pause !== undefined) until = clock.elapsed() + Math.min(pause, longestMs)
    },
  }
}
