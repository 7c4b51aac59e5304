/** Nested columns: what is a row, what is a reject and why, and records of any size. */
import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { MOST_ROWS } from '../../kernel/assembly/json/layout.ts'
import { type Column, type Value, valueAt } from '../../record/column.ts'
import * as types from '../../record/type.ts'
import { arrayOf, mapOf, rowOf } from '../../record/type.ts'
import { type Decoded, decodeAll } from '../decode.test-tool.ts'
import { BLOCK_BYTES } from '../scan/parsed-kernel.ts'
import { json, openJson } from './json.ts'
import { open, SAMPLES, SHAPE } from './nested.test-tool.ts'

const { BIGINT, INT, STRING } = types

const decode = (format: ReturnType<typeof open>, lines: readonly string[]): Decoded =>
  decodeAll(format, Buffer.from(`${lines.join('\n')}\n`))

test('of two members of one name the last counts, at any depth', () => {
  const { rows } = decode(open(...SHAPE), [
    '{"data":[{"id":1}],"meta":{"a":1},"data":[{"name":"x"},{"id":3,"id":4}],"meta":{"in":{}},"tags":{"a":1,"b":2,"\\u0061":3}}',
    '{"data":[{"id":5,"id":null}]}',
  ])
  expect(rows).toEqual([
    {
      data: [
        [null, 'x', null],
        [4n, null, null],
      ],
      meta: [null, [null]],
      tags: [
        ['a', 30n],
        ['b', 20n],
      ],
    },
    { data: [[null, null, null]], meta: null, tags: null },
  ])
})

test('a value that is not of its type is a reject with its byte and its place', () => {
  const lines = [
    '{"data":[{"id":1},{"id":"x"}]}',
    '{"data":{"id":1}}',
    '{"data":[1]}',
    '{"tags":{"a":"b"}}',
    '{"meta":"text"}',
    '{"meta":{"in":{"t":"noon"}}}',
    '{"data":[{"id":1} {}]}',
    '{"data":[{"id":1},]}',
    '{"data":[{"x":[1e400]}]}',
  ]
  expect(decode(open(...SHAPE), lines)).toEqual({
    rows: [],
    origins: [],
    rejects: [
      '0:24 column data[].id: \'"x"\' is not of type BIGINT',
      '1:8 column data: \'{"id":1}\' is not of type ARRAY',
      "2:9 column data[]: '1' is not of type ROW",
      '3:13 column tags[]: \'"b"\' is not of type DECIMAL(5, 1)',
      '4:8 column meta: \'"text"\' is not of type ROW',
      '5:19 column meta.in.t: \'"noon"\' is not of type TIMESTAMP_LTZ(3) (a time is written as 2026-03-01T10:00:00Z)',
      '6:18 expected , or ]',
      '7:18 expected a value',
      "8:15 column data[].x[]: '1e400' is not of type DOUBLE",
    ],
  })
})

test('numbers of any length are exact in elements too', () => {
  const format = open(['v', arrayOf(BIGINT)], ['d', arrayOf(types.decimal(38, 0))])
  const line = '{"v":[1,9007199254740993,-9223372036854775808,3.0],"d":[12345678901234567890123456789012345678]}'
  const [row] = decode(format, [line]).rows
  expect(row).toEqual({
    v: [1n, 9007199254740993n, -9223372036854775808n, 3n],
    d: [12345678901234567890123456789012345678n],
  })
  expect(decode(format, ['{"v":[9223372036854775808]}']).rejects).toEqual([
    "0:6 column v[]: '9223372036854775808' is not of type BIGINT",
  ])
})

test('a column may be declared beside those inside it, and beside one with the text of the same member', () => {
  const format = openJson([
    { field: { name: 'list', type: arrayOf(BIGINT) }, path: ['in', 'v'] },
    { field: { name: 'text', type: STRING }, path: ['in', 'v'] },
    { field: { name: 'all', type: rowOf([{ name: 'v', type: arrayOf(STRING) }]) }, path: ['in'] },
    { field: { name: 'lists', type: arrayOf(BIGINT) }, path: ['in', 'w'] },
  ])
  const lines = ['{"in":{"v":[1, 2],"w":[3]}}', '{"in":{"v":[1, "x"]}}', '{"in":{}}', '{"in":null}', '{"in":{"v":"x"}}']
  const { rows, rejects } = decode(format, lines)
  expect(rows).toEqual([
    { list: [1n, 2n], text: '[1, 2]', all: [['1', '2']], lists: [3n] },
    { list: null, text: null, all: [null], lists: null },
    { list: null, text: null, all: null, lists: null },
  ])
  expect(rejects).toEqual([
    '1:15 column list[]: \'"x"\' is not of type BIGINT',
    '4:11 column list: \'"x"\' is not of type ARRAY',
  ])
})

