import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, type StringColumn } from './column.ts'
import { Dictionary } from './dictionary.ts'
import { STRING } from './type.ts'

const strings = (values: readonly (string | null)[]) => columnOf(STRING, values) as StringColumn

function idsOf(dictionary: Dictionary, values: readonly (string | null)[]): number[] {
  const ids = new Int32Array(values.length)
  dictionary.lookup(strings(values), 0, values.length, ids)
  return [...ids]
}

test('equal bytes get equal ids, in order of first sight, whatever the strings', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ maxLength: 6 }))), (values) => {
      const seen = new Map<string | null, number>()
      const expected = values.map((value) => {
        if (!seen.has(value)) seen.set(value, seen.size)
        return seen.get(value)
      })
      expect(idsOf(new Dictionary(), values)).toEqual(expected)
    }),
  )
})

test('a dictionary of 100,000 keys finds them all again, also from its snapshot', () => {
  const values = Array.from({ length: 100_000 }, (_, i) => `/path/${i}`)
  const dictionary = new Dictionary()
  const ids = idsOf(dictionary, values)
  expect(ids).toEqual(values.map((_, i) => i))
  expect(idsOf(Dictionary.restore(dictionary.snapshot()), [...values].reverse())).toEqual([...ids].reverse())
})

test('a large dictionary gives the ids that a small one gives, to NULL and the empty string too', () => {
  const dictionary = new Dictionary()
  const many = Array.from({ length: 100_000 }, (_, i) => `key ${i}`)
  idsOf(dictionary, many)
  const values = [null, '', 'key 7', 'new', null, '', 'new', 'key 99999', 'k', 'another']
  const next = many.length
  const expected = [next, next + 1, 7, next + 2, next, next + 1, next + 2, 99_999, next + 3, next + 4]
  expect(idsOf(dictionary, values)).toEqual(expected)
  expect(idsOf(dictionary, values)).toEqual(expected)
})

test('compare sorts as unsigned bytes, NULL first, a prefix before what it begins', () => {
  const values = ['b', null, 'a', '', 'ab', 'ﬀ', '😀', 'a\0']
  const dictionary = new Dictionary()
  const ids = idsOf(dictionary, values).sort((a, b) => dictionary.compare(a, b))
  expect(ids.map((id) => values[id])).toEqual([null, '', 'a', 'a\0', 'ab', 'b', 'ﬀ', '😀'])
})

test('retain keeps the marked keys, forgets the others and gives back their memory', () => {
  const dictionary = new Dictionary()
  const values = Array.from({ length: 50_000 }, (_, i) => `key ${i}`)
  idsOf(dictionary, [null, ...values])
  const used = new Uint8Array(dictionary.size)
  used[0] = 1 // NULL
  used[41] = 1 // key 40
  const renamed = dictionary.retain(used)
  expect([renamed[0], renamed[1], renamed[41]]).toEqual([0, -1, 1])
  expect(dictionary.size).toBe(2)
  expect(dictionary.arena.length).toBeLessThan(4096)
  expect(idsOf(dictionary, ['key 40', null, 'key 1'])).toEqual([1, 0, 2])
})

test('keys made to collide do not make it slow', () => {
  // The top bit of one word, and bit 4 of the next, cancel out in the fast hash: 2^15 different keys with one hash.
  const pairs = 15
  const keys: Uint8Array[] = []
  for (let choice = 0; choice < 1 << pairs; choice++) {
    const words = new Int32Array(pairs * 2)
    for (let pair = 0; pair < pairs; pair++) {
      if (((choice >> pair) & 1) === 0) continue
      words[pair * 2] = 1 << 31
      words[pair * 2 + 1] = 1 << 4
    }
    keys.push(new Uint8Array(words.buffer))
  }
  const dictionary = new Dictionary()
  const bytes = new Uint8Array(pairs * 8)
  for (const key of keys) dictionary.idOf(key, 0, key.length)
  expect(dictionary.size).toBe(1 << pairs)
  // One more look at each is 100 ns; through a flooded table it would be thousands of comparisons, minutes in all.
  let wrong = 0
  for (let round = 0; round < 10; round++) {
    for (const [id, key] of keys.entries()) {
      bytes.set(key)
      if (dictionary.idOf(bytes, 0, bytes.length) !== id) wrong++
    }
  }
  expect(wrong).toBe(0)
})
