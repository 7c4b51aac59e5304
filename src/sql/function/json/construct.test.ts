import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INT,
  mapOf,
  rowOf,
  STRING,
  TIMESTAMP,
  TIMESTAMP_LTZ,
} from '../../../record/type.ts'
import { refusal } from '../../example-log.test-tool.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const key = (name: string) => literal(name, STRING)

test('JSON_OBJECT sorts its names; of equal ones the last counts that is written', () => {
  const values = [key('b'), rows(INT, 1, null), key('a'), rows(STRING, 'x"y', null)] as const
  expect(call('JSON_OBJECT', values)).toEqual(['{"a":"x\\"y","b":1}', '{"a":null,"b":null}'])
  expect(call('JSON_OBJECT', values, { keywords: ['ABSENT ON NULL'] })).toEqual(['{"a":"x\\"y","b":1}', '{}'])
  const twice = [key('a'), rows(INT, 1, 1), key('a'), rows(INT, 2, null)] as const
  expect(call('JSON_OBJECT', twice)).toEqual(['{"a":2}', '{"a":null}'])
  expect(call('JSON_OBJECT', twice, { keywords: ['ABSENT ON NULL'] })).toEqual(['{"a":2}', '{"a":1}'])
  expect(call('JSON_OBJECT', [rows(STRING, 'z', null), rows(INT, 1, 2)])).toEqual(['{"z":1}', 'failed'])
  expect(call('JSON_OBJECT', [])).toEqual(['{}'])
})

test('JSON_ARRAY leaves NULL out, unless NULL ON NULL keeps it', () => {
  const values = [rows(INT, null, 1), rows(STRING, 'a', null), rows(BOOLEAN, true, false)] as const
  expect(call('JSON_ARRAY', values)).toEqual(['["a",true]', '[1,false]'])
  expect(call('JSON_ARRAY', values, { keywords: ['NULL ON NULL'] })).toEqual(['[null,"a",true]', '[1,null,false]'])
  expect(call('JSON_ARRAY', [])).toEqual(['[]'])
})

test.each([
  [STRING, 'é😀/\u0001\t', '"é😀/\\u0001\\t"'],
  [STRING, '\u007f\u2028', '"\u007f\u2028"'],
  [BOOLEAN, true, 'true'],
  [INT, -5, '-5'],
  [BIGINT, 9007199254740993n, '9007199254740993'],
  [DOUBLE, 1.23, '1.23'],
  [DOUBLE, 1, '1.0'],
  [DOUBLE, 1e7, '1.0E+7'],
  [DOUBLE, 1e-4, '0.00010'],
  [DOUBLE, -0, '0.0'],
  [DOUBLE, Number.NaN, '"NaN"'],
  [DOUBLE, -Infinity, '"-Infinity"'],
  [decimal(5, 2), 150n, '1.50'],
  [decimal(5, 2), -5n, '-0.05'],
  [decimal(10, 8), 1n, '1E-8'],
  [decimal(10, 8), 0n, '0E-8'],
  [TIMESTAMP, Date.UTC(1990, 5, 2, 13, 37, 42, 1), '"1990-06-02T13:37:42.001"'],
  [TIMESTAMP, Date.UTC(1990, 5, 2, 13, 30, 0, 120), '"1990-06-02T13:30:00.12"'],
  [TIMESTAMP_LTZ, Date.UTC(1990, 5, 2, 10, 0, 0), '"1990-06-02T10:00:00Z"'],
  [INT, null, null],
  [arrayOf(STRING), ['a', null, '"'], '["a",null,"\\""]'],
  [arrayOf(arrayOf(INT)), [[], [1, 2]], '[[],[1,2]]'],
  [
    mapOf(STRING, DOUBLE),
    [
      ['b', 1],
      ['a', null],
      ['b', 2],
    ],
    '{"a":null,"b":2.0}',
  ],
  [mapOf(STRING, INT), [], '{}'],
  [
    rowOf([
      { name: 'y', type: INT },
      { name: 'x z', type: arrayOf(BOOLEAN) },
    ]),
    [null, [true]],
    '{"x z":[true],"y":null}',
  ],
] as const)('%o %s as JSON', (type, value: Value, expected) => {
  expect(call('JSON_STRING', [rows(type, value)])).toEqual([expected])
})

test('a type without a form in JSON, a NULL without a type and a name that is no text are refused', () => {
  expect(() => bind('JSON_STRING', [column(0, mapOf(INT, INT))])).toThrow(
    'the keys of a MAP are texts in JSON, not INT',
  )
  expect(() => bind('JSON_STRING', [column(0, arrayOf(DATE))])).toThrow('JSON has no form for DATE')
  expect(() => bind('JSON_STRING', [column(0, DATE)])).toThrow('JSON has no form for DATE')
  expect(() => bind('JSON_ARRAY', [literal(null, { kind: 'NULL' })])).toThrow('NULL has no type here')
  expect(() => bind('JSON_OBJECT', [column(0, INT), column(1, INT)])).toThrow('it wants a text, not INT')
})

test('JSON_QUOTE and JSON_UNQUOTE', () => {
  expect(call('JSON_QUOTE', [rows(STRING, 'a"b\\c/\n', '≠', '😀', '', null)])).toEqual([
    '"a\\"b\\\\c\\/\\n"',
    '"\\u2260"',
    '"\\u1f600\\ude00"',
    '""',
    null,
  ])
  const quoted = rows(STRING, '"a\\u0041\\n"', '{"a":"b"}', '"a', 'a', '""', '"\\x"', '"a" "b"', null)
  expect(call('JSON_UNQUOTE', [quoted])).toEqual(['aA\n', '{"a":"b"}', '"a', 'a', '', '"\\x"', 'a" "b', null])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      const [written] = call('JSON_QUOTE', [rows(STRING, text)])
      expect(JSON.parse(String(written))).toBe(text)
      expect(call('JSON_UNQUOTE', [rows(STRING, String(written))])).toEqual([text])
    }),
  )
})

test('JSON is checked and written anew; NULL where it is blank', () => {
  expect(call('JSON', [rows(STRING, ' {"b": 1, "a": [ ]} ', ' ', null, '{', '[1e9999999999]')])).toEqual([
    '{"a":[],"b":1}',
    null,
    null,
    'failed',
    'failed',
  ])
})

const ask = (expression: string) => refusal(`SELECT ${expression} AS x FROM log`)

test('JSON(…) stands inside of another function of JSON only', () => {
  expect(ask("JSON_OBJECT('a' VALUE JSON(host))")).toBe('accepted')
  expect(ask('JSON_ARRAY(JSON(host), JSON_STRING(JSON(path)))')).toBe('accepted')
  // A mistake beside it does not bring another one.
  expect(ask('JSON_ARRAY(JSON(host), nothing)')).not.toContain('JSON(…) is')
  expect(ask('JSON(host)')).toContain('JSON(…) is a value of JSON_OBJECT, JSON_ARRAY or JSON_STRING only')
  expect(ask("UPPER(JSON('{}'))")).toContain("write JSON_OBJECT('name' VALUE JSON('{}')), or the text alone")
})
