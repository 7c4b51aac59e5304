import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dictionary } from '../../record/dictionary.ts'
import type { BlocksState } from './blocks.ts'
import { Keys, readOwner, writeOwner } from './keys.ts'
import { Renaming } from './renaming.ts'

const NONE = new Float64Array(0)
const NOWHERE = new Int32Array(0)

/** One page of groups, or of values. */
const blocksOf = (ids: readonly number[]): BlocksState => ({
  ends: NONE,
  starts: NONE,
  chunk: NOWHERE,
  offset: NOWHERE,
  length: NOWHERE,
  chunks: [{ count: ids.length, ids: Int32Array.from(ids), lanes: [], extras: [], heaps: [] }],
})
const idsOf = ({ chunks: [first] }: BlocksState): readonly number[] => [...(first?.ids ?? [])]

const textOf = ({ arena, offsets, nullId }: Dictionary, id: number, skip = 0): string | null =>
  id === nullId ? null : Buffer.from(arena.subarray((offsets[id] as number) + skip, offsets[id + 1])).toString()

function groupId(keys: Keys, group: string | null): number {
  const bytes = Buffer.from(group ?? '')
  return group === null ? keys.main.idOfNull() : keys.main.idOf(bytes, 0, bytes.length)
}

function valueId(keys: Keys, group: string | null, value: string): number {
  const bytes = Buffer.from(`0000${value}`)
  writeOwner(bytes, 0, groupId(keys, group))
  return (keys.distinct[0] as Dictionary).idOf(bytes, 0, bytes.length)
}

const text = fc.string({ maxLength: 3 })
const range = fc.record({
  thread: fc.nat(2),
  rows: fc.array(fc.record({ group: fc.option(text), value: text }), { maxLength: 20 }),
  /** With more, the thread removes its keys: with the smallest always, with the largest never. */
  bytes: fc.constantFrom(0, 4500, Number.POSITIVE_INFINITY),
})

test('ids of several threads become ours, whether a thread keeps its keys or removes them', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
      const ours = new Keys(1)
      const values = ours.distinct[0] as Dictionary
      const threads = [0, 1, 2].map(() => ({ keys: new Keys(1), renaming: new Renaming(ours) }))
      for (const { thread, rows, bytes } of ranges) {
        const { keys, renaming } = threads[thread] as (typeof threads)[number]
        const groups = blocksOf(rows.map(({ group }) => groupId(keys, group)))
        const ofValues = blocksOf(rows.map(({ group, value }) => valueId(keys, group, value)))
        renaming.rename(structuredClone(keys.publish(bytes)), groups, [ofValues])
        expect(idsOf(groups).map((id) => textOf(ours.main, id))).toEqual(rows.map(({ group }) => group))
        expect(idsOf(ofValues).map((id) => textOf(values, id, 4))).toEqual(rows.map(({ value }) => value))
        const owners = idsOf(ofValues).map((id) => readOwner(values.arena, values.offsets[id] as number))
        expect(owners).toEqual(idsOf(groups))
      }
    }),
    { numRuns: 300 },
  )
})

test('a key is published once, and again after it was removed', () => {
  const keys = new Keys(0)
  groupId(keys, 'a')
  expect(keys.publish().main).toMatchObject({ first: 0, offsets: Int32Array.of(0, 1) })
  groupId(keys, 'b')
  groupId(keys, 'a')
  expect(keys.publish(0).main).toMatchObject({ first: 1, offsets: Int32Array.of(0, 1) })
  groupId(keys, 'a')
  expect(keys.publish().main).toMatchObject({ first: 0, offsets: Int32Array.of(0, 1) })
})
