import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openLease } from '../base/lease.ts'
import { recordsOf } from '../record/records.ts'
import { appendParts } from './append-parts.ts'
import { textsOf } from './appends.test-tool.ts'

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
