/**
 * Polls when they are due, one at a time: one that takes longer than its interval leaves out those that fall due meanwhile. A
 * poll that fails is made again after a pause whose limit doubles; the pause is anything below it ("full jitter"), so that many
 * clients do not come back at once. Where the server says how long it wants to be left alone, that is the least.
 *
 * What will not heal by itself, such as a wrong password or path, is tried slowly: somebody mends the server, and nobody has to
 * restart the pipeline.
 */
import { slept } from '../../base/clock.ts'
import { changedFailure, Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { Random } from '../../base/random.ts'
import { retryAfter } from '../../client/http/retry-after.ts'
import type { Deliver, SourceContext } from '../source.ts'
import type { Cadence } from './cadence.ts'
import { AnswerError, type Poller } from './poll.ts'

const FIRST_PAUSE_MS: Duration = 1000
const LONGEST_PAUSE_MS: Duration = 60_000
const FIRST_SLOW_PAUSE_MS: Duration = 60_000
const LONGEST_SLOW_PAUSE_MS: Duration = 15 * 60_000
/** A server that asks for a longer pause is asked again after this one. */
const LONGEST_RETRY_AFTER_MS: Duration = 24 * 3_600_000
/** Attempts of a run that ends with its input. */
const TRIES = 5
/** The clock of the wall may be set, and a machine may sleep: a longer wait looks at it again. */
const LONGEST_SLEEP_MS: Duration = 60_000

export type Polling = {
  readonly poller: Poller
  readonly context: SourceContext
  readonly cadence: Cadence
  readonly random: Random
  readonly deliver: Deliver
  /** Called after each poll: whether it succeeded. */
  reach(isReachable: boolean): void
}

/** Polls until the signal is aborted. */
export async function runPolls(polling: Polling): Promise<void> {
  const { context, cadence } = polling
  const { clock, signal } = context
  let hasSaidSlow = false
  let failed = 0
  for (let left = cadence.left; await sleptUntil(left, context); ) {
    const failure = await attempt(polling)
    if (signal.aborted) return
    if (failure !== undefined) {
      const again = clock.elapsed() + pauseAfter(failure, ++failed, polling)
      left = () => again - clock.elapsed()
      continue
    }
    const missed = cadence.next()
    left = cadence.left
    if (missed > 0 && failed === 0 && !hasSaidSlow) {
      hasSaidSlow = true
      const polls = missed === 1 ? 'the next poll' : `the next ${missed} polls`
      context.warn(`a poll was slow: ${polls} fell due meanwhile, and will be left out: is the interval too short?`)
    }
    failed = 0
  }
}

/** One poll, with all of its pages; `missed` takes the Failure where it does not succeed in a few attempts. */
export async function pollOnce(polling: Polling): Promise<void> {
  const { context } = polling
  for (let failed = 0; ; ) {
    if (context.signal.aborted) return
    const failure = await attempt(polling)
    if (failure === undefined || context.signal.aborted) return
    if (!failure.retryable || ++failed === TRIES) {
      context.missed?.(changedFailure(failure, { message: `source ${context.name}: ${failure.message}` }))
      return
    }
    const again = context.clock.elapsed() + pauseAfter(failure, failed, polling)
    await sleptUntil(() => again - context.clock.elapsed(), context)
  }
}

/** The Failure of a poll; undefined where it succeeded, or was stopped. */
async function attempt({ poller, context, deliver, reach }: Polling): Promise<Failure | undefined> {
  try {
    await poller.poll(deliver)
  } catch (error) {
    // An append that failed ends the run.
    if (poller.hasFailedToDeliver()) throw error
    if (context.signal.aborted) return undefined
    if (!(error instanceof Failure)) throw error
    reach(false)
    context.unreachable?.(error)
    return error
  }
  reach(true)
  context.unreachable?.(undefined)
  return undefined
}

function pauseAfter(failure: Failure, failed: number, { context, random }: Polling): Duration {
  const grown = (first: Duration, longest: Duration) => Math.min(longest, first * 2 ** Math.min(failed - 1, 20))
  if (!failure.retryable) {
    const limit = grown(FIRST_SLOW_PAUSE_MS, LONGEST_SLOW_PAUSE_MS)
    return limit / 2 + random.next() * (limit / 2)
  }
  const pause = random.next() * grown(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  const { cause } = failure
  const wanted = cause instanceof AnswerError ? retryAfter(cause.answer.headers, context.clock.now()) : undefined
  return wanted === undefined ? pause : Math.min(wanted, LONGEST_RETRY_AFTER_MS) + pause
}

/** True once nothing is left; false as soon as the signal is aborted. */
async function sleptUntil(left: () => Duration, { clock, signal }: SourceContext): Promise<boolean> {
  for (let wait = left(); wait > 0 && !signal.aborted; wait = left()) {
    await slept(clock, Math.min(wait, LONGEST_SLEEP_MS), signal)
  }
  return !signal.aborted
}
