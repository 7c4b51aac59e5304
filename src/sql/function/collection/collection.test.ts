/** Functions of arrays, with JavaScript's arrays as oracle, over columns whose arrays share and skip items. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { arrayOf, BIGINT, BOOLEAN, DOUBLE, decimal, INT, rowOf, STRING, type Type } from '../../../record/type.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const kinds: readonly (readonly [Type, fc.Arbitrary<Value>])[] = [
  [INT, fc.integer({ min: -2, max: 2 })],
  [BIGINT, fc.constantFrom(1n, 2n, 2n ** 60n, 2n ** 60n + 1n)],
  [decimal(5, 2), fc.constantFrom(1n, 150n, -5n)],
  [STRING, fc.constantFrom('', 'a', 'b', 'ab', '😀', 'ﬀ')],
  [BOOLEAN, fc.boolean()],
  [rowOf([{ name: 'x', type: INT }]), fc.constantFrom<Value>([1], [2], [null])],
]

type Lists = {
  readonly type: Type
  readonly a: readonly Value[]
  readonly b: readonly Value[]
  readonly x: readonly Value[]
}

/** Two columns of arrays and one of elements. */
const lists: fc.Arbitrary<Lists> = fc.constantFrom(...kinds).chain(([type, present]) => {
  const element = fc.option(present, { freq: 5 })
  const list = fc.option(fc.array(element, { maxLength: 5 }), { freq: 6 })
  return fc
    .array(fc.tuple(list, list, element), { minLength: 1, maxLength: 6 })
    .map((all) => ({ type, a: all.map(([a]) => a), b: all.map(([, b]) => b), x: all.map(([, , x]) => x) }))
})

const same = (a: Value, b: Value): boolean => keyOf(a) === keyOf(b)
const keyOf = (value: Value): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
const distinct = (list: readonly Value[]) =>
  list.filter((value, index) => list.findIndex((other) => same(value, other)) === index)

