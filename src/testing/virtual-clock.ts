/**
 * The clock of a test: time moves only when it is told to, in jumps of any length. Those that look again and again, such as the
 * clocks of topics, look once a jump: many looks would show them the same.
 */
import type { Clock } from '../base/clock.ts'
import type { EventTime } from '../base/quantity.ts'

export type VirtualClock = Clock & {
  /**
   * Moves on to an instant; after each jump `settle` lets everything happen that is due. `stops`: instants on the way, in order,
   * at which something is due that must not be passed.
   */
  goTo(instant: EventTime, stops: Iterable<EventTime>, settle: () => Promise<void>): Promise<void>
}

/** The jumps of a wait, besides those to its stops. */
const JUMPS = 40
/** Nobody that looks again and again sleeps for longer. */
const SHORTEST_JUMP_MS = 1000

/** A clock that stands at `start`, ms since 1970. */
export function openVirtualClock(start: EventTime): VirtualClock {
  let now = start
  const sleepers = new Set<{ readonly until: EventTime; wake(): void }>()
  const jump = (to: EventTime) => {
    now = to
    for (const sleeper of [...sleepers].sort((a, b) => a.until - b.until)) if (sleeper.until <= now) sleeper.wake()
  }
  return {
    isVirtual: true,
    now: () => now,
    elapsed: () => now - start,
    sleep: (time, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const end = () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', stop)
        }
        const stop = () => {
          end()
          reject(signal?.reason)
        }
        const wake = () => {
          end()
          resolve()
        }
        const sleeper = { until: now + Math.max(0, time), wake }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', stop, { once: true })
      }),
    async goTo(instant, stops, settle) {
      const step = Math.max(SHORTEST_JUMP_MS, Math.ceil((instant - now) / JUMPS))
      const jumpTo = async (to: EventTime) => {
        while (now < to) {
          // A last jump that is too short would find sleepers that look again a little later.
          jump(to - now < step + SHORTEST_JUMP_MS ? to : now + step)
          await settle()
        }
      }
      for (const stop of stops) {
        if (stop > instant) break
        await jumpTo(stop)
      }
      await jumpTo(instant)
    },
  }
}
