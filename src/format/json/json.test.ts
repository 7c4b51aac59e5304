import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOf } from '../../record/batch.test-tool.ts'
import type { Value } from '../../record/column.ts'
import type { Field, Type } from '../../record/type.ts'
import * as types from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { decodeAll, expectAnyChoice } from '../decode.test-tool.ts'
import { makeEncoder } from '../write/encoders.ts'
import { openJson } from './json.ts'

const column = (name: string, type: Type, path?: string[]): DeclaredColumn =>
  path === undefined ? { field: { name, type } } : { field: { name, type }, path }

/** The rows or rejects of records with one declared column `x`. */
function read(type: Type, ...values: string[]): (Value | string | undefined)[] {
  const open = openJson([column('x', type)])
  return values.map((value) => {
    const { rows, rejects } = decodeAll(open, `{"x":${value}}`)
    return rows.length === 1 ? rows[0]?.x : rejects[0]
  })
}

test('declared columns with paths; the order of members does not matter, the last of one name counts', () => {
  const columns = [
    column('id', types.BIGINT, ['user', 'id']),
    column('name', types.STRING, ['user', 'name']),
    column('user', types.STRING),
    column('ok', types.BOOLEAN),
  ]
  const open = openJson(columns)
  const { rows, rejects } = decodeAll(
    open,
    [
      '{"user":{"id":1,"name":"a"},"ok":true,"x":[1,{"id":2}]}',
      ' { "ok" : false , "z" : {} , "user" : { "name" : "b" , "id" : 2 } } \r',
      '{"user":{"id":1,"name":"a"},"user":{"id":3},"ok":true,"ok":null}',
      '{"us\\u0065r":{"id":4}}',
      '{"user":null}',
      '{}',
      '\ufeff{"ok":true}',
    ].join('\n'),
  )
  expect(rejects).toEqual([])
  expect(rows).toEqual([
    { id: 1n, name: 'a', user: '{"id":1,"name":"a"}', ok: true },
    { id: 2n, name: 'b', user: '{ "name" : "b" , "id" : 2 }', ok: false },
    { id: 3n, name: null, user: '{"id":3}', ok: null },
    { id: 4n, name: null, user: '{"id":4}', ok: null },
    { id: null, name: null, user: null, ok: null },
    { id: null, name: null, user: null, ok: null },
    { id: null, name: null, user: null, ok: true },
  ])
})

describe('values by type', () => {
  test('numbers', () => {
    expect(read(types.INT, '5', '-2147483648', '3.0', '1e3', '" 7 "')).toEqual([5, -2147483648, 3, 1000, 7])
    expect(read(types.TINYINT, '127', '-128', '128')).toEqual([127, -128, "0:5 column x: '128' is not of type TINYINT"])
    expect(read(types.SMALLINT, '-32768', '-32769')).toEqual([-32768, "0:5 column x: '-32769' is not of type SMALLINT"])
    expect(read(types.BIGINT, '-9223372036854775808', '9007199254740993', '"12"')).toEqual([
      -9223372036854775808n,
      9007199254740993n,
      12n,
    ])
    expect(read(types.DOUBLE, '0.1', '-0', '1e400', '-1e309', '123456789012345678', '"NaN"', '"-Infinity"')).toEqual([
      0.1,
      -0,
      "0:5 column x: '1e400' is not of type DOUBLE",
      "0:5 column x: '-1e309' is not of type DOUBLE",
      123456789012345680,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    ])
    expect(read(types.decimal(5, 2), '1.5', '1.005', '-1.005', '999.99', '1e2', '0')).toEqual([
      150n,
      101n,
      -101n,
      99999n,
      10000n,
      0n,
    ])
  })
  test('texts', () => {
    expect(
      read(types.STRING, '"a\\n\\"\\u00e9\\ud83d\\ude00\\/"', '12.50', 'true', '[1, 2]', '{"a":"\\n"}', '""'),
    ).toEqual(['a\n"é😀/', '12.50', 'true', '[1, 2]', '{"a":"\\n"}', ''])
    expect(read(types.STRING, '"\\ud83d"', '"\\udE00\\uD83D\\u0041"')).toEqual(['\ufffd', '\ufffd\ufffdA'])
  })
  test('times', () => {
    expect(read(types.TIMESTAMP, '"2024-02-29T12:00:00"', '"2024-02-29 12:00:00.1239"', '"2024-02-29T12:00"')).toEqual([
      1709208000000, 1709208000123, 1709208000000,
    ])
    expect(
      read(types.TIMESTAMP_LTZ, '"2024-02-29T12:00:00Z"', '"2024-02-29T12:00:00.5+01:30"', '1709208000000'),
    ).toEqual([1709208000000, 1709202600500, 1709208000000])
    expect(read(types.DATE, '"1969-12-31"')).toEqual([-1])
    expect(read(types.TIME, '"23:59:59"')).toEqual([86399000])
  })
  test('a value of another type is a reject that names the column', () => {
    expect(read(types.INT, '"a"', '1.5', '2147483648', 'true', '{"a":1}')).toEqual([
      `0:5 column x: '"a"' is not of type INT`,
      `0:5 column x: '1.5' is not of type INT`,
      `0:5 column x: '2147483648' is not of type INT`,
      `0:5 column x: 'true' is not of type INT`,
      `0:5 column x: '{"a":1}' is not of type INT`,
    ])
    expect(read(types.BIGINT, '9223372036854775808')).toEqual([
      `0:5 column x: '9223372036854775808' is not of type BIGINT`,
    ])
    expect(read(types.decimal(3, 2), '10', '1e999999999')).toEqual([
      `0:5 column x: '10' is not of type DECIMAL(3, 2)`,
      `0:5 column x: '1e999999999' is not of type DECIMAL(3, 2)`,
    ])
    expect(read(types.TIMESTAMP, '"2024-02-30T12:00:00"', '"2024-02-29T12:00:00Z"')).toEqual([
      `0:5 column x: '"2024-02-30T12:00:00"' is not of type TIMESTAMP(3) (a time is written as 2026-03-01T10:00:00)`,
      `0:5 column x: '"2024-02-29T12:00:00Z"' is not of type TIMESTAMP(3) (a zone makes it a TIMESTAMP_LTZ(3))`,
    ])
    expect(read(types.BOOLEAN, '1', '"yes"')).toEqual([
      `0:5 column x: '1' is not of type BOOLEAN`,
      `0:5 column x: '"yes"' is not of type BOOLEAN`,
    ])
  })
})

