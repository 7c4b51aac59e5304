/**
 * Waiting for answers once somebody waits for the end: a broker that hangs would else hold up a clean stop for the timeout of
 * each request, one after the other. A broker that answers is waited for as long as it does.
 */
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'

/** How long an answer, or a connection, is waited for once somebody waits for the end. */
const LAST_ANSWER_MS: Duration = 5000
/** The same for a broker that has been waited for in vain: by then it hangs. */
const LAST_ANSWER_AGAIN_MS: Duration = 1000

/** The error where nothing came in time. */
export const LATE: Error = new Error('timed out, and somebody waits for the end')

export type LastAnswers = {
  /** What is awaited of the broker at an address. Rejects with `LATE` where it does not come in time near the end. */
  of<Value>(address: string, awaited: Promise<Value>): Promise<Value>
}

/** Answers of the brokers of a cluster; once `giveUp` is aborted, somebody waits for the end. */
export function openLastAnswers(clock: Clock, giveUp: AbortSignal): LastAnswers {
  const hanging = new Set<string>()
  return {
    async of(address, awaited) {
      const tooLate = Promise.withResolvers<never>()
      const settled = new AbortController()
      const startWaiting = async (): Promise<void> => {
        try {
          await clock.sleep(hanging.has(address) ? LAST_ANSWER_AGAIN_MS : LAST_ANSWER_MS, settled.signal)
        } catch {
          return
        }
        hanging.add(address)
        tooLate.reject(LATE)
      }
      if (giveUp.aborted) void startWaiting()
      else giveUp.addEventListener('abort', startWaiting, { once: true })
      try {
        const answer = await Promise.race([awaited, tooLate.promise])
        hanging.delete(address)
        return answer
      } finally {
        giveUp.removeEventListener('abort', startWaiting)
        settled.abort()
      }
    },
  }
}
