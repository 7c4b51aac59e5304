import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { Failure } from '../base/failure.ts'
import { temporaryFolder } from '../data/data-folder.test-tool.ts'
import type { Lasting } from '../sink/sink.ts'
import { joinTopic, toldIn, toldUpTo } from './journal.ts'
import type { Notification } from './notifier.ts'
import {
  deliveryOf,
  HOUR,
  impatient,
  Killed,
  look,
  type Row,
  receiver,
  row,
  START,
  shown,
} from './telling.test-tool.ts'

test('keys that fire at once are one notification, and those that are resolved another; a long list is cut in the text', async () => {
  using folder = temporaryFolder()
  const { got, open } = receiver({ scratch: folder.path })
  await using sink = await open()
  const many = Array.from({ length: 30 }, (_, i) => row('firing', `c${i}`))
  await sink.write(deliveryOf([...many, row('resolved', 'old')], 0))
  await sink.write(deliveryOf([row('resolved', 'c0'), row('firing', 'x'), row('resolved', 'x')], 31))
  expect(got.map(({ state, count, title }) => [state, count, title])).toEqual([
    ['firing', 30, 'critical: high fires for 30 keys'],
    ['resolved', 1, 'critical: high is resolved'],
    ['firing', 1, 'critical: high fires'],
    ['resolved', 1, 'critical: high is resolved'],
    ['resolved', 1, 'critical: high is resolved'],
  ])
  expect(got[0]?.text.split('\n')).toEqual([...many.slice(0, 20).map(({ id }) => `${id} fails`), '… and 10 others'])
  expect(got[0]?.keys).toHaveLength(30)
  expect(got[0]?.keys[0]).toEqual({
    id: 'c0',
    since: '2026-01-01T00:00:00.000Z',
    at: '2026-01-01T00:00:00.000Z',
    message: 'c0 fails',
    key: { country: 'c0' },
    row: { country: 'c0', n: 1 },
  })
  expect(sink.account().heard.filter(({ state }) => state === 'firing')).toHaveLength(29)
})

test('what was old when it was found is told to nobody, nor its end; what had to wait is told', async () => {
  using folder = temporaryFolder()
  const { got, said, open, clock } = receiver({ scratch: folder.path })
  await using sink = await open()
  const old = { at: START - 2 * HOUR, found: START }
  // It was found in time and then waited for hours, as a notifier failed.
  clock.advance(5 * HOUR)
  const rows = [
    row('firing', 'a', old),
    row('firing', 'b'),
    row('resolved', 'a', { ...old, found: START }),
    row('resolved', 'b', old),
  ]
  await sink.write(deliveryOf(rows, 0))
  expect(shown(got)).toEqual(['firing b', 'resolved b'])
  expect(said).toEqual([
    'it fired more than 1h before it was found (max_age): nobody hears that, unless it still fires when the log has come to the present',
  ])
  expect(sink.account().heard).toEqual([
    { id: 'a', state: 'resolved', at: clock.now(), why: 'old' },
    { id: 'b', state: 'resolved', at: clock.now(), why: 'told' },
  ])
  // A year of old logs is one step.
  const flapping = Array.from({ length: 500 }, (_, i) =>
    row(i % 2 === 0 ? 'firing' : 'resolved', 'a', { ...old, id: `a${i >> 1}` }),
  )
  await sink.write(deliveryOf(flapping, 4))
  expect(got).toHaveLength(2)
})

test('what was old is told when the log has come to the present, if it still fires', async () => {
  using folder = temporaryFolder()
  let now: Lasting | undefined
  const { got, open, clock } = receiver({ scratch: folder.path, lasting: () => now })
  const old = { at: START - 2 * HOUR, found: START }
  const rows = ['over', 'lasts', 'ends'].map((country) => row('firing', country, old))
  const first = await open()
  await first.write(deliveryOf(rows, 0))
  // The log is still an old one, whatever fires in it. Then it has come to the present, and an end is still on its way here.
  const ids = () => new Set(['lasts', 'ends'])
  await look(clock, () => false)
  now = { reached: START - 2 * HOUR, ids }
  await look(clock, () => false)
  expect(got).toEqual([])
  await first[Symbol.asyncDispose]()
  await using next = await open()
  now = { reached: START - HOUR / 2, ids }
  await look(clock, () => next.account().heard.some(({ why }) => why === 'told'))
  expect(shown(got)).toEqual(['firing lasts,ends'])
  await look(clock, () => false)
  const ends = ['over', 'ends'].map((country) => row('resolved', country))
  await next.write(deliveryOf(ends, 3))
  expect(shown(got)).toEqual(['firing lasts,ends', 'resolved ends'])
})