// Promise json-depth: A JSON record of more than 256 levels is a dead letter.
test('a record that is not a JSON object is a reject, with the byte', () => {
  const open = openJson([column('a', types.STRING)])
  const cases = [
    ['', '0:0 the line is empty'],
    ['[1]', '0:0 expected {'],
    ['{"a":1', '0:6 expected , or }'],
    ['{"a":1}x', '0:7 expected the end of the line'],
    ['{"b":tru}', '0:8 expected a value'],
    ['{"b":01}', '0:6 expected , or }'],
    ['{"b":"a\tb"}', '0:7 a control character in a string has to be escaped'],
    ['{"b":"\\x"}', '0:6 no such escape in a string'],
    ['{"b":"\\u12g4"}', '0:6 expected four hexadecimal digits behind \\u'],
    ['{"b":"abc', '0:9 the string does not end'],
    ['{"b":[1,]}', '0:8 expected a value'],
    ['{"b" 1}', '0:5 expected : behind the name of a member'],
    ['{a:1}', '0:1 expected the name of a member'],
    [`{"b":${'['.repeat(300)}`, '0:261 more than 256 levels'],
  ] as const
  for (const [text, reject] of cases) expect(decodeAll(open, `${text}\n`).rejects).toEqual([reject])
})

const mangled = fc
  .tuple(
    fc.dictionary(fc.constantFrom('a', 'b', 'cc', '', '"', 'é'), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
    fc.constantFrom(0, 1),
    fc.array(
      fc.tuple(fc.nat(60), fc.nat(2), fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '1', '-', 'e', ' ', '')),
      {
        maxLength: 2,
      },
    ),
  )
  .map(([value, indent, edits]) =>
    edits.reduce(
      (text, [at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone),
      JSON.stringify(value, null, indent).replaceAll('\n', ' '),
    ),
  )

test('a record is a row exactly if JSON.parse reads an object, whichever columns are wanted', () => {
  const columns = [column('a', types.STRING), column('cc', types.STRING, ['cc']), column('quote', types.STRING, ['"'])]
  const open = openJson(columns)
  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }
  fc.assert(
    fc.property(
      fc.array(mangled, { minLength: 1, maxLength: 5 }),
      fc.subarray(['a', 'cc', 'quote']),
      (lines, wanted) => {
        const parsed = lines.map(parse)
        const isRow = parsed.map((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
        const inLatin1 = lines.map((line) => Buffer.from(line).toString('latin1'))
        const all = expectAnyChoice(open, inLatin1, wanted, 7)
        expect(all.origins).toEqual([...isRow.keys()].filter((i) => isRow[i]))
        all.rows.forEach((row, i) => {
          const { a } = parsed[all.origins[i] as number] as { a?: unknown }
          if (typeof a === 'string') expect(row.a).toBe(Buffer.from(a).toString())
          else if (a === null || a === undefined) expect(row.a).toBe(null)
          else expect(JSON.parse(String(row.a))).toEqual(a)
        })
      },
    ),
    { numRuns: 1_000 },
  )
})

const SCALARS: readonly (readonly [Type, fc.Arbitrary<Value>])[] = [
  [types.BOOLEAN, fc.boolean()],
  [types.INT, fc.integer()],
  [types.BIGINT, fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer().map(BigInt))],
  [types.DOUBLE, fc.double()],
  [types.decimal(38, 6), fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })],
  [
    types.STRING,
    fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString()),
    ),
  ],
  [types.DATE, fc.integer({ min: -719162, max: 2932896 })],
  [types.TIME, fc.integer({ min: 0, max: 86_399_999 })],
  [types.TIMESTAMP, fc.integer({ min: -62135596800000, max: 253402300799999 })],
  [types.TIMESTAMP_LTZ, fc.integer({ min: -62135596800000, max: 253402300799999 })],
  [types.timestamp(9), fc.bigInt({ min: -62135596800n * 10n ** 9n, max: 253402300799n * 10n ** 9n })],
  [
    types.timestamp(6, true),
    fc.bigInt({ min: -62135596800n * 10n ** 6n, max: 253402300799n * 10n ** 6n }).map((us) => us * 1000n),
  ],
  [types.TINYINT, fc.integer({ min: -128, max: 127 })],
  [types.FLOAT, fc.float()],
  [types.INTERVAL_DAY, fc.integer()],
  [types.INTERVAL_MONTH, fc.integer()],
]

