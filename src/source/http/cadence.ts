/** When polls are due: at an interval from the start on, or by a schedule in local time. */
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { openSchedule } from '../../base/schedule.ts'
import type { HttpSourceOptions } from './options.ts'

export type Cadence = {
  /** How long until the poll that is due next, as of now; infinite: there is none. */
  left(): Duration
  /** Goes on to the next one, and says how many fell due before now: a poll took long, or the machine slept. */
  next(): number
}

type Surroundings = {
  readonly clock: Clock
  readonly timezone: string
  /** When the last answer that was kept was asked for, ms since 1970; 0: never. */
  readonly lastAt: number
}

/** Polls are due on a fixed grid: one that comes late does not shift the others. */
export function openCadence({ every, at = '' }: HttpSourceOptions, around: Surroundings): Cadence {
  return every === undefined ? bySchedule(at, around) : steadily(every, around)
}

function steadily(every: Duration, { clock }: Surroundings): Cadence {
  const began = clock.elapsed()
  let due = 0
  return {
    left: () => began + due * every - clock.elapsed(),
    next() {
      const before = due
      due = Math.max(before, Math.floor((clock.elapsed() - began) / every)) + 1
      return due - before - 1
    },
  }
}

function bySchedule(text: string, { clock, timezone, lastAt }: Surroundings): Cadence {
  const schedule = openSchedule(text, timezone)
  const after = (time: number) => schedule.after(time) ?? Number.POSITIVE_INFINITY
  // What fell due while nothing ran is made up for, once: a report of the day may need the answer of the night.
  const missed = lastAt > 0 ? schedule.lastBefore(clock.now()) : undefined
  let due = missed !== undefined && missed > lastAt ? missed : after(clock.now())
  return {
    left: () => due - clock.now(),
    next() {
      const now = clock.now()
      let count = -1
      for (let time = due; time <= now && count < MOST_COUNTED; time = after(time)) count++
      // A clock that was set back must not bring a time a second time.
      due = after(Math.max(due, now))
      return Math.max(0, count)
    },
  }
}

const MOST_COUNTED = 1000
