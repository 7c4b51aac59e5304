import { expect, test } from 'vitest'
import type { Members } from '../../client/kafka/members.ts'
import { holdingText, joinHoldings, withoutHolding } from './assign.ts'
import { openMembership } from './membership.ts'
import { type SimulatedGroup, simulatedGroup } from './simulated-group.test-tool.ts'
import type { Decided, Holding, SharedPart } from './told.ts'

const SESSION_MS = 10_000
const PARTS: readonly SharedPart[] = [{ name: 'queries' }, { name: 'source s' }, { name: 'sink k', partitions: 4 }]

type Process = {
  holds(): string
  lostAt(): number | undefined
  /** Nothing that it asks is answered any more. */
  freeze(): void
  thaw(): void
  leave(): Promise<void>
  waits(): string | undefined
}

/** A process that lets go and takes over at once. */
function start(group: SimulatedGroup, host: string, file = 'one'): Process {
  const stop = new AbortController()
  let holding: Holding = {}
  let frozen: PromiseWithResolvers<void> | undefined
  let lost: number | undefined
  let latest: Decided | undefined
  let self = ''
  const real = group.members()
  const answered = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    const got = await answer
    await frozen?.promise
    return got
  }
  const members: Members = {
    join: async (...asked) => answered(frozen?.promise.then(() => real.join(...asked)) ?? real.join(...asked)),
    sync: async (...asked) => answered(frozen?.promise.then(() => real.sync(...asked)) ?? real.sync(...asked)),
    heartbeat: async (...asked) =>
      answered(frozen?.promise.then(() => real.heartbeat(...asked)) ?? real.heartbeat(...asked)),
    leave: real.leave,
  }
  const membership = openMembership({
    members,
    clock: group.clock,
    sessionMs: SESSION_MS,
    told: () => ({ host, pid: 1, version: '1', since: '', file, parts: PARTS, holds: holding }),
    known: () => undefined,
    decided(decided, id) {
      latest = decided
      self = id
      const mine = decided.members.find((one) => one.id === id)?.holds ?? {}
      const lets = withoutHolding(holding, mine)
      holding = joinHoldings(mine, {}, 'either')
      if (Object.keys(lets).length > 0) membership.changed()
    },
    lost() {
      lost = group.clock.elapsed()
      holding = {}
    },
    stop: stop.signal,
  })
  void membership.run()
  return {
    holds: () => holdingText(holding),
    lostAt: () => lost,
    freeze: () => {
      frozen = Promise.withResolvers()
    },
    thaw() {
      frozen?.resolve()
      frozen = undefined
    },
    async leave() {
      holding = {}
      stop.abort()
      await membership.leave()
    },
    waits: () => latest?.members.find(({ id }) => id === self)?.waits,
  }
}

const ALL = 'queries, source s, sink k (partitions 0, 1, 2, 3)'

test('one process has all; a second one gets its share; the first that leaves cleanly is followed at once', async () => {
  const group = simulatedGroup(SESSION_MS)
  const first = start(group, 'a')
  await group.pass(100)
  expect(first.holds()).toBe(ALL)
  const second = start(group, 'b')
  await group.pass(3000)
  expect([first.holds(), second.holds()]).toEqual([
    'queries, source s, sink k (partitions 0, 1)',
    'sink k (partitions 2, 3)',
  ])
  await first.leave()
  await group.pass(1500)
  expect(second.holds()).toBe(ALL)
})

test('a process that is killed is followed after a session', async () => {
  const group = simulatedGroup(SESSION_MS)
  const first = start(group, 'a')
  await group.pass(100)
  const second = start(group, 'b')
  await group.pass(3000)
  first.freeze()
  await group.pass(SESSION_MS - 2000)
  expect(second.holds()).toBe('sink k (partitions 2, 3)')
  await group.pass(5000)
  expect(second.holds()).toBe(ALL)
})

test('a process that hears nothing knows that its parts are gone before others get them', async () => {
  const group = simulatedGroup(SESSION_MS)
  const first = start(group, 'a')
  await group.pass(100)
  const second = start(group, 'b')
  await group.pass(3000)
  const before = group.clock.elapsed()
  first.freeze()
  let takenAt: number | undefined
  while (takenAt === undefined) {
    await group.pass(50)
    if (second.holds() === ALL) takenAt = group.clock.elapsed()
  }
  expect(first.lostAt()).toBeGreaterThan(before)
  expect(first.lostAt()).toBeLessThan(takenAt)
})

test('a process with another file waits, and takes over when the others have left', async () => {
  const group = simulatedGroup(SESSION_MS)
  const first = start(group, 'a')
  await group.pass(100)
  const changed = start(group, 'b', 'two')
  await group.pass(3000)
  expect([first.holds(), changed.holds()]).toEqual([ALL, ''])
  expect(changed.waits()).toContain('its pipeline file is another one')
  await first.leave()
  await group.pass(1500)
  expect(changed.holds()).toBe(ALL)
})
