/**
 * A coordinator of a group in memory, with a clock that a test moves: it answers as Kafka's does, and drops members that were
 * silent for a session. A member may be frozen, as by SIGSTOP: nothing that it asks is answered, and its clock goes on.
 */
import type { Clock } from '../../base/clock.ts'
import type { JoinedGroup, MemberNews, Members } from '../../client/kafka/members.ts'

type Known = { told: Uint8Array | undefined; heardAt: number; joined?: (answer: JoinedGroup | MemberNews) => void }

export type SimulatedGroup = {
  readonly clock: Clock
  members(): Members
  /** Moves the time on, in small steps, so that whatever waits for it goes on. */
  pass(ms: number): Promise<void>
}

const STEP_MS = 50

export function simulatedGroup(sessionMs: number): SimulatedGroup {
  let now = 0
  let waiting: { readonly at: number; wake(): void }[] = []
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const one = { at: now + ms, wake: resolve }
        waiting.push(one)
        signal?.addEventListener('abort', () => {
          waiting = waiting.filter((other) => other !== one)
          reject(signal.reason)
        })
      }),
  }
  const known = new Map<string, Known>()
  let generation = 0
  let ids = 0
  /** `joining`: since when all are asked anew; `deciding`: one of them decides; `stable`. */
  let phase: 'joining' | 'deciding' | 'stable' = 'stable'
  const syncs: { id: string; answer(got: Uint8Array | MemberNews): void }[] = []
  let decided = new Map<string, Uint8Array>()

  const askAnew = () => {
    if (phase === 'joining') return
    phase = 'joining'
    for (const { answer } of syncs.splice(0)) answer('again')
  }
  const settle = () => {
    if (phase !== 'joining' || known.size === 0) return
    if ([...known.values()].some(({ joined }) => joined === undefined)) return
    generation++
    phase = 'deciding'
    decided = new Map()
    const all = [...known].map(([id, { told }]) => ({ id, told: told ?? new Uint8Array() }))
    const [leader] = known.keys()
    for (const [id, one] of known) {
      one.heardAt = now
      one.joined?.({ id, generation, members: id === leader ? all : undefined })
      delete one.joined
    }
  }
  const dropSilent = () => {
    for (const [id, { heardAt, joined }] of known) {
      if (joined !== undefined || now - heardAt < sessionMs) continue
      known.delete(id)
      askAnew()
    }
    settle()
  }
  const members = (): Members => ({
    join(id, told) {
      if (id !== '' && !known.has(id)) return Promise.resolve('unknown')
      const own = id === '' ? `member-${ids++}` : id
      const one: Known = { told, heardAt: now }
      known.set(own, one)
      askAnew()
      return new Promise((answer) => {
        one.joined = answer
        settle()
      })
    },
    sync({ id, generation: of }, gets) {
      if (!known.has(id) || of !== generation) return Promise.resolve('unknown')
      if (phase === 'joining') return Promise.resolve('again')
      if (gets.size > 0) {
        decided = new Map(gets)
        phase = 'stable'
        for (const { id: other, answer } of syncs.splice(0)) answer(decided.get(other) ?? new Uint8Array())
      }
      if (phase === 'stable') return Promise.resolve(decided.get(id) ?? new Uint8Array())
      return new Promise((answer) => syncs.push({ id, answer }))
    },
    async heartbeat({ id, generation: of }) {
      const one = known.get(id)
      if (one === undefined || of !== generation) return 'unknown'
      one.heardAt = now
      return phase === 'joining' ? 'again' : 'here'
    },
    async leave(id) {
      known.get(id)?.joined?.('unknown')
      if (known.delete(id)) askAnew()
      settle()
    },
  })
  return {
    clock,
    members,
    async pass(ms) {
      for (const end = now + ms; now < end; ) {
        now += STEP_MS
        dropSilent()
        const due = waiting.filter(({ at }) => at <= now)
        waiting = waiting.filter(({ at }) => at > now)
        for (const { wake } of due) wake()
        for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
      }
    },
  }
}
