/**
 * Waiting for what is expected to pass: a broker that restarts, an election. Pauses grow, and their lengths vary by chance, so
 * that not all parts that wait come back at the same moment. One message says that something waits and for what, and another
 * one that it goes on.
 */
import { type Clock, slept } from '../base/clock.ts'
import type { Failure } from '../base/failure.ts'
import type { Random } from '../base/random.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000
/** A trouble that is over sooner is not worth a message: the election of a leader is a matter of course. */
const SAY_AFTER_MS = 1000
/** How long a trouble may last once somebody waits for the end: an election has time, a broker that is gone has not. */
const LAST_PAUSES_MS = 5000

/** One thing that waits. */
export type Patience = {
  /** Pauses after a failure. False: waiting longer is of no use, as the client is closed or somebody waits for the end. */
  pause(failure: Failure): Promise<boolean>
  /** It has worked: the next failure begins a new trouble. */
  over(): void
  /** It waits no more, though it has not worked. */
  end(): void
  /** How long the present trouble has lasted, in ms; 0 where there is none. */
  lasts(): number
}

export type Patiences = {
  open(): Patience
  /** What is waited for at present, in words. */
  troubles(): readonly string[]
}

type PatienceOptions = {
  readonly clock: Clock
  readonly random: Random
  readonly closed: AbortSignal
  /** Once aborted, somebody waits for the end. */
  readonly giveUp?: AbortSignal | undefined
  /** What is waited for, in front of each message; Kafka by default. */
  readonly of?: string
  warn(message: string): void
}

/** Patience of all parts of a client. Those that wait for the same thing are reported once. */
export function openPatiences({ clock, random, closed, giveUp, of = 'Kafka', warn }: PatienceOptions): Patiences {
  const said = new Map<string, { readonly since: number; readonly waiting: Set<Patience> }>()
  const leave = (patience: Patience, works: boolean): void => {
    const over = [...said].filter(([, { waiting }]) => waiting.delete(patience) && waiting.size === 0)
    for (const [message] of over) said.delete(message)
    if (!works || over.length === 0) return
    const since = Math.min(...over.map(([, one]) => one.since))
    const reasons = over.map(([message]) => message).join('; ')
    warn(`${of}: goes on after ${Math.round((clock.elapsed() - since) / 1000)} s: it had waited because ${reasons}`)
  }
  // What is said stays said until it works: brokers that are asked in turn would otherwise be reported again and again.
  const say = (patience: Patience, { message, hint }: Failure, since: number): void => {
    const known = said.get(message)
    if (known !== undefined) return void known.waiting.add(patience)
    said.set(message, { since, waiting: new Set([patience]) })
    warn(`${of}: waits and tries again, because ${message}${hint === undefined ? '' : ` (${hint})`}`)
  }
  // Near the end, parts come one after the other: what one has waited for in vain, the next one does not wait for anew.
  let isGivenUp = false
  return {
    open() {
      let tries = 0
      let since: number | undefined
      const end = (works: boolean): void => {
        if (since === undefined) return
        tries = 0
        since = undefined
        leave(patience, works)
      }
      const patience: Patience = {
        async pause(failure) {
          since ??= clock.elapsed()
          if (isGivenUp) return false
          if (clock.elapsed() - since >= SAY_AFTER_MS && !closed.aborted) say(patience, failure, since)
          const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries++, 10))
          const isOpen = await slept(clock, longest * (0.5 + random.next() / 2), closed)
          isGivenUp ||= giveUp?.aborted === true && clock.elapsed() - since > LAST_PAUSES_MS
          return isOpen && !isGivenUp
        },
        over() {
          isGivenUp = false
          end(true)
        },
        end: () => end(false),
        lasts: () => (since === undefined ? 0 : clock.elapsed() - since),
      }
      return patience
    },
    troubles: () => [...said.keys()],
  }
}
