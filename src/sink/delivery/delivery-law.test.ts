/**
 * The law of delivery, against an oracle: whatever a store does, and whenever the process ends, every row is taken or is a
 * dead letter.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../base/random.ts'
import type { Delivery, Sink, SinkState, Writes } from '../sink.ts'
import { livesOf, liveThrough, memoryTopic, named, textsOf } from './delivery.test-tool.ts'

const isPoison = (text: string) => Number(text.split('/')[1]) % 5 === 3

/**
 * A store that keeps rows in memory, and refuses poisonous ones or their batch. The state of a transactional one is its
 * number of rows, and opening it removes later ones.
 */
function storeOf(writes: Writes, seed: number) {
  const rows: string[] = []
  const random = seededRandom(seed + 1)
  const sink: Sink = {
    async write(delivery: Delivery) {
      const texts = textsOf(delivery)
      const bad = texts.flatMap((text, row) => (isPoison(text) ? [{ row, reason: 'odd' }] : []))
      if (bad.length > 0 && random.next() < 0.5) return { kind: 'batch', reason: 'odd' }
      rows.push(...texts.filter((text) => !isPoison(text)))
      return bad.length > 0 ? { kind: 'rows', rows: bad } : undefined
    },
    flush: async () => ({ length: rows.length }),
    async [Symbol.asyncDispose]() {},
  }
  const open = async (state: SinkState | undefined) => {
    if (writes === 'transactional') rows.length = typeof state?.length === 'number' ? state.length : 0
    return sink
  }
  return { rows, open }
}

const limits = fc.record({
  rows: fc.constantFrom(1, 3, 7, Number.POSITIVE_INFINITY),
  bytes: fc.constantFrom(5, 20, Number.POSITIVE_INFINITY),
  lingerMs: fc.constantFrom(0, 50),
})

// Promise console-twice: A row is delivered to any sink, in order; after a crash a sink that cannot take rows back may get it twice.
test.each(['append', 'transactional'] as const)(
  '%s: failing, refusing and killed at any moment, nothing is missing, in order, and twice only where it is appended',
  async (writes) => {
    await fc.assert(
      fc.asyncProperty(
        livesOf(3, 4),
        limits,
        fc.integer(),
        fc.constantFrom(1, 3),
        fc.boolean(),
        async (lives, size, seed, many, anyOrder) => {
          const topic = memoryTopic(3)
          const { rows, open } = storeOf(writes, seed)
          // A transactional store, which is cut back to a length, takes one batch at a time.
          const inFlight = writes === 'append' ? many : 1
          const lived = { topic, seed, writes, open, limits: { ...size, inFlight }, anyOrder }
          const letters = await liveThrough(lives, lived)
          for (const partition of [0, 1, 2]) {
            const isOfPartition = (text: string) => text.startsWith(`${partition}/`)
            const all = named(partition, topic.bounds(partition).end)
            const kept = all.filter((text) => !isPoison(text))
            const mine = rows.filter(isOfPartition)
            const found = writes === 'append' ? [...new Set(mine)] : mine
            if (anyOrder) expect(found.sort()).toEqual(kept.sort())
            else expect(found).toEqual(kept)
            const told = [...new Set(letters)].filter(isOfPartition)
            expect(told.sort()).toEqual(all.filter(isPoison).sort())
          }
        },
      ),
      { numRuns: 150 },
    )
  },
)
