/**
 * The law of delivery, against an oracle: whatever a store does, and whenever the process ends, every row is taken or is a
 * dead letter.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../base/random.ts'
import type { SinkState } from '../sink.ts'
import { memoryTopic, named, passing, type Script, startLoop, textsOf, turns } from './delivery.test-tool.ts'
import type { DeliveryPlace } from './delivery.ts'

/** A store that keeps rows in memory. The state of a transactional one is its number of rows, and opening it removes later ones. */
function storeOf(writes: 'append' | 'transactional') {
  const rows: string[] = []
  const script: Script = {
    async open(state) {
      if (writes === 'transactional') rows.length = typeof state?.length === 'number' ? state.length : 0
    },
    async write(delivery) {
      rows.push(...textsOf(delivery))
      return undefined
    },
    flush: async (): Promise<SinkState> => ({ length: rows.length }),
  }
  return { rows, script }
}

type Troubles = {
  readonly random: Random
  poison(text: string): boolean
  isAlive(): boolean
}

/** The store, failing by chance at opening, before and after a write, and at a flush; it refuses poisonous rows. */
function troubled({ script, rows }: ReturnType<typeof storeOf>, { random, poison, isAlive }: Troubles): Script {
  const orDead = async () => {
    // A process that was killed writes nothing more: the store belongs to the next one.
    if (!isAlive()) await new Promise(() => {})
  }
  const fail = (chance: number) => {
    if (random.next() < chance) throw passing('no answer')
  }
  return {
    async open(state) {
      await orDead()
      fail(0.2)
      await script.open?.(state)
    },
    async write(delivery, giveUp) {
      await turns(random.below(4))
      await orDead()
      fail(0.2)
      const texts = textsOf(delivery)
      const bad = texts.flatMap((text, row) => (poison(text) ? [{ row, reason: 'odd' }] : []))
      if (bad.length > 0 && random.next() < 0.5) return { kind: 'batch', reason: 'odd' }
      // An answer that is lost after the write makes the loop write again, so the store takes the rows back first.
      const before = rows.length
      if (bad.length > 0) rows.push(...texts.filter((text) => !poison(text)))
      else await script.write?.(delivery, giveUp)
      if (random.next() < 0.1) {
        rows.length = before
        throw passing('lost')
      }
      return bad.length > 0 ? { kind: 'rows', rows: bad } : undefined
    },
    async flush() {
      await orDead()
      fail(0.2)
      return (await script.flush?.()) ?? {}
    },
  }
}

const life = fc.record({
  adds: fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 9 })), { maxLength: 6 }),
  turns: fc.nat(30),
  checkpoints: fc.nat(3),
})
const limits = fc.record({
  rows: fc.constantFrom(1, 3, 7, Number.POSITIVE_INFINITY),
  bytes: fc.constantFrom(5, 20, Number.POSITIVE_INFINITY),
  lingerMs: fc.constantFrom(0, 50),
})

test.each(['append', 'transactional'] as const)(
  '%s: failing, refusing and killed at any moment, nothing is missing, in order, and twice only where it is appended',
  async (writes) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 1, maxLength: 4 }),
        limits,
        fc.integer(),
        fc.constantFrom(1, 3),
        fc.boolean(),
        async (lives, size, seed, inFlight, anyOrder) => {
          const topic = memoryTopic(3)
          const store = storeOf(writes)
          const poison = (text: string) => Number(text.split('/')[1]) % 5 === 3
          const random = seededRandom(seed)
          const letters: string[] = []
          // A transactional store, which is cut back to a length, takes one batch at a time.
          const many = writes === 'append' ? inFlight : 1
          const options = { topic, limits: { ...size, inFlight: many }, anyOrder, letters, seed }
          let place: DeliveryPlace = { offsets: {}, state: {} }
          for (const { adds, turns: some, checkpoints } of lives) {
            let isAlive = true
            const mortal = troubled(store, { random, poison, isAlive: () => isAlive })
            const started = await startLoop({ ...options, script: mortal, before: place, letters: [] })
            place = JSON.parse(JSON.stringify(await started.loop.checkpoint()))
            const running = started.loop.run()
            for (const [partition, count] of adds) topic.add(partition, count)
            for (let i = 0; i < checkpoints; i++) {
              await turns(some)
              place = JSON.parse(JSON.stringify(await started.loop.checkpoint()))
            }
            await turns(some)
            isAlive = false
            letters.push(...started.letters)
            started.halt.abort()
            started.giveUp.abort()
            void running
          }
          const script = troubled(store, { random, poison, isAlive: () => true })
          const last = await startLoop({ ...options, script, before: place })
          last.ended.abort()
          const done = new AbortController()
          const asking = (async () => {
            while (!done.signal.aborted) await turns(1).then(() => last.loop.checkpoint())
          })()
          await last.loop.run().finally(() => done.abort())
          await asking
          for (const partition of [0, 1, 2]) {
            const all = named(partition, topic.bounds(partition).end)
            const kept = all.filter((text) => !poison(text))
            const mine = store.rows.filter((text) => text.startsWith(`${partition}/`))
            const found = writes === 'append' ? [...new Set(mine)] : mine
            if (anyOrder) expect(found.sort()).toEqual(kept.sort())
            else expect(found).toEqual(kept)
            const told = [...new Set(letters)].filter((text) => text.startsWith(`${partition}/`))
            expect(told.sort()).toEqual(all.filter(poison).sort())
          }
        },
      ),
      { numRuns: 150 },
    )
  },
)
