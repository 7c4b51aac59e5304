/** Functions of arrays and maps with more items than are compared one by one, with such comparisons as oracle. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { arrayOf, BIGINT, DOUBLE, decimal, INT, mapOf, rowOf, STRING, type Type } from '../../../record/type.ts'
import { call, literal, rows } from '../run.test-tool.ts'
import { FEW_ITEMS } from './item-ids.ts'

const pair = rowOf([
  { name: 'x', type: INT },
  { name: 'y', type: DOUBLE },
])
const kinds: readonly (readonly [Type, fc.Arbitrary<Value>])[] = [
  [INT, fc.constantFrom(-1, 0, 1)],
  [BIGINT, fc.constantFrom(1n, -1n, 2n ** 60n, 2n ** 60n + 1n)],
  [decimal(38, 2), fc.constantFrom(1n, -1n, 10n ** 30n, 10n ** 30n + 1n, -(10n ** 30n))],
  [DOUBLE, fc.constantFrom(0, -0, 1.5, Number.NaN)],
  [STRING, fc.constantFrom('', 'a', 'ab', '😀')],
  [arrayOf(STRING), fc.constantFrom<Value>([], ['a', 'b'], ['ab'], ['', 'ab'], [null])],
  [pair, fc.constantFrom<Value>([1, 0], [1, -0], [null, Number.NaN], [0, null])],
]

const sameInside = (a: Value, b: Value): boolean =>
  Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((x, i) => sameInside(x, b[i]))
    : Object.is(a, b)

/** Equality of elements: NaN is equal to nothing; -0 is 0 among the elements of one array, not between two. */
function same(a: Value, b: Value, between: 'one' | 'two'): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return false
  if (typeof a === 'number' && between === 'one') return a === b
  return sameInside(a, b)
}

const distinct = (list: readonly Value[], between: 'one' | 'two'): Value[] =>
  list.filter((value, at) => !list.slice(0, at).some((other) => same(value, other, between)))

test('sets of arrays are those of comparisons of each element with each', () => {
  const lists = fc.constantFrom(...kinds).chain(([type, present]) => {
    const list = fc.array(fc.option(present, { freq: 6 }), { minLength: 0, maxLength: 2 * FEW_ITEMS })
    return fc.tuple(fc.constant(type), fc.array(fc.tuple(list, list), { minLength: 1, maxLength: 4 }))
  })
  fc.assert(
    fc.property(lists, ([type, all]) => {
      const both = ([0, 1] as const).map((side) => rows(arrayOf(type), ...all.map((lists) => lists[side])))
      const isIn = (value: Value, list: readonly Value[]) => list.some((other) => same(value, other, 'two'))
      const expected = (make: (a: Value[], b: Value[]) => Value[]) => all.map(([a, b]) => make(a, b))
      expect(call('ARRAY_DISTINCT', both.slice(0, 1))).toEqual(expected((a) => distinct(a, 'one')))
      expect(call('ARRAY_UNION', both)).toEqual(expected((a, b) => distinct([...a, ...b], 'two')))
      const common = expected((a, b) => distinct(a, 'two').filter((value) => isIn(value, b)))
      expect(call('ARRAY_INTERSECT', both)).toEqual(common)
      const others = expected((a, b) => distinct(a, 'two').filter((value) => !isIn(value, b)))
      expect(call('ARRAY_EXCEPT', both)).toEqual(others)
    }),
    { numRuns: 300 },
  )
})

const MAP = mapOf(STRING, INT)
const entries = fc.uniqueArray(fc.tuple(fc.nat({ max: 40 }).map(String), fc.nat({ max: 1 })), {
  selector: ([key]) => key,
  maxLength: 2 * FEW_ITEMS,
})

test('MAP_UNION has each key once, with the last value', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(entries, entries), { minLength: 1, maxLength: 3 }), (all) => {
      const united = call('MAP_UNION', [
        rows(MAP, ...all.map(([first]) => first)),
        rows(MAP, ...all.map(([, second]) => second)),
      ]) as [string, Value][][]
      for (const [row, each] of united.entries()) {
        const expected = new Map(all[row]?.flat())
        expect(new Map(each)).toEqual(expected)
        expect(each.length).toBe(expected.size)
      }
    }),
  )
})

test('maps, and arrays of maps, are equal in any order of their entries', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.boolean(), (map, turn, isChanged) => {
      const at = map.length === 0 ? 0 : turn % map.length
      const turned = [...map.slice(at), ...map.slice(0, at)].map(([key, value], index): [string, number] => [
        key,
        isChanged && index === at ? 2 : value,
      ])
      const isSame = !isChanged || map.length === 0
      expect(call('=', [rows(MAP, map), rows(MAP, turned)])).toEqual([isSame])
      const twice = new Array<Value>(FEW_ITEMS).fill(map)
      const [found] = call('ARRAY_DISTINCT', [rows(arrayOf(MAP), [...twice, turned])])
      expect((found as Value[]).length).toBe(isSame ? 1 : 2)
    }),
  )
})

test('arrays and maps of a hundred thousand items are no trouble', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => index)
  const arrays = [rows(arrayOf(INT), [...many, 7]), rows(arrayOf(INT), many.slice(1))] as const
  const sizeOf = (name: string, operands: Parameters<typeof call>[1]) => (call(name, operands)[0] as Value[]).length
  expect(sizeOf('ARRAY_DISTINCT', arrays.slice(0, 1))).toBe(100_000)
  expect(sizeOf('ARRAY_UNION', arrays)).toBe(100_000)
  expect(call('ARRAY_EXCEPT', arrays)).toEqual([[0]])
  const map = many.map((key): [string, number] => [String(key), key])
  expect(call('=', [rows(MAP, map), rows(MAP, map.toReversed())])).toEqual([true])
  expect(sizeOf('MAP_UNION', [rows(MAP, map), rows(MAP, map)])).toBe(100_000)
})

test('STR_TO_MAP takes a text of any number of pairs', () => {
  const text = Array.from({ length: 200_000 }, (_, index) => `k${index}=${index}`).join(';')
  const separators = [literal(';', STRING), literal('=', STRING)]
  expect((call('STR_TO_MAP', [rows(STRING, text), ...separators])[0] as Value[]).length).toBe(200_000)
})
