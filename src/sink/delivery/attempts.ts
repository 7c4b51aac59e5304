/**
 * Tries until it works, with pauses whose limit doubles up to 30 s. A pause is anything below its limit ("full jitter"), so
 * that many senders do not come back at once.
 *
 * The user is warned once when the trouble begins and once when it is over, however many writes are in it. Work that fails
 * for a lasting reason (no permission, a column that is not there) is tried again as well: somebody mends the store, and
 * nobody has to restart the pipeline. Only once the topic has ended is a lasting failure not waited for.
 */
import { Failure } from '../../base/failure.ts'
import type { DeliveryContext } from './delivery.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000
/** Of a store that was still silent when nothing was waited for any longer. */
const UNANSWERED = 'it had not finished its last write'

/** Work that fails, and is tried again. */
export type SinkTrouble = {
  /** The last failure in words. */
  readonly text: string
  /** When the trouble began, ms since 1970. */
  readonly since: number
  /** Attempts that have failed since. */
  readonly attempts: number
}

export type Attempts = {
  /**
   * The outcome of the work; undefined where it was given up. `failed`: how it failed before. Rejects with any error but a
   * Failure. `late` is aborted when the work is not waited for any longer.
   */
  make<Outcome>(
    work: (late: AbortSignal) => Promise<Outcome>,
    failed?: Failure,
  ): Promise<{ readonly outcome: Outcome } | undefined>
  /** Whether any work that is under way has failed. */
  isFailing(): boolean
  /** The trouble that there is now; undefined: all is well. */
  trouble(): SinkTrouble | undefined
  /** The first lasting failure after the topic had ended. */
  failure(): Failure | undefined
}

type Context = Pick<DeliveryContext, 'clock' | 'random' | 'ended' | 'giveUp' | 'warn'>

/** The attempts of one sink: the failures of all its work are one trouble. `late`: no work is waited for any longer. */
export function openAttempts({ clock, random, ended, giveUp, warn }: Context, late: AbortSignal): Attempts {
  let failing = 0
  let trouble: SinkTrouble | undefined
  let lasting: Failure | undefined
  const note = ({ message }: Failure) => {
    trouble = { text: message, since: trouble?.since ?? clock.now(), attempts: (trouble?.attempts ?? 0) + 1 }
  }
  const begin = (failure: Failure) => {
    const { message, hint } = failure
    note(failure)
    if (failing++ === 0) warn(`${message}${hint === undefined ? '' : ` (${hint})`}; trying again until it works`)
  }
  const end = () => {
    if (--failing > 0) return
    trouble = undefined
    warn('it goes on')
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
          const outcome = await unless(late, work(late))
          if (outcome === undefined) trouble ??= { text: UNANSWERED, since: clock.now(), attempts: 1 }
          else if (failure !== undefined) end()
          return outcome
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          if (failure === undefined) begin(error)
          else note(error)
          failure = error
        }
      }
    },
    isFailing: () => failing > 0,
    trouble: () => trouble,
    failure: () => lasting,
  }
}

/** The outcome; undefined once the signal is aborted. (`Promise.race` would keep the work's promise as long as the signal.) */
function unless<Outcome>(signal: AbortSignal, work: Promise<Outcome>): Promise<{ outcome: Outcome } | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    work.then((outcome) => resolve({ outcome }), reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