const order = (a: Value, b: Value): number => {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

/** What the function gives for each row, if its array is not NULL. */
function check(name: string, { type, a, b, x }: Lists, oracle: Oracle, takes: string): void {
  const columns = [
    rows(arrayOf(type), ...a),
    rows(takes === 'list' ? arrayOf(type) : type, ...(takes === 'list' ? b : x)),
  ]
  const expected = a.map((list, row) => {
    const other = takes === 'list' ? (b[row] as Value) : (x[row] as Value)
    if (list === null || (takes === 'list' && other === null)) return null
    return oracle(list as readonly Value[], other)
  })
  expect(call(name, takes === '' ? columns.slice(0, 1) : columns)).toEqual(expected)
}

type Oracle = (list: readonly Value[], other: Value) => Value

const ORACLES: readonly (readonly [name: string, takes: 'list' | 'element' | '', oracle: Oracle])[] = [
  ['ARRAY_CONTAINS', 'element', (list, x) => list.some((value) => same(value, x))],
  ['ARRAY_POSITION', 'element', (list, x) => (x === null ? null : list.findIndex((value) => same(value, x)) + 1)],
  ['ARRAY_REMOVE', 'element', (list, x) => list.filter((value) => !same(value, x))],
  ['ARRAY_DISTINCT', '', (list) => distinct(list)],
  ['ARRAY_UNION', 'list', (list, b) => distinct([...list, ...(b as Value[])])],
  [
    'ARRAY_INTERSECT',
    'list',
    (list, b) => distinct(list.filter((value) => (b as Value[]).some((other) => same(value, other)))),
  ],
  [
    'ARRAY_EXCEPT',
    'list',
    (list, b) => distinct(list.filter((value) => !(b as Value[]).some((other) => same(value, other)))),
  ],
  ['ARRAY_CONCAT', 'list', (list, b) => [...list, ...(b as Value[])]],
  ['ARRAY_APPEND', 'element', (list, x) => [...list, x]],
  ['ARRAY_PREPEND', 'element', (list, x) => [x, ...list]],
  ['ARRAY_REVERSE', '', (list) => list.toReversed()],
]

test.each(ORACLES)('%s of arrays of any type', (name, takes, oracle) => {
  fc.assert(
    fc.property(lists, (given) => check(name, given, oracle, takes)),
    { numRuns: 300 },
  )
})

test('ARRAY_SORT, ARRAY_MAX and ARRAY_MIN order by value, texts by their bytes', () => {
  fc.assert(
    fc.property(
      lists.filter(({ type }) => type.kind !== 'ROW'),
      ({ type, a }) => {
        const array = rows(arrayOf(type), ...a)
        const of = (make: (present: Value[], nulls: Value[]) => Value) =>
          a.map((list) => {
            if (list === null) return null
            const present = (list as Value[]).filter((value) => value !== null)
            return make(
              present.toSorted(order),
              (list as Value[]).filter((value) => value === null),
            )
          })
        const flag = (value: boolean) => literal(value, BOOLEAN)
        expect(call('ARRAY_SORT', [array])).toEqual(of((sorted, nulls) => [...nulls, ...sorted]))
        expect(call('ARRAY_SORT', [array, flag(false)])).toEqual(
          of((sorted, nulls) => [...sorted.toReversed(), ...nulls]),
        )
        expect(call('ARRAY_SORT', [array, flag(true), flag(false)])).toEqual(
          of((sorted, nulls) => [...sorted, ...nulls]),
        )
        expect(call('ARRAY_MAX', [array])).toEqual(of((sorted) => sorted.at(-1) ?? null))
        expect(call('ARRAY_MIN', [array])).toEqual(of((sorted) => sorted[0] ?? null))
      },
    ),
    { numRuns: 300 },
  )
})

test('of DOUBLEs, NaN is not equal to NaN, and it is sorted above all numbers', () => {
  const [nan, zero] = [Number.NaN, -0]
  const array = rows(arrayOf(DOUBLE), [nan, 1, nan, zero, 0])
  expect(call('ARRAY_DISTINCT', [array])).toEqual([[nan, 1, nan, zero]])
  expect(call('ARRAY_CONTAINS', [array, rows(DOUBLE, nan)])).toEqual([false])
  expect(call('ARRAY_POSITION', [array, rows(DOUBLE, 0)])).toEqual([4])
  expect(call('ARRAY_SORT', [array])).toEqual([[zero, 0, 1, nan, nan]])
  expect(call('ARRAY_MAX', [array])).toEqual([nan])
  expect(call('ARRAY_INTERSECT', [array, array])).toEqual([[1, zero, 0]])
})

describe('ARRAY_SLICE', () => {
  test.each([
    [2, 3, ['b', 'c']],
    [1, 4, ['a', 'b', 'c', 'd']],
    [-2, undefined, ['c', 'd']],
    [0, 2, ['a', 'b']],
    [2, -2, ['b', 'c']],
    [3, 2, []],
    [9, undefined, []],
    [1, 0, ['a']],
    [-9, -9, []],
    [1, -5, ['a']],
    [-9, 9, ['a', 'b', 'c', 'd']],
  ] as const)('from %s to %s', (from, to, expected) => {
    const bounds = to === undefined ? [from] : [from, to]
    const arrays = rows(arrayOf(STRING), ['x'], ['a', 'b', 'c', 'd'], [], null)
    const sliced = call('ARRAY_SLICE', [arrays, ...bounds.map((bound) => literal(bound, INT))])
    expect(sliced.slice(1)).toEqual([expected, [], null])
  })
})

test('ARRAY_JOIN leaves NULL out, or replaces it', () => {
  const arrays = rows(arrayOf(STRING), ['x', null, ''], [], [null], null)
  expect(call('ARRAY_JOIN', [arrays, literal(',', STRING)])).toEqual(['x,', '', '', null])
  expect(call('ARRAY_JOIN', [arrays, literal(',', STRING), literal('?', STRING)])).toEqual(['x,?,', '', '?', null])
})

test.each([
  ['ARRAY_CONTAINS', [arrayOf(INT), STRING], 'the elements are INT, and this is STRING'],
  ['ARRAY_APPEND', [arrayOf(INT), BIGINT], 'the elements are INT, and this is BIGINT'],
  ['ARRAY_UNION', [arrayOf(INT), arrayOf(STRING)], 'the arrays have no type in common'],
  ['ARRAY_DISTINCT', [INT], 'it wants an ARRAY, not INT'],
  ['ARRAY_SORT', [arrayOf(arrayOf(INT))], 'it does not order ARRAY<INT>'],
  ['ARRAY_SORT', [arrayOf(INT), INT], 'its order is TRUE or FALSE, not INT'],
  ['ARRAY_JOIN', [arrayOf(INT), STRING], 'the elements are INT'],
  ['MAP_KEYS', [arrayOf(INT)], 'it wants a MAP, not ARRAY<INT>'],
  ['MAP_FROM_ARRAYS', [arrayOf(arrayOf(INT)), arrayOf(INT)], 'ARRAY<INT> cannot be the type of a key'],
  ['STR_TO_MAP', [STRING, STRING], 'it takes a text, or a text and two separators'],
  ['STR_TO_MAP', [STRING, STRING, STRING], 'the pattern must be written out'],
] as const)('%s of %j is refused', (name, types, message) => {
  expect(() =>
    bind(
      name,
      types.map((type, index) => column(index, type as Type)),
    ),
  ).toThrow(message)
})

test('a whole number is looked for, and put, among wider ones', () => {
  const array = rows(arrayOf(DOUBLE), [1, 2.5])
  expect(call('ARRAY_CONTAINS', [array, rows(INT, 1)])).toEqual([true])
  expect(call('ARRAY_APPEND', [array, literal(7, INT)])).toEqual([[1, 2.5, 7]])
})
