/** The only file that reads the time, so that a test can set it. */
import type { Duration } from './quantity.ts'

export type Clock = {
  /** Whether time moves only when it is told to, in jumps: then nobody was slow, and time that has passed was watched. */
  readonly isVirtual?: true
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Time since an arbitrary start; never goes back. */
  elapsed(): Duration
  /** Resolves after the time; rejects with the signal's reason if it is aborted first. */
  sleep(time: Duration, signal?: AbortSignal): Promise<void>
}

/** True after the time; false as soon as the signal is aborted. */
export const slept = (clock: Clock, time: Duration, signal: AbortSignal): Promise<boolean> =>
  clock.sleep(time, signal).then(
    () => true,
    () => false,
  )

/** Does the work again and again, each time after `time`, until it is disposed of; no work goes on then. */
export function every(clock: Clock, time: Duration, work: () => void): AsyncDisposable {
  const done = new AbortController()
  const working = (async () => {
    while (await slept(clock, time, done.signal)) work()
  })()
  return {
    async [Symbol.asyncDispose]() {
      done.abort()
      await working
    },
  }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep(time, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, time)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', stop, { once: true })
    })
  },
}
