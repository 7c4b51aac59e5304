/** Access to values inside of others, their constructors, casts and equality. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { arrayOf, BIGINT, DOUBLE, decimal, INT, mapOf, rowOf, STRING, type Type } from '../../../record/type.ts'
import { anyType, anyValueOf } from '../../../record/value.test-tool.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, cast, column, literal, rows } from '../run.test-tool.ts'

const PERSON = rowOf([
  { name: 'id', type: INT },
  { name: 'name', type: STRING },
])

test('an element counts from 1, and there is none beyond the ends', () => {
  const arrays = rows(arrayOf(STRING), ['a', 'b'], ['a', null], [], null, ['a'], ['a'], ['a'])
  expect(call('[ ]', [arrays, rows(INT, 1, 2, 1, 1, 0, -1, null)])).toEqual(['a', null, null, null, null, null, null])
  expect(call('[ ]', [rows(arrayOf(PERSON), [[1, 'x'], null], [null]), literal(1, INT)])).toEqual([[1, 'x'], null])
})

test('a value of a map is found by its key, the first of equal ones', () => {
  const maps = rows(
    mapOf(STRING, INT),
    [
      ['a', 1],
      ['b', 2],
    ],
    [['a', null]],
    [],
    null,
    [
      ['a', 3],
      ['a', 4],
    ],
  )
  expect(call('[ ]', [maps, literal('a', STRING)])).toEqual([1, null, null, null, 3])
  expect(call('[ ]', [rows(mapOf(BIGINT, STRING), [[2n ** 60n, 'x']]), rows(BIGINT, 2n ** 60n)])).toEqual(['x'])
})

test.each([
  [0, 'the first element has index 1, and there is none at 0'],
  [-1, 'the first element has index 1, and there is none at -1'],
])('index %i is refused', (index, message) => {
  expect(() => bind('[ ]', [column(0, arrayOf(INT)), literal(index, INT)])).toThrow(message)
})

test('a field is NULL where its row is', () => {
  const people = rows(PERSON, [1, 'x'], [null, 'y'], null)
  expect(call('.', [people], { keywords: ['id'] })).toEqual([1, null, null])
  expect(call('.', [people], { keywords: ['name'] })).toEqual(['x', 'y', null])
})

test('CARDINALITY and ELEMENT', () => {
  expect(call('CARDINALITY', [rows(arrayOf(INT), [1, null], [], null)])).toEqual([2, 0, null])
  expect(call('CARDINALITY', [rows(mapOf(STRING, INT), [['a', 1]], [])])).toEqual([1, 0])
  expect(call('ELEMENT', [rows(arrayOf(INT), [7], [], null, [null], [1, 2])])).toEqual([7, null, null, null, 'failed'])
  expect(() => bind('CARDINALITY', [column(0, STRING)])).toThrow(TypeProblem)
  expect(() => bind('ELEMENT', [column(0, mapOf(STRING, INT))])).toThrow(TypeProblem)
})

test('constructors take values of each row', () => {
  const [a, b] = [rows(BIGINT, 1n, null, 3n), rows(BIGINT, 4n, 5n, null)]
  expect(call('ARRAY[ ]', [a, b])).toEqual([
    [1n, 4n],
    [null, 5n],
    [3n, null],
  ])
  expect(call('MAP[ ]', [rows(STRING, 'x', 'y', 'z'), a, literal('k', STRING), b])).toEqual([
    [
      ['x', 1n],
      ['k', 4n],
    ],
    [
      ['y', null],
      ['k', 5n],
    ],
    [
      ['z', 3n],
      ['k', null],
    ],
  ])
  expect(call('ROW', [a, rows(arrayOf(STRING), ['p'], [], null)])).toEqual([
    [1n, ['p']],
    [null, []],
    [3n, null],
  ])
})

test.each<[string, readonly Type[], string]>([
  ['ARRAY[ ]', [INT, STRING], 'the values have no type in common'],
  ['ARRAY[ ]', [{ kind: 'NULL' }], 'NULL has no type here'],
  ['MAP[ ]', [INT], 'each key needs a value'],
  ['MAP[ ]', [arrayOf(INT), INT], 'cannot be the type of a key'],
  ['ROW', [INT, { kind: 'NULL' }], 'NULL has no type here'],
])('%s of %j is refused', (name, types, message) => {
  expect(() =>
    bind(
      name,
      types.map((type, index) => column(index, type)),
    ),
  ).toThrow(message)
})

/** As in the header of `equal.ts`. */
function isEqual(type: Type, a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b
  if (type.kind === 'ROW') return type.fields.every((field, i) => isEqual(field.type, inside(a, i), inside(b, i)))
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b)
  if (a.length !== b.length) return false
  if (type.kind === 'ARRAY') return a.every((item, i) => isEqual(type.element, item, b[i]))
  const entries = b as readonly (readonly [Value, Value])[]
  return (a as typeof entries).every(([key, value]) =>
    entries.some(
      (entry) => isEqual(BIGINT, key, entry[0]) && type.kind === 'MAP' && isEqual(type.value, value, entry[1]),
    ),
  )
}

