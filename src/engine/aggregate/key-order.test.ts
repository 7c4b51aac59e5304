import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, type StringColumn } from '../../record/column.ts'
import { Dictionary } from '../../record/dictionary.ts'
import { STRING } from '../../record/type.ts'
import { KeyOrder } from './key-order.ts'

/** Keys that begin alike, that are the beginning of others, and that have NULs. */
const key = fc.oneof(
  fc.string({ maxLength: 9, unit: fc.constantFrom('\0', 'a', 'b', 'ﬀ') }),
  fc.string({ maxLength: 4 }).map((text) => `/shared/beginning/${text}`),
)

function sorted(keys: readonly (string | null)[], start: number): readonly (string | null)[] {
  const dictionary = new Dictionary()
  const ids = new Int32Array(keys.length)
  dictionary.lookup(columnOf(STRING, keys) as StringColumn, 0, keys.length, ids)
  const count = keys.length - start
  return [...new KeyOrder(dictionary).of(ids, start, count).subarray(0, count)].map((index) => keys[index] as string)
}

const byBytes = (a: string | null, b: string | null) =>
  a === null ? -1 : b === null ? 1 : Buffer.compare(Buffer.from(a), Buffer.from(b))

test('groups come in order of the bytes of their keys, NULL first, whatever the keys', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.option(key), { maxLength: 200 }), fc.nat(3), (keys, start) => {
      const from = Math.min(start, keys.length)
      expect(sorted(keys, from)).toEqual(keys.slice(from).sort(byBytes))
    }),
    { numRuns: 300 },
  )
})

test('many groups come in order too, with words that are the same for all, few or none', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `GET /${(i * 7919) % 20_000}/${'x'.repeat(i % 5)}`)
  expect(sorted(keys, 0)).toEqual([...keys].sort(byBytes))
  expect(sorted([...keys].sort(byBytes), 0)).toEqual([...keys].sort(byBytes))
})

test('keys with long beginnings in common do not make calls deep', () => {
  const keys = Array.from({ length: 3000 }, (_, i) => 'a'.repeat(4 * i))
  expect(sorted(keys.toReversed(), 0)).toEqual(keys)
})
