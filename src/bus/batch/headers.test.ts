import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Header, headerBytes } from './headers.test-tool.ts'
import { headerFinder, headersEnd } from './headers.ts'

const NAMES = ['a', 'trace', 'trace-id', 'größe', '']
const headers = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    value: fc.option(fc.string({ unit: 'binary', maxLength: 200 }), { nil: null }),
  }),
  { maxLength: 5 },
)

const lastOf = (all: readonly Header[], name: string): string | null =>
  all.findLast((header) => header.name === name)?.value ?? null

function found(bytes: Uint8Array, at: number, name: string): string | null {
  const { isThere, start, end } = headerFinder(name)(bytes, at)
  return isThere ? Buffer.from(bytes.subarray(start, end)).toString() : null
}

test('the last header of a name is found, and the end of all headers, whatever is before and behind them', () => {
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (all, before, behind) => {
      const own = headerBytes(all)
      const bytes = Buffer.concat([before, own, behind])
      const text = (value: string | null) => (value === null ? null : Buffer.from(value).toString())
      for (const name of NAMES) expect(found(bytes, before.length, name)).toBe(text(lastOf(all, name)))
      expect(headersEnd(bytes, before.length)).toBe(before.length + own.length)
    }),
  )
})

test('bytes that are no headers, or are cut off, give a range within the bytes, or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), headers, fc.nat(40), (noise, all, cut) => {
      for (const bytes of [noise, headerBytes(all).subarray(0, cut)]) {
        for (const name of NAMES) {
          const { isThere, start, end } = headerFinder(name)(bytes, 0)
          if (isThere) expect(start <= end && end <= bytes.length).toBe(true)
        }
        expect(headersEnd(bytes, 0)).toBeLessThanOrEqual(bytes.length)
      }
    }),
  )
})
