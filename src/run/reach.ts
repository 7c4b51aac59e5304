/**
 * Which sources cannot reach what they read from, and since when. A source says it as often as it tries; a person hears it
 * once when it begins and once when it is over. `status` shows it, and the built-in alert `unreachable` listens.
 */
import type { Clock } from '../base/clock.ts'
import type { Failure } from '../base/failure.ts'
import { roundSpan } from '../base/units.ts'

/** Why a source cannot be reached, by its last attempt; since when, ms since 1970; and how many attempts have failed since. */
export type Unreachable = { readonly text: string; readonly since: number; readonly attempts: number }

/**
 * Called with each beginning and end: what is so now; undefined once the source can be reached again; `gone` where it is closed,
 * as the run ends or a reload has changed it, and nobody knows any more.
 */
export type ReachListener = (source: string, now: Unreachable | 'gone' | undefined) => void

export type Reach = {
  /** Notes what a source says of its outside. The text to tell a person, if there is something new. */
  note(source: string, failure: Failure | undefined): string | undefined
  /** A source that is closed is not unreachable. */
  forget(source: string): void
  /** Puts back what was so when an earlier run ended: the source says next whether it still is. Nobody hears of it. */
  restore(source: string, was: Unreachable): void
  of(source: string): Unreachable | undefined
  /** Hears of each beginning and end from now on, until it is disposed of; another attempt that fails is no change. */
  listen(listener: ReachListener): Disposable
}

/** No source has said anything yet. */
export function openReach(clock: Clock): Reach {
  const unreachable = new Map<string, Unreachable>()
  const listeners = new Set<ReachListener>()
  const tell: ReachListener = (source, now) => {
    for (const listener of listeners) listener(source, now)
  }
  const end = (source: string, now: 'gone' | undefined) => {
    const before = unreachable.get(source)
    if (unreachable.delete(source)) tell(source, now)
    return before
  }
  return {
    note(source, failure) {
      if (failure === undefined) {
        const before = end(source, undefined)
        return before && `it can be read again, after ${roundSpan(clock.now() - before.since)}`
      }
      const { message, hint } = failure
      const before = unreachable.get(source)
      const now = { text: message, since: before?.since ?? clock.now(), attempts: (before?.attempts ?? 0) + 1 }
      unreachable.set(source, now)
      if (before !== undefined) return undefined
      tell(source, now)
      return `${message}${hint === undefined ? '' : ` (${hint})`}; it is tried again until that works`
    },
    forget: (source) => void end(source, 'gone'),
    restore: (source, was) => void unreachable.set(source, was),
    of: (source) => unreachable.get(source),
    listen(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}
