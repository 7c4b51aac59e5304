/** Large dictionaries, whose keys are in the memory of a kernel. */
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

/** More keys than a small dictionary has. */
const MANY = Array.from({ length: 5000 }, (_, i) => `key ${i}`)

/** A Map that gives ids as a dictionary does. */
function idsByMap() {
  const seen = new Map<string | null, number>()
  return (values: readonly (string | null)[]) =>
    values.map((value) => {
      if (!seen.has(value)) seen.set(value, seen.size)
      return seen.get(value) as number
    })
}

test('ids are those of a Map, whatever the texts and wherever they lie', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40, unit: 'binary' }),
    fc.constantFrom('', '\0', '\0\0', 'key 7', 'key 77'),
  )
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.option(text), { maxLength: 60 }), { maxLength: 6 }),
      fc.boolean(),
      (batches, far) => {
        const dictionary = new Dictionary()
        const expected = idsByMap()
        expect(idsOf(dictionary, MANY)).toEqual(expected(MANY))
        for (const values of batches) {
          const column = strings(values)
          // Ranges that are in no order, and far from each other.
          if (far) {
            const apart = 3 << 20
            const bytes = new Uint8Array(apart + column.bytes.length)
            bytes.set(column.bytes)
            bytes.set(column.bytes, apart)
            column.bytes = bytes
            for (let row = 0; row < values.length; row += 3) {
              column.start[row] = (column.start[row] as number) + apart
              column.end[row] = (column.end[row] as number) + apart
            }
          }
          const ids = new Int32Array(values.length)
          dictionary.lookup(column, 0, values.length, ids)
          expect([...ids]).toEqual(expected(values))
        }
        expect(dictionary.size).toBe(1 + Math.max(...expected(MANY), ...batches.flatMap(expected)))
      },
    ),
    { numRuns: 150 },
  )
})

test('a million keys are found again, in rows and one by one, after growing, and after a snapshot', () => {
  const dictionary = new Dictionary()
  const size = 1_000_000
  const texts = Array.from({ length: size }, (_, i) => `${i * 7}/${'x'.repeat(i % 11)}`)
  for (let from = 0; from < size; from += 100_000) idsOf(dictionary, texts.slice(from, from + 100_000))
  expect(dictionary.size).toBe(size)
  const sample = Array.from({ length: 5000 }, (_, i) => (i * 7919) % size)
  expect(
    idsOf(
      dictionary,
      sample.map((id) => texts[id] as string),
    ),
  ).toEqual(sample)
  for (const id of sample.slice(0, 100)) {
    const bytes = Buffer.from(` ${texts[id]} `)
    expect(dictionary.idOf(bytes, 1, bytes.length - 1)).toBe(id)
  }
  // A slot is at most half full and one of the two tables is a half of the other: 24 to 48 bytes, besides the key and its end.
  const used = dictionary.offsets[size] as number
  expect((dictionary.bytes - used) / size).toBeLessThan(4 + 48 + 4)
  const restored = Dictionary.restore(structuredClone(dictionary.snapshot()))
  expect(idsOf(restored, [...sample.map((id) => texts[id] as string), null, 'new'])).toEqual([
    ...sample,
    size,
    size + 1,
  ])
})

test('a key longer than all room for texts is found again, and so are those around it', () => {
  const dictionary = new Dictionary()
  idsOf(dictionary, MANY)
  const long = 'a'.repeat(20 << 20)
  const values = ['key 3', long, 'new', `${long}b`, long, null, 'new']
  expect(idsOf(dictionary, values)).toEqual([3, 5000, 5001, 5002, 5000, 5003, 5001])
  expect(idsOf(dictionary, values)).toEqual([3, 5000, 5001, 5002, 5000, 5003, 5001])
})

test('keys are renamed, rewritten and compared as those of a small dictionary', () => {
  const dictionary = new Dictionary()
  idsOf(dictionary, [null, ...MANY])
  const used = new Uint8Array(dictionary.size).fill(1, 0, 4500)
  used[1] = 0
  const renamed = dictionary.retain(used)
  expect([renamed[0], renamed[1], renamed[2], renamed[4499], renamed[4500]]).toEqual([0, -1, 1, 4498, -1])
  expect(idsOf(dictionary, ['key 1', null, 'key 4498', 'key 0'])).toEqual([1, 0, 4498, 4499])
  dictionary.rewrite((arena, at) => {
    arena[at] = 'K'.charCodeAt(0)
  })
  expect(idsOf(dictionary, ['Key 1', null, 'Key 4498', 'Key 0', 'key 1'])).toEqual([1, 0, 4498, 4499, 4500])
  expect(Math.sign(dictionary.compare(1, 4498))).toBe(-1)
  expect(Math.sign(dictionary.compare(1, 0))).toBe(1)
})

test('keys made to collide in the hash of the kernel do not make it slow', () => {
  // Bit 34 of a word becomes the top bit of the hash, which the top bit of the next word takes back: 2^15 keys with one hash.
  const pairs = 15
  const bytes = new Uint8Array((pairs * 16) << pairs)
  const size = 1 << pairs
  const start = Int32Array.from({ length: size }, (_, key) => key * pairs * 16)
  for (let key = 0; key < size; key++) {
    for (let pair = 0; pair < pairs; pair++) {
      if (((key >> pair) & 1) === 0) continue
      bytes[(start[key] as number) + 16 * pair + 4] = 4
      bytes[(start[key] as number) + 16 * pair + 15] = 0x80
    }
  }
  const column: StringColumn = {
    kind: 'string',
    bytes,
    start,
    end: start.map((at) => at + pairs * 16),
    nulls: undefined,
  }
  const dictionary = new Dictionary()
  const ids = new Int32Array(size)
  // Through a flooded table each round would take a quarter of a billion comparisons.
  for (let round = 0; round < 20; round++) dictionary.lookup(column, 0, size, ids)
  expect(ids).toEqual(Int32Array.from({ length: size }, (_, id) => id))
})
