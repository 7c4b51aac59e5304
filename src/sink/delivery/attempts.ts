/**
 * Tries until it works: after a failure again, after pauses whose limit doubles up to 30 s. A pause is anything below its
 * limit ("full jitter"), so that many senders do not come back at once.
 *
 * It is told once when the trouble begins and once when it is over, however many writes are in it. A failure that trying
 * again does not mend by itself (no permission, a column that is not there) is tried again as well: somebody mends it,
 * and nobody has to start anything. Only where nothing more will come, it is not waited for.
 */
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Random } from '../../base/random.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000

export type Attempts = {
  /** The outcome of the work; undefined where it was given up. `failed`: it has failed once already. */
  make<Outcome>(work: () => Promise<Outcome>, failed?: Failure): Promise<{ readonly outcome: Outcome } | undefined>
  /** Whether anything fails now. */
  isFailing(): boolean
  /** What could not be done though nothing was to be waited for. */
  failure(): Failure | undefined
}

export type AttemptContext = {
  readonly clock: Clock
  readonly random: Random
  /** Aborted when nothing more comes. */
  readonly ended: AbortSignal
  /** Aborted when nothing that fails is waited for any longer. */
  readonly giveUp: AbortSignal
  /** Aborted when nothing at all is waited for any longer. */
  readonly late: AbortSignal
  warn(message: string): void
}

export function openAttempts({ clock, random, ended, giveUp, late, warn }: AttemptContext): Attempts {
  let failing = 0
  let lasting: Failure | undefined
  const begin = ({ message, hint }: Failure) => {
    if (failing++ === 0) warn(`${message}${hint === undefined ? '' : ` (${hint})`}; trying again until it works`)
  }
  const end = () => {
    if (--failing === 0) warn('it goes on')
  }
  return {
    async make(work, failed) {
      let failure = failed
      if (failure !== undefined) begin(failure)
      let limit = FIRST_PAUSE_MS
      for (;;) {
        if (failure !== undefined) {
          const isLasting = !failure.retryable
          if (isLasting && ended.aborted) lasting ??= failure
          if (giveUp.aborted || (isLasting && ended.aborted)) return undefined
          const until = isLasting ? AbortSignal.any([giveUp, ended]) : giveUp
          await clock.sleep(random.next() * limit, until).catch(() => undefined)
          if (giveUp.aborted) return undefined
          limit = Math.min(limit * 2, LONGEST_PAUSE_MS)
        }
        try {
          const outcome = await unless(late, work())
          if (outcome !== undefined && failure !== undefined) end()
          return outcome
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          if (failure === undefined) begin(error)
          failure = error
        }
      }
    },
    isFailing: () => failing > 0,
    failure: () => lasting,
  }
}

/** The outcome; undefined once the signal is aborted. (`Promise.race` with a promise that lasts would keep every loser.) */
function unless<Outcome>(signal: AbortSignal, work: Promise<Outcome>): Promise<{ outcome: Outcome } | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    work.then((outcome) => resolve({ outcome }), reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
