/** Something happens now and then, and some wait for it. Who has counted before looking around misses nothing. */
import type { Clock } from '../../base/clock.ts'

export type Changes = {
  /** How many there were. */
  count(): number
  happen(): void
  /** Resolves once there were more than so many. */
  after(count: number): Promise<void>
}

export function openChanges(): Changes {
  let happened = 0
  let waiting: (() => void)[] = []
  return {
    count: () => happened,
    happen() {
      happened++
      const woken = waiting
      waiting = []
      for (const resume of woken) resume()
    },
    after: (count) => (happened > count ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

/** Waits for the work, but not longer than so many milliseconds. */
export async function withPatience(work: Promise<unknown>, milliseconds: number, clock: Clock): Promise<void> {
  const done = new AbortController()
  const patience = clock.sleep(milliseconds, done.signal).catch(() => undefined)
  await Promise.race([work, patience]).finally(() => done.abort())
}

/** Resolves when the signal is aborted; rejects where `done` is first. */
export function aborted(signal: AbortSignal, done: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true, signal: done })
    done.addEventListener('abort', () => reject(done.reason), { once: true })
  })
}