const ELEMENTS = '{"id":7,"name":"seven"},'.repeat(50_000).slice(0, -1)

test('a record may be longer than a block, span lines, and have more elements than there was room for', () => {
  const format = open(...SHAPE)
  const long = `{ "meta": {"a": 1},\r\n "data": [${ELEMENTS.replaceAll(',{', ',\n\t{')}]\n}`
  expect(long.length).toBeGreaterThan(BLOCK_BYTES)
  const text = Buffer.from([SAMPLES[0], SAMPLES[0]?.slice(0, -1), long, SAMPLES[1], `${long} x`, SAMPLES[0]].join('\0'))
  const starts = [0]
  for (let at = text.indexOf(0); at >= 0; at = text.indexOf(0, at + 1)) starts.push(at + 1)
  const records = {
    bytes: text,
    start: Int32Array.from(starts),
    end: Int32Array.from([...starts.slice(1).map((at) => at - 1), text.length]),
    count: starts.length,
  }
  const rejects: number[] = []
  const decoder = format.decoder([0, 2])
  for (let again = 0; again < 2; again++) {
    rejects.length = 0
    const { count, columns, origin } = decoder(records, { add: (record) => rejects.push(record) })
    expect(rejects).toEqual([1, 4])
    expect([...(origin ?? [])].slice(0, count)).toEqual([0, 2, 3, 5])
    const [data] = columns
    const lengths = Array.from({ length: count }, (_, row) => (valueAt(data as Column, row) as readonly Value[]).length)
    expect(lengths).toEqual([3, 50_000, 0, 3])
    expect((valueAt(data as Column, 1) as readonly Value[]).at(-1)).toEqual([7n, 'seven', null])
    expect(valueAt(data as Column, 3)).toEqual(valueAt(data as Column, 0))
  }
})

// Promise json-elements: A JSON record with more than 1,048,576 elements of one array, or members of one object, is a dead letter.
test('an array has a limit, whether the column is wanted or not', () => {
  const format = open(['v', arrayOf(BIGINT)])
  const lines = [MOST_ROWS, MOST_ROWS + 1].map((count) => `{"v":[${'1,'.repeat(count).slice(0, -1)}]}`)
  for (const names of [['v'], []]) {
    const { origins, rejects } = decodeAll(format, lines.join('\n'), names, 1 << 25)
    expect(origins).toEqual([0])
    expect(rejects).toEqual([`1:${6 + 2 * MOST_ROWS} more than 1048576 elements`])
  }
})

test('a record with many late values, and an object with very many names', () => {
  const format = open(['v', arrayOf(STRING)], ['m', mapOf(STRING, STRING)])
  const many = Array.from({ length: 5000 }, (_, i) => `é"${i}`)
  const object = Object.fromEntries(many.map((each, i) => [`k${i}`, each]))
  const { rows } = decode(format, [JSON.stringify({ v: many }), JSON.stringify({ m: object }), '{"v":["a"]}'])
  expect(rows).toEqual([
    { v: many, m: null },
    { v: null, m: Object.entries(object) },
    { v: ['a'], m: null },
  ])
})

test('keys of a MAP are texts where columns are declared; result rows may have others', () => {
  expect(() => json.open({ columns: { m: { type: 'ARRAY<MAP<INT, STRING>>' } } }, undefined)).toThrow(
    'column m: the keys of an object in JSON are texts',
  )
  const { rows, rejects } = decode(open(['m', mapOf(INT, STRING)]), [
    '{"m":{"1":"a","\\u0032":"b"}}',
    '{"m":{"x":null}}',
  ])
  expect(rows).toEqual([
    {
      m: [
        [1, 'a'],
        [2, 'b'],
      ],
    },
  ])
  expect(rejects).toEqual(['1:6 column m[]: \'"x"\' is not of type INT'])
})
