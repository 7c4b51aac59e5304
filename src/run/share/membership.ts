/**
 * A process as a member of the group that shares a pipeline: it joins, says what it holds, hears what was decided, and says all
 * the time that it is there.
 *
 *   join ─▶ (decide, where it is asked to) ─▶ sync ─▶ heartbeats … ─▶ asked anew ─▶ join
 *
 * Parts stay at work meanwhile. Law: what it holds is its own for as long as the coordinator has heard of it within the session.
 * The time is counted here from when a heartbeat was sent that was answered, on a clock that goes on while the process is
 * stopped (SIGSTOP), and less than the session; so this process knows that its parts are gone before others get them.
 */
import { once } from 'node:events'
import { type Clock, slept } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import type { JoinedGroup, MemberNews, Members, Membership } from '../../client/kafka/members.ts'
import { assign } from './assign.ts'
import { type Decided, decodeTold, encodeTold, type MemberSays } from './told.ts'

/** Heartbeats in a session. */
const BEATS = 8
/** This part of a session without an answer is its end. */
const SAFE = 0.8

export type MembershipOptions = {
  readonly members: Members
  readonly clock: Clock
  readonly sessionMs: Duration
  /** What this process says of itself at the moment. */
  told(): MemberSays
  /** Called with what the coordinator calls this process, before it is a member that counts. */
  known(id: string): void
  /** Called with each decision, and with the id of this process in it. */
  decided(decided: Decided, id: string): void
  /** Called once, when what this process holds may be another's, with the reason in words. */
  lost(why: string): void
  /** Aborted when it stops being a member. */
  readonly stop: AbortSignal
}

export type GroupMembership = {
  /** Resolves after `stop`. Rejects with a Failure where the coordinator refuses this process. */
  run(): Promise<void>
  /** What this process holds has changed: all are asked anew. */
  changed(): void
  /** Whether what it holds is still its own. */
  isSafe(): boolean
  /** Lets the others have what it held, at once. */
  leave(): Promise<void>
}

/** What each member gets, where this one decides: all get the same. */
function decisionOf({ members = [] }: JoinedGroup): ReadonlyMap<string, Uint8Array> {
  const all = members.map(({ id, told }) => ({ ...decodeTold<MemberSays>(told), id }))
  const decided = encodeTold(assign(all))
  return new Map(all.map(({ id }) => [id, decided]))
}

const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort')
}

/** A process that is no member yet. */
export function openMembership(options: MembershipOptions): GroupMembership {
  const { members, clock, sessionMs, told, stop } = options
  let membership: Membership = { id: '', generation: -1 }
  let isJoining = true
  let isLost = false
  /** When the last request was sent that was answered. */
  let heardAt = Number.NEGATIVE_INFINITY
  let asked = new AbortController()
  const ask = () => asked.abort()
  const isSafe = () => !isLost && clock.elapsed() - heardAt < sessionMs * SAFE
  const lose = (why: string) => {
    if (!isLost) options.lost(why)
    isLost = true
  }

  /** Says that it is there, until the end. */
  const beat = async (): Promise<void> => {
    while (await slept(clock, sessionMs / BEATS, stop)) {
      const asWho = membership
      if (asWho.generation < 0) continue
      const sentAt = clock.elapsed()
      const news = await members.heartbeat(asWho)
      if (news !== 'unknown') heardAt = Math.max(heardAt, sentAt)
      // An answer that was on its way while this process joined anew is about the time before.
      if (news === 'again' || (news === 'unknown' && asWho === membership && !isJoining)) ask()
    }
  }
  const watch = async (): Promise<void> => {
    while (await slept(clock, sessionMs / BEATS / 2, stop)) {
      if (membership.generation >= 0 && !isSafe()) lose(`nothing was heard from Kafka for ${sessionMs * SAFE} ms`)
    }
  }
  /** Joins once. */
  const takePart = async (): Promise<MemberNews | undefined> => {
    asked = new AbortController()
    isJoining = true
    const joined = await members.join(membership.id, encodeTold(told()))
    if (typeof joined === 'string') return joined
    if (membership.id !== joined.id) options.known(joined.id)
    // The coordinator answers when all have joined: from then on it counts anew.
    if (membership.generation < 0) heardAt = clock.elapsed()
    membership = { id: joined.id, generation: joined.generation }
    const got = await members.sync(membership, decisionOf(joined))
    if (typeof got === 'string') return got
    isJoining = false
    if (!isLost && !stop.aborted) options.decided(decodeTold<Decided>(got), membership.id)
    return undefined
  }
  const takeParts = async (): Promise<void> => {
    while (!stop.aborted && !isLost) {
      const news = await takePart()
      if (news === undefined) await aborted(AbortSignal.any([asked.signal, stop]))
      if (news !== 'unknown') continue
      if (Object.keys(told().holds).length > 0)
        lose('the others have taken over: Kafka does not know this process any more')
      membership = { id: '', generation: -1 }
    }
  }
  return {
    async run() {
      await Promise.all([takeParts(), beat(), watch()])
    },
    changed: ask,
    isSafe,
    async leave() {
      if (membership.id !== '') await members.leave(membership.id)
    },
  }
}
