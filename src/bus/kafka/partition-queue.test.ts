import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { openLease } from '../../base/lease.ts'
import { recordsOf } from '../../record/records.ts'
import { makeChunkPool } from '../batch/chunk.ts'
import { openCompressor } from '../batch/compression/compressor.ts'
import { PartitionQueue } from './partition-queue.ts'

/** A queue over a log that answers when the test says so; `broken`: the codec fails. */
async function opened() {
  const state = { broken: false, released: 0 }
  const answers: (() => void)[] = []
  const counts: number[] = []
  let end = 0
  const compressor = await openCompressor()
  const queue = new PartitionQueue({
    log: {
      positions: async () => new Map(),
      append: ({ count }) =>
        new Promise((resolve) => {
          counts.push(count)
          answers.push(() => {
            resolve(end)
            end += count
          })
        }),
    },
    form: {
      pool: makeChunkPool(),
      codec: 'lz4',
      compressor: {
        ...compressor,
        compress(codec, bytes) {
          if (state.broken) throw new RangeError('no memory')
          return compressor.compress(codec, bytes)
        },
      },
    },
    limits: { bytes: 1 << 20, records: 3, lingerMs: 0 },
    clock: systemClock,
    published() {},
  })
  const add = (...lines: readonly string[]) => {
    const values = { ...recordsOf(lines), lease: openLease(() => state.released++) }
    const added = queue.add({ values, keys: undefined, timestamp: 0, position: undefined })
    added.catch(() => {})
    return added
  }
  const answer = async () => {
    while (answers.length === 0) await new Promise(setImmediate)
    answers.shift()?.()
  }
  return { state, counts, queue, add, answer }
}

test('what comes while a batch is under way goes with the next, as much as fits', async () => {
  const { counts, add, answer, state, queue } = await opened()
  const added = [add('a'), add('b', 'c'), add('d', 'e'), add('f', 'g', 'h', 'i')]
  for (let i = 0; i < 3; i++) await answer()
  expect(await Promise.all(added)).toEqual([0, 1, 3, 5])
  expect(counts).toEqual([3, 2, 4])
  await queue.settled()
  expect(state.released).toBe(4)
})

test('where a batch cannot be made, its appends and those behind it are refused, and the queue goes on', async () => {
  const { state, add, answer, queue } = await opened()
  const first = add('a', 'b', 'c')
  await new Promise(setImmediate)
  state.broken = true
  const refused = [add('d', 'e', 'f'), add('g')]
  await answer()
  expect(await first).toBe(0)
  for (const one of refused) await expect(one).rejects.toThrow('no memory')
  await queue.settled()
  expect(state.released).toBe(3)
  state.broken = false
  const later = add('h')
  await answer()
  expect(await later).toBe(3)
})