const element = fc.option(fc.string(), { freq: 8 })
const pair = fc.option(
  fc.tuple(fc.option(fc.bigInt({ min: -9n, max: 2n ** 60n })), fc.array(element, { maxLength: 3 })),
)
const BY_TYPE: typeof SCALARS = [
  ...SCALARS,
  // Each type inside of an ARRAY, a MAP with such keys, and a ROW.
  ...SCALARS.map(
    ([type, value]) => [types.arrayOf(type), fc.array(fc.option(value, { freq: 8 }), { maxLength: 3 })] as const,
  ),
  ...SCALARS.map(([type, value]) => {
    const keys = fc.uniqueArray(value, { maxLength: 3, selector: (key) => (Object.is(key, -0) ? 0 : key) })
    return [types.mapOf(type, types.INT), keys.map((each) => each.map((key, i) => [key, i]))] as const
  }),
  [
    types.arrayOf(
      types.rowOf([
        { name: 'a"b', type: types.BIGINT },
        { name: '', type: types.arrayOf(types.STRING) },
      ]),
    ),
    fc.array(pair, { maxLength: 3 }),
  ],
]

test('json reads back all rows that ndjson writes: every type, every value', () => {
  const fields: Field[] = BY_TYPE.map(([type], i) => ({ name: `c"${i}`, type }))
  const row = fc.tuple(...BY_TYPE.map(([, value]) => fc.option(value, { freq: 8 })))
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
      const text = makeEncoder('ndjson', fields).encode(batchOf(fields, rows), 0, rows.length)
      const back = decodeAll(openJson(fields.map((field) => ({ field }))), text)
      expect(back.rejects).toEqual([])
      expect(back.rows.map((each) => Object.values(each))).toEqual(rows.map((each) => [...each]))
    }),
    { numRuns: 300 },
  )
})

test('timestamps of more digits are read from texts and from numbers of any unit, and cut to their digits', () => {
  const fine = types.timestamp(6, true)
  expect(read(fine, '"2024-02-29T12:00:00.123456789Z"', '"2024-02-29 12:00:00,1+01:00"', '1709208000123')).toEqual([
    1709208000123456000n,
    1709204400100000000n,
    1709208000123000000n,
  ])
  const inUnit = (unit: 's' | 'us' | 'ns', value: string) =>
    decodeAll(openJson([{ field: { name: 'x', type: fine }, unit }]), `{"x":${value}}`).rows[0]?.x
  expect(inUnit('s', '1709208000.1234567')).toBe(1709208000123456000n)
  expect(inUnit('us', '1709208000123456')).toBe(1709208000123456000n)
  expect(inUnit('ns', '-1')).toBe(-1000n)
  expect(read(types.timestamp(9), '"2024-02-29T12:00:00.123456789"', '5', '"2024-02-29T12:00:00Z"')).toEqual([
    1709208000123456789n,
    "0:5 column x: '5' is not of type TIMESTAMP(9) (a number is an instant, a TIMESTAMP_LTZ(3))",
    `0:5 column x: '"2024-02-29T12:00:00Z"' is not of type TIMESTAMP(9) (a zone makes it a TIMESTAMP_LTZ(3))`,
  ])
})

test('bytes are base 64, with and without the signs at its end', () => {
  const rows = decodeAll(
    openJson([column('x', types.BYTES)]),
    '{"x":"QUI="}\n{"x":"QUI"}\n{"x":"Q\\u0055I="}\n{"x":"*"}\n{"x":""}',
  )
  expect(rows.rows.map(({ x }) => x)).toEqual(['AB', 'AB', 'AB', ''])
  expect(rows.rejects).toHaveLength(1)
})
