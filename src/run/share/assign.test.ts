import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assign, holdingText, joinHoldings, withoutHolding } from './assign.ts'
import type { Decided, Holding, SharedPart, ToldMember } from './told.ts'

const HOSTS = ['a', 'b', 'c'] as const

const parts = fc
  .record({
    sources: fc.nat(4),
    bound: fc.array(fc.constantFrom(...HOSTS, 'elsewhere'), { maxLength: 3 }),
    sinks: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
  })
  .map(({ sources, bound, sinks }): readonly SharedPart[] => [
    { name: 'queries' },
    ...Array.from({ length: sources }, (_, i) => ({ name: `source s${i}` })),
    ...bound.map((on, i) => ({ name: `source f${i}`, on })),
    ...sinks.map((partitions, i) => ({ name: `sink k${i}`, partitions })),
  ])

const member = (id: string, host: string, of: readonly SharedPart[], holds: Holding = {}): ToldMember => {
  return { id, host, pid: 1, version: '1', since: '', file: 'one', parts: of, holds }
}

const hosts = fc.array(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 6 })

const unitsOf = (holding: Holding): string[] =>
  Object.entries(holding).flatMap(([part, of]) => (of === true ? [part] : of.map((one) => `${part}/${one}`)))

const allUnits = (of: readonly SharedPart[]): string[] =>
  of.flatMap(({ name, partitions }) =>
    partitions === undefined ? [name] : Array.from({ length: partitions }, (_, i) => `${name}/${i}`),
  )

/** Goes on until nothing moves, as processes do. */
function settle(members: readonly ToldMember[]): { decided: Decided; rounds: number; members: readonly ToldMember[] } {
  let now = members
  for (let rounds = 1; ; rounds++) {
    const decided = assign(now)
    const held = (id: string) => decided.members.find((one) => one.id === id)?.holds ?? {}
    const next = now.map((one) => ({ ...one, holds: held(one.id) }))
    const moved = now.some((one) => unitsOf(withoutHolding(one.holds, held(one.id))).length > 0)
    if (!moved) return { decided, rounds, members: next }
    now = next
  }
}

const started = fc.record({ parts, hosts }).map(({ parts: of, hosts: on }) => ({
  of,
  members: on.map((host, i) => member(`m${i}`, host, of)),
}))

test('every part has exactly one owner that may have it, or waits', () => {
  fc.assert(
    fc.property(started, ({ of, members }) => {
      const { decided } = settle(members)
      const owned = decided.members.flatMap(({ holds }) => unitsOf(holds))
      const waiting = decided.waiting.map(({ part }) => part)
      expect([...owned, ...waiting].sort()).toEqual(allUnits(of).sort())
      for (const { host, holds } of decided.members) {
        for (const name of Object.keys(holds)) {
          const part = of.find((one) => one.name === name)
          expect(part?.on ?? host).toBe(host)
        }
      }
    }),
  )
})

test('the partitions of each sink are divided evenly', () => {
  fc.assert(
    fc.property(started, ({ of, members }) => {
      const { decided } = settle(members)
      for (const { name } of of.filter(({ partitions }) => partitions !== undefined)) {
        const counts = decided.members.map(({ holds }) => unitsOf({ [name]: holds[name] ?? [] }).length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }
    }),
  )
})

test('no part is ever given while another process holds it, as processes come and go', () => {
  const steps = fc.array(fc.record({ goes: fc.nat(5), comes: fc.constantFrom(...HOSTS) }), { maxLength: 6 })
  fc.assert(
    fc.property(started, steps, ({ of, members }, changes) => {
      let now: readonly ToldMember[] = members
      for (const [i, { goes, comes }] of changes.entries()) {
        // One round only: some of what moves is still held by others.
        const decided = assign(now)
        for (const { id, holds } of decided.members) {
          const others = now.filter((one) => one.id !== id)
          for (const other of others) expect(unitsOf(joinHoldings(holds, other.holds, 'both'))).toEqual([])
        }
        const next = now.map((one) => ({
          ...one,
          holds: decided.members.find(({ id }) => id === one.id)?.holds ?? {},
        }))
        now = [...next.filter((_, index) => index !== goes), member(`n${i}`, comes, of)]
      }
    }),
  )
})

test('as few parts as possible move: none where nobody comes or goes, and of those that stay only what the new one gets', () => {
  fc.assert(
    fc.property(started, fc.constantFrom(...HOSTS), ({ of, members }, host) => {
      const before = settle(members)
      const again = settle(before.members)
      expect(again.rounds).toBe(1)
      expect(again.decided).toEqual(assign(before.members))
      const joined = settle([...before.members, member('new', host, of)])
      const gained = unitsOf(joined.decided.members.find(({ id }) => id === 'new')?.holds ?? {})
      const wasWaiting = before.decided.waiting.map(({ part }) => part)
      const lost = before.members.flatMap(({ id, holds }) =>
        unitsOf(withoutHolding(holds, joined.decided.members.find((one) => one.id === id)?.holds ?? {})),
      )
      expect(lost.sort()).toEqual(gained.filter((unit) => !wasWaiting.includes(unit)).sort())
      // Where a process dies, the others keep what they have.
      const [, ...rest] = before.members
      for (const { id, holds } of assign(rest).members) {
        const had = before.members.find((one) => one.id === id)?.holds ?? {}
        expect(unitsOf(withoutHolding(had, holds))).toEqual([])
      }
    }),
  )
})

test('a process with another pipeline file waits until those that hold parts have ended', () => {
  const of: readonly SharedPart[] = [{ name: 'queries' }, { name: 'sink k', partitions: 4 }]
  const old = { ...member('a1', 'a', of), holds: { queries: true, 'sink k': [0, 1, 2, 3] } as Holding }
  const changed = { ...member('b1', 'b', [...of, { name: 'source s' }]), file: 'two' }
  const during = assign([old, changed])
  expect(during.members.map(({ host, holds, waits }) => [host, holdingText(holds), waits])).toEqual([
    ['a', 'queries, sink k (partitions 0, 1, 2, 3)', undefined],
    ['b', '', 'its pipeline file is another one than that of 1 process (a); it takes over when they have ended'],
  ])
  expect(assign([changed]).members[0]?.holds).toEqual({ queries: true, 'source s': true, 'sink k': [0, 1, 2, 3] })
})

test('a part of a host without a process waits, in words', () => {
  const { waiting } = assign([member('m', 'a', [{ name: 'source logs', on: 'web1' }])])
  expect(waiting).toEqual([{ part: 'source logs', why: 'no process runs on host web1' }])
})
