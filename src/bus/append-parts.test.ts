import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openLease } from '../base/lease.ts'
import { recordsOf } from '../record/records.ts'
import { appendParts, appendWhole } from './append-parts.ts'
import { textsOf } from './appends.test-tool.ts'
import type { Append } from './bus.ts'

test('parts have all records once, in order, none too long that could be shorter, and hold the lease once each', () => {
  const records = fc.array(fc.tuple(fc.string({ maxLength: 30 }), fc.string({ maxLength: 30 })), { minLength: 1 })
  fc.assert(
    fc.property(records, fc.boolean(), fc.integer({ min: 1, max: 400 }), (made, keyed, maxBytes) => {
      let frees = 0
      const values = { ...recordsOf(made.map(([value]) => value)), lease: openLease(() => frees++) }
      const keys = keyed ? recordsOf(made.map(([, key]) => key)) : undefined
      const parts = appendParts({ values, keys }, maxBytes)
      expect(parts.flatMap((part) => textsOf(part.values))).toEqual(made.map(([value]) => value))
      if (keyed) expect(parts.flatMap((part) => textsOf(part.keys ?? part.values))).toEqual(made.map(([, key]) => key))
      let before = 0
      for (const part of parts) {
        expect(part.upTo).toBe(before + part.values.count)
        before = part.upTo
        const bytes = textsOf(part.values).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
        if (part.values.count > 1) expect(bytes).toBeLessThan(maxBytes)
        expect(frees).toBe(0)
        part.values.lease?.release()
      }
      expect(frees).toBe(1)
    }),
  )
})

test('each part carries the position behind it, and the end is that of the last, where others append in between', async () => {
  const made: Append[] = []
  const topic = {
    maxAppendBytes: 110,
    append: async (_: number, append: Append) => 10 * made.push(append),
  }
  const values = recordsOf(Array.from({ length: 5 }, (_, i) => `${i}`.repeat(20)))
  const positionAt = (upTo: number) => ({ writer: 'w', at: { upTo } })
  expect(await appendWhole(topic, 0, { values, keys: undefined, timestamp: 7, positionAt })).toBe(31)
  expect(made.map(({ values: { count }, timestamp, position }) => [count, timestamp, position?.at])).toEqual([
    [2, 7, { upTo: 2 }],
    [2, 7, { upTo: 4 }],
    [1, 7, { upTo: 5 }],
  ])
})
