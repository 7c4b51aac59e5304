/**
 * Which sources cannot reach what they read from, and since when. A source says it as often as it tries; a person hears it
 * once when it begins and once when it is over. `status` shows it, and the built-in alert `unreachable` listens.
 */
import type { Clock } from '../base/clock.ts'
import type { Failure } from '../base/failure.ts'
import { roundSpan } from '../base/units.ts'

/** Why a source cannot be reached, by its last attempt, and since when, ms since 1970. */
export type Unreachable = { readonly text: string; readonly since: number }

/** Called with each change: what is so now, or undefined once the source can be reached again, or is gone. */
export type ReachListener = (source: string, now: Unreachable | undefined) => void

export type Reach = {
  /** Notes what a source says of its outside. The text to tell a person, if there is something new. */
  note(source: string, failure: Failure | undefined): string | undefined
  /** A source that is no longer there is not unreachable. */
  forget(source: string): void
  /** Puts back what was so when an earlier run ended: the source says next whether it still is. Nobody hears of it. */
  restore(source: string, was: Unreachable): void
  of(source: string): Unreachable | undefined
  /** Hears of each beginning and end from now on, until it is disposed of; the reason of a later attempt is no change. */
  listen(listener: ReachListener): Disposable
}

/** No source has said anything yet. */
export function openReach(clock: Clock): Reach {
  const unreachable = new Map<string, Unreachable>()
  const listeners = new Set<ReachListener>()
  const tell = (source: string) => {
    for (const listener of listeners) listener(source, unreachable.get(source))
  }
  const end = (source: string) => {
    const before = unreachable.get(source)
    if (unreachable.delete(source)) tell(source)
    return before
  }
  return {
    note(source, failure) {
      if (failure === undefined) {
        const before = end(source)
        return before && `it can be read again, after ${roundSpan(clock.now() - before.since)}`
      }
      const { message, hint } = failure
      const before = unreachable.get(source)
      unreachable.set(source, { text: message, since: before?.since ?? clock.now() })
      if (before !== undefined) return undefined
      tell(source)
      return `${message}${hint === undefined ? '' : ` (${hint})`}; it is tried again until that works`
    },
    forget: end,
    restore: (source, was) => void unreachable.set(source, was),
    of: (source) => unreachable.get(source),
    listen(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}