const inside = (value: Value, index: number): Value => (value as readonly Value[])[index] ?? null

test('values are equal where all that is in them is', () => {
  const pairs = anyType
    .filter(({ kind }) => kind === 'ARRAY' || kind === 'MAP' || kind === 'ROW')
    .chain((type) => {
      const value = anyValueOf(type)
      const pair = fc.oneof(
        fc.tuple(value, value),
        value.map((same): [Value, Value] => [same, same]),
      )
      return fc.tuple(fc.constant(type), fc.array(pair, { minLength: 1, maxLength: 10 }))
    })
  fc.assert(
    fc.property(pairs, ([type, cells]) => {
      const [left, right] = [rows(type, ...cells.map(([a]) => a)), rows(type, ...cells.map(([, b]) => b))]
      const expected = cells.map(([a, b]) => (a === null || b === null ? null : isEqual(type, a, b)))
      expect(call('=', [left, right])).toEqual(expected)
      expect(call('<>', [left, right])).toEqual(expected.map((equal) => (equal === null ? null : !equal)))
      expect(call('IS NOT DISTINCT FROM', [left, right])).toEqual(cells.map(([a, b]) => isEqual(type, a, b)))
    }),
    { numRuns: 300 },
  )
})

test('the entries of equal maps may be in any order', () => {
  const type = mapOf(STRING, INT)
  const maps = (value: Value) => rows(type, value)
  expect(
    call('=', [
      maps([
        ['a', 1],
        ['b', null],
      ]),
      maps([
        ['b', null],
        ['a', 1],
      ]),
    ]),
  ).toEqual([true])
  expect(call('=', [maps([['a', 1]]), maps([['a', 2]])])).toEqual([false])
})

test('a cast changes what is inside; where that fails, the whole value does', () => {
  const arrays: Value[] = [['1', null, ' 2 '], [], null, ['1', 'x']]
  expect(cast(arrayOf(STRING), arrays, arrayOf(INT))).toEqual([[1, null, 2], [], null, 'failed'])
  expect(cast(arrayOf(STRING), arrays, arrayOf(INT), { try: true })).toEqual([[1, null, 2], [], null, null])
  const maps: Value[] = [[['7', 1.5]], null]
  expect(cast(mapOf(STRING, DOUBLE), maps, mapOf(INT, decimal(3, 1)))).toEqual([[[7, 15n]], null])
  const other = rowOf([
    { name: 'a', type: BIGINT },
    { name: 'b', type: STRING },
  ])
  expect(cast(PERSON, [[1, 'x'], null, [null, null]], other)).toEqual([[1n, 'x'], null, [null, null]])
  const failing = rowOf([
    { name: 'id', type: INT },
    { name: 'name', type: INT },
  ])
  expect(
    cast(
      PERSON,
      [
        [1, 'x'],
        [1, '2'],
      ],
      failing,
    ),
  ).toEqual(['failed', [1, 2]])
  expect(
    cast(
      PERSON,
      [
        [1, 'x'],
        [1, '2'],
      ],
      failing,
      { try: true },
    ),
  ).toEqual([null, [1, 2]])
  expect(cast(arrayOf(PERSON), [[[1, '5'], null]], arrayOf(failing))).toEqual([[[1, 5], null]])
})

test('the text of a value is that of Flink', () => {
  const deep = arrayOf(
    rowOf([
      { name: 'a', type: mapOf(STRING, DOUBLE) },
      { name: 'b', type: { kind: 'BOOLEAN' } },
    ]),
  )
  expect(
    cast(
      deep,
      [
        [
          [
            [
              ['x', 1e7],
              ['y', null],
            ],
            true,
          ],
          [null, false],
          null,
        ],
        [],
        null,
      ],
      STRING,
    ),
  ).toEqual(['[({x=1.0E7, y=NULL}, TRUE), (NULL, FALSE), NULL]', '[]', null])
})

test.each<[Type, Type]>([
  [arrayOf(INT), INT],
  [arrayOf(INT), mapOf(INT, INT)],
  [PERSON, rowOf([{ name: 'a', type: INT }])],
  [STRING, arrayOf(STRING)],
  [arrayOf({ kind: 'DATE' }), arrayOf(INT)],
])('there is no cast of %j to %j', (from, to) => {
  expect(() => cast(from, [null], to)).toThrow(TypeProblem)
})