test('a notifier that comes later hears of nothing that was before, nor of its end; how it was heard survives a restart', async () => {
  using folder = temporaryFolder()
  await joinTopic(nodeDisk, folder.path, { 0: 2 }, START)
  const { got, open } = receiver({ scratch: folder.path })
  const sink = await open()
  const rows = [row('firing', 'old'), row('firing', 'gone'), row('resolved', 'gone'), row('firing', 'new')]
  await sink.write(deliveryOf(rows, 0))
  await sink.write(deliveryOf([row('reminder', 'long'), row('resolved', 'old')], 4))
  await sink.write(deliveryOf([row('resolved', 'new'), row('resolved', 'long')], 6))
  expect(shown(got)).toEqual(['firing new', 'reminder long', 'resolved new,long'])
  await sink[Symbol.asyncDispose]()
  const { joined, heard } = toldIn(nodeDisk, folder.path)
  expect([joined, heard.map(({ id, state, why }) => `${state} ${id} ${why}`)]).toEqual([
    START,
    ['resolved gone new', 'resolved old new', 'resolved new told', 'resolved long told'],
  ])
  // One that was there from the beginning begins at the beginning, and once it is there it stays where it is.
  using other = temporaryFolder()
  await joinTopic(nodeDisk, other.path, { 0: 0 }, START)
  await joinTopic(nodeDisk, other.path, { 0: 7 }, START)
  expect([toldUpTo(nodeDisk, other.path), toldIn(nodeDisk, other.path).joined]).toEqual([{ 0: 0 }, undefined])
})

test('what is silenced is told when the silence ends, if it still fires; the end of what was told is told in any case', async () => {
  using folder = temporaryFolder()
  const { got, open, clock, silences } = receiver({ scratch: folder.path })
  const sink = await open()
  await sink.write(deliveryOf([row('firing', 'told')], 0))
  await silences.add({ alert: 'high', key: { country: 'DE' }, until: START + HOUR })
  await silences.add({ alert: 'high', key: { country: 'told' }, until: START + HOUR })
  await silences.add({ alert: 'other', key: {}, until: START + 9 * HOUR })
  await sink.write(deliveryOf([row('firing', 'DE'), row('firing', 'FR'), row('firing', 'DE', { id: 'DE2' })], 1))
  await sink.write(deliveryOf([row('resolved', 'DE', { id: 'DE2' }), row('resolved', 'told')], 4))
  expect(shown(got)).toEqual(['firing told', 'firing FR', 'resolved told'])
  await sink[Symbol.asyncDispose]()
  // A restart forgets neither the silence nor what it hid.
  const again = receiver({ scratch: folder.path, clock })
  await using next = await again.open()
  await look(clock, () => false)
  expect(again.got).toEqual([])
  clock.advance(HOUR)
  await look(clock, () => next.account().heard[0]?.why === 'told')
  expect(shown(again.got)).toEqual(['firing DE'])
  await next.write(deliveryOf([row('resolved', 'DE')], 6))
  expect(shown(again.got)).toEqual(['firing DE', 'resolved DE'])
})

// Promise alert-told: Each firing is told once to a receiver that goes by ids, and never forgotten, whenever the process ends.
test('whatever fails and whenever the process ends: a receiver that goes by ids hears of everything once', async () => {
  const countries = fc.constantFrom('a', 'b', 'c', 'd')
  const fates = fc.constantFrom(
    'told' as const,
    'told' as const,
    'fails' as const,
    'fails after' as const,
    'killed' as const,
  )
  const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(fc.array(countries, { maxLength: 30 }), cuts, fc.array(fates), async (order, sizes, plan) => {
      using folder = temporaryFolder()
      const rows = happened(order)
      let attempt = 0
      const all: Notification[] = []
      let turn = 0
      for (let lives = 0; ; lives++) {
        const { got, open } = receiver({
          scratch: folder.path,
          clock: impatient(),
          fate: () => (lives > 50 ? 'told' : (plan[attempt++] ?? 'told')),
        })
        const sink = await open()
        try {
          for (let from = toldUpTo(nodeDisk, folder.path)[0] ?? 0; from < rows.length; ) {
            // All that is durable is read before a batch is handed over.
            const to = lives === 0 ? Math.min(rows.length, from + (sizes[turn++] ?? 6)) : rows.length
            await patiently(() => sink.write(deliveryOf(rows.slice(from, to), from)))
            from = to
          }
          break
        } catch (error) {
          if (!(error instanceof Killed)) throw error
        } finally {
          all.push(...got)
          await sink[Symbol.asyncDispose]()
        }
      }
      const byId = new Map(all.map((one) => [one.id, one]))
      for (const one of all) expect(one).toEqual(byId.get(one.id))
      const heard = [...byId.values()].flatMap(({ state, keys }) => keys.map(({ id }) => `${state} ${id}`))
      expect(heard.sort()).toEqual(rows.map(({ state, id }) => `${state} ${id}`).sort())
    }),
    { numRuns: 150 },
  )
})

/** Each country fires, and is resolved the next time. */
function happened(order: readonly string[]): readonly Row[] {
  const count = new Map<string, number>()
  return order.map((country, index) => {
    const before = count.get(country) ?? 0
    count.set(country, before + 1)
    const state = before % 2 === 0 ? 'firing' : 'resolved'
    return row(state, country, { id: `${country}${before >> 1}`, at: START + index })
  })
}

/** Tries again, as a delivery does. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }
}
