import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { arrayOf, INT, mapOf, STRING } from '../../../record/type.ts'
import { call, literal, rows } from '../run.test-tool.ts'

const MAP = mapOf(STRING, INT)

test('keys, values and entries of maps, and maps of them', () => {
  const maps = rows(
    MAP,
    [
      ['x', 1],
      ['y', null],
    ],
    [],
    null,
    [['z', 3]],
  )
  expect(call('MAP_KEYS', [maps])).toEqual([['x', 'y'], [], null, ['z']])
  expect(call('MAP_VALUES', [maps])).toEqual([[1, null], [], null, [3]])
  expect(call('MAP_ENTRIES', [maps])).toEqual([
    [
      ['x', 1],
      ['y', null],
    ],
    [],
    null,
    [['z', 3]],
  ])
  const keys = rows(arrayOf(STRING), ['x', 'y'], ['x'], null, [null], [])
  const values = rows(arrayOf(INT), [1, null], [], [1], [1], [])
  expect(call('MAP_FROM_ARRAYS', [keys, values])).toEqual([
    [
      ['x', 1],
      ['y', null],
    ],
    'failed',
    null,
    'failed',
    [],
  ])
})

const entries = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer()), {
  selector: ([key]) => key,
  maxLength: 4,
})
const map = fc.option(entries, { freq: 6 })

test('MAP_UNION has each key once, with the last value', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(map, map, map), { minLength: 1, maxLength: 5 }), (all) => {
      const united = call(
        'MAP_UNION',
        [0, 1, 2].map((index) => rows(MAP, ...all.map((row) => row[index] as Value))),
      )
      const expected = all.map((row) =>
        row.includes(null) ? null : Object.fromEntries(row.flatMap((each) => each ?? [])),
      )
      const found = united.map((each) => (each === null ? null : Object.fromEntries(each as [string, Value][])))
      expect(found).toEqual(expected)
      const sizes = united.map((each) => (each === null ? 0 : (each as Value[]).length))
      expect(sizes).toEqual(expected.map((each) => Object.keys(each ?? {}).length))
    }),
  )
})

test('SPLIT is split, also for separators of a column', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', ', ', 'é', '😀'), maxLength: 6 })
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(',', ', ', 'a', '😀'),
      (texts, separator) => {
        const expected = texts.map((each) => (each === '' ? [] : each.split(separator)))
        expect(call('SPLIT', [rows(STRING, ...texts), literal(separator, STRING)])).toEqual(expected)
        const column = rows(STRING, ...texts.map(() => separator))
        expect(call('SPLIT', [rows(STRING, ...texts), column])).toEqual(expected)
      },
    ),
  )
  expect(call('SPLIT', [rows(STRING, 'a😀', '', null), literal('', STRING)])).toEqual([['a', '?', '?'], [], null])
})

test.each([
  [
    'k1=v1,k2=v2',
    [],
    [
      ['k1', 'v1'],
      ['k2', 'v2'],
    ],
  ],
  ['k=1,k=2', [], [['k', '2']]],
  [
    'k,=v,a=b=c',
    [],
    [
      ['k', null],
      ['', 'v'],
      ['a', 'b=c'],
    ],
  ],
  ['', [], []],
  [',,', [], []],
  ['a=1,,', [], [['a', '1']]],
  [
    'a:1|b:2',
    ['\\|', ':'],
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  [
    'a : 1;b=2 ; c',
    ['\\s*;\\s*', '\\s*[:=]\\s*'],
    [
      ['a', '1'],
      ['b', '2'],
      ['c', null],
    ],
  ],
] as const)('STR_TO_MAP of %s by %j', (text, separators, expected) => {
  const by = separators.map((each) => literal(each, STRING))
  expect(call('STR_TO_MAP', [rows(STRING, text, null), ...by])).toEqual([expected, null])
})

test('REGEXP_EXTRACT_ALL gives the first group of all matches, unless it is said; NULL for a bad pattern or group', () => {
  const texts = rows(STRING, 'a1b22', 'x', null)
  const ask = (pattern: string, ...group: number[]) =>
    call('REGEXP_EXTRACT_ALL', [texts, literal(pattern, STRING), ...group.map((each) => literal(each, INT))])
  expect(ask('[a-z](\\d+)')).toEqual([['1', '22'], [], null])
  expect(ask('[a-z](\\d+)', 0)).toEqual([['a1', 'b22'], [], null])
  expect(ask('(\\d)|([a-z])', 2)).toEqual([['a', null, 'b', null, null], ['x'], null])
  expect(ask('\\d+')).toEqual([null, null, null])
  expect(ask('(\\d+)', 2)).toEqual([null, null, null])
  expect(ask('(')).toEqual([null, null, null])
  // RE2 matches a pattern with which JavaScript's matcher would try many ways.
  const long = rows(STRING, `${'ab'.repeat(3000)}1 c2`)
  expect(call('REGEXP_EXTRACT_ALL', [long, literal('((?:[a-z]+)+)(\\d)', STRING), literal(2, INT)])).toEqual([
    ['1', '2'],
  ])
})
