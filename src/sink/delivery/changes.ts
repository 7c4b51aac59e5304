/** Changes that others wait for. A waiter that reads `count` before it looks at the state misses none. */
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'

export type Changes = {
  /** How many changes there were. */
  count(): number
  happen(): void
  /** Resolves once there were more than `count`. */
  after(count: number): Promise<void>
}

/** Changes of one thing; none so far. */
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

/** Waits for the work, but at most for `patience`. */
export async function withPatience(work: Promise<unknown>, patience: Duration, clock: Clock): Promise<void> {
  const done = new AbortController()
  const over = clock.sleep(patience, done.signal).catch(() => undefined)
  await Promise.race([work, over]).finally(() => done.abort())
}
