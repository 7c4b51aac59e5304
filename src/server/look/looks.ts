/**
 * Looks at topics, for people. A few looks go on at once, and each has an answer within seconds, also where the bus does
 * not answer. A look that hangs keeps its place until the bus answers again, so that none pile up behind a bus that is away.
 */
import { type Clock, slept } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import type { ServedRun } from '../../run/served/served-run.ts'
import { RequestError } from '../../source/request-error.ts'

/** Looks at the same time. */
const PLACES = 4
/** The time for a look, with its wait for a place. */
const WAIT_MS: Duration = 5000

/** `stop` is aborted when nobody waits for the look any more. */
export type TopicLooks = <Done>(signal: AbortSignal, work: (stop: AbortSignal) => Promise<Done>) => Promise<Done>

const opened = new WeakMap<ServedRun, TopicLooks>()

/** The looks at a run. */
export function looksAt(run: ServedRun): TopicLooks {
  const look = opened.get(run) ?? openLooks(run.clock)
  opened.set(run, look)
  return look
}

/** Rejects with a RequestError (503) where the answer does not come in time. */
export function openLooks(clock: Clock): TopicLooks {
  let free = PLACES
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  const enter = (stop: AbortSignal): Promise<boolean> => {
    if (free > 0) {
      free--
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const entered = () => {
        stop.removeEventListener('abort', gone)
        resolve(true)
      }
      const gone = () => {
        waiting.splice(waiting.indexOf(entered), 1)
        resolve(false)
      }
      waiting.push(entered)
      stop.addEventListener('abort', gone, { once: true })
    })
  }
  return async (signal, work) => {
    const done = new AbortController()
    const stop = AbortSignal.any([signal, done.signal])
    const asked = async () => {
      if (!(await enter(stop))) throw new RequestError(503, 'nobody waits for this look any more')
      try {
        return await work(stop)
      } finally {
        leave()
      }
    }
    const late = slept(clock, WAIT_MS, stop).then((isLate) => {
      throw isLate ? noAnswer() : new RequestError(503, 'nobody waits for this look any more')
    })
    const working = asked()
    working.catch(() => {})
    late.catch(() => {})
    try {
      return await Promise.race([working, late])
    } finally {
      done.abort()
    }
  }
}

const noAnswer = (): RequestError =>
  new RequestError(503, `the bus did not answer within ${WAIT_MS / 1000} s: see what is wrong with it in the status`, {
    'retry-after': '5',
  })
