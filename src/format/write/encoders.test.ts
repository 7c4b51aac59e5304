import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { batchOf } from '../../record/batch.test-tool.ts'
import type { Value } from '../../record/column.ts'
import type { Field } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import { type EncoderName, makeEncoder } from './encoders.ts'

const FIELDS: readonly Field[] = [
  { name: 'ok', type: types.BOOLEAN },
  { name: 'n', type: types.BIGINT },
  { name: 'x', type: types.DOUBLE },
  { name: 'price', type: types.decimal(10, 2) },
  { name: 'say "it"', type: types.STRING },
  { name: 'd', type: types.DATE },
  { name: 't', type: types.TIME },
  { name: 'ts', type: types.TIMESTAMP },
  { name: 'at', type: types.TIMESTAMP_LTZ },
]
const ROWS: readonly (readonly Value[])[] = [
  [true, 9007199254740993n, 0.1, -5n, 'a,"b"\n\x1b[2J', 9312, 14_400_000, 804571200000, 804571200007],
  [false, -7n, Number.NaN, 1200n, '', -1, 0, -1, 0],
  [null, null, null, null, null, null, null, null, null],
]

function encode(name: EncoderName, fields: readonly Field[], rows: readonly (readonly Value[])[]): string {
  const encoder = makeEncoder(name, fields)
  const parts = [encoder.head ?? Buffer.alloc(0), encoder.encode(batchOf(fields, rows), 0, rows.length)]
  return Buffer.concat([...parts, encoder.tail ?? Buffer.alloc(0)]).toString()
}

test('ndjson', () => {
  expect(encode('ndjson', FIELDS, ROWS)).toBe(
    [
      String.raw`{"ok":true,"n":9007199254740993,"x":0.1,"price":-0.05,"say \"it\"":"a,\"b\"\n\u001b[2J","d":"1995-07-01","t":"04:00:00","ts":"1995-07-01T04:00:00.000","at":"1995-07-01T04:00:00.007Z"}`,
      String.raw`{"ok":false,"n":-7,"x":"NaN","price":12.00,"say \"it\"":"","d":"1969-12-31","t":"00:00:00","ts":"1969-12-31T23:59:59.999","at":"1970-01-01T00:00:00.000Z"}`,
      String.raw`{"ok":null,"n":null,"x":null,"price":null,"say \"it\"":null,"d":null,"t":null,"ts":null,"at":null}`,
      '',
    ].join('\n'),
  )
})

test('json is one array, empty or not, in however many batches', () => {
  expect(JSON.parse(encode('json', FIELDS, ROWS))).toHaveLength(3)
  expect(JSON.parse(encode('json', FIELDS, []))).toEqual([])
  const encoder = makeEncoder('json', FIELDS)
  const batch = batchOf(FIELDS, ROWS)
  const text = [encoder.head, encoder.encode(batch, 0, 1).slice(), encoder.encode(batch, 1, 3), encoder.tail]
  expect(JSON.parse(text.map((part) => Buffer.from(part ?? []).toString()).join(''))).toHaveLength(3)
})

test('a row without columns is an empty object', () => {
  const rows = [[], [], []]
  expect(encode('ndjson', [], rows)).toBe('{}\n{}\n{}\n')
  expect(JSON.parse(encode('json', [], rows))).toEqual([{}, {}, {}])
  const ends = new Int32Array(2)
  makeEncoder('ndjson', []).encode(batchOf([], rows), 1, 3, ends)
  expect([...ends]).toEqual([3, 6])
})

test('csv keeps NULL and the empty text apart', () => {
  expect(encode('csv', FIELDS, ROWS)).toBe(
    [
      'ok,n,x,price,"say ""it""",d,t,ts,at',
      'true,9007199254740993,0.1,-0.05,"a,""b""\n\x1b[2J",1995-07-01,04:00:00,1995-07-01T04:00:00.000,1995-07-01T04:00:00.007Z',
      'false,-7,NaN,12.00,"",1969-12-31,00:00:00,1969-12-31T23:59:59.999,1970-01-01T00:00:00.000Z',
      ',,,,,,,,',
      '',
    ].join('\n'),
  )
})
