/** A clock whose sleeps take no time. */
import type { Clock } from './clock.ts'

export type JumpingClock = Clock & { at: number; readonly slept: number[] }

/** Each sleep moves the clock on at once; `slept` keeps their lengths. A test may set `at`. */
export function jumpingClock(): JumpingClock {
  const clock: JumpingClock = {
    at: 0,
    slept: [],
    now: () => clock.at,
    elapsed: () => clock.at,
    async sleep(time) {
      clock.slept.push(time)
      clock.at += time
    },
  }
  return clock
}
