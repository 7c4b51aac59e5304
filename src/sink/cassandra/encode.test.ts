/** The bytes of each type are those that the driver of Apache reads and writes. */
import { createRequire } from 'node:module'
import { types } from 'cassandra-driver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findZone } from '../../base/timezone.ts'
import { columnOf, type Value } from '../../record/column.ts'
import { decimalText } from '../../record/decimal.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TIME,
  TIMESTAMP,
  TINYINT,
  type Type,
} from '../../record/type.ts'
import { encoderFor } from './cql-type.ts'

type Encoder = { decode(bytes: Buffer, type: { code: number }): unknown; encode(value: unknown, type: object): Buffer }
const { Encoder } = createRequire(import.meta.url)('cassandra-driver') as {
  Encoder: new (version: number, options: object) => Encoder
}
const driver = new Encoder(4, {})

/** The values as the column of a table would have them, read by the driver as texts. */
function written(type: Type, cql: keyof typeof types.dataTypes, values: readonly Value[], timezone = 'UTC') {
  const source = { kind: 'row' } as const
  const encode = encoderFor({ name: 'c', type, source }, cql, timezone)
  const refused: number[] = []
  const cells = encode?.(columnOf(type, values), values.length, (row) => refused.push(row)) ?? []
  const code = types.dataTypes[cql] as number
  const texts = cells.map((cell) => {
    if (cell === null) return null
    const value = driver.decode(cell, { code })
    // The bytes are those that the driver itself would write.
    expect(driver.encode(value, { code }).equals(cell)).toBe(true)
    return value instanceof Date ? value.toISOString() : String(value)
  })
  return { texts, refused }
}

const bigints = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const ints = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const listOf = <Item extends Value>(item: fc.Arbitrary<Item>) => fc.array(fc.option(item), { maxLength: 12 })
const asTexts = (values: readonly Value[]) => values.map((value) => (value === null ? null : String(value)))

test('integers of every size', () => {
  fc.assert(
    fc.property(listOf(bigints), (values) => {
      expect(written(BIGINT, 'bigint', values).texts).toEqual(asTexts(values))
      expect(written(BIGINT, 'varint', values).texts).toEqual(asTexts(values))
    }),
  )
  fc.assert(
    fc.property(listOf(ints), (values) => {
      for (const cql of ['int', 'bigint', 'varint'] as const) {
        expect(written(INT, cql, values).texts).toEqual(asTexts(values))
      }
    }),
  )
})

test('decimals, doubles and booleans', () => {
  fc.assert(
    fc.property(listOf(bigints), fc.integer({ min: 0, max: 10 }), (values, scale) => {
      const expected = values.map((value) => (value === null ? null : Number(decimalText(value, scale))))
      const { texts } = written(decimal(38, scale), 'decimal', values)
      // The driver writes small numbers with an exponent, which is none of our business.
      expect(texts.map((text) => (text === null ? null : Number(text)))).toEqual(expected)
    }),
  )
  fc.assert(
    fc.property(listOf(fc.double()), (values) => {
      expect(written(DOUBLE, 'double', values).texts).toEqual(asTexts(values))
    }),
  )
  expect(written(BOOLEAN, 'boolean', [true, false, null]).texts).toEqual(['true', 'false', null])
})

test('dates and times', () => {
  const noon = Date.UTC(2026, 6, 1, 12)
  expect(written(DATE, 'date', [0, -1, 20_635, null]).texts).toEqual(['1970-01-01', '1969-12-31', '2026-07-01', null])
  expect(written(TIME, 'time', [0, 43_200_000, 86_399_999]).texts).toEqual(['00:00:00', '12:00:00', '23:59:59.999'])
  expect(written({ kind: 'TIMESTAMP_LTZ' }, 'timestamp', [0, noon, -1]).texts).toEqual([
    '1970-01-01T00:00:00.000Z',
    '2026-07-01T12:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
  ])
})

test('a wall clock is an instant by the clock of the pipeline', () => {
  const noon = Date.UTC(2026, 6, 1, 12)
  expect(findZone('Europe/Berlin')).toBeDefined()
  expect(written(TIMESTAMP, 'timestamp', [noon], 'Europe/Berlin').texts).toEqual(['2026-07-01T10:00:00.000Z'])
  expect(written(TIMESTAMP, 'timestamp', [noon]).texts).toEqual(['2026-07-01T12:00:00.000Z'])
})

test('texts are UTF-8; bytes that are not become U+FFFD', () => {
  fc.assert(
    fc.property(listOf(fc.string({ unit: 'grapheme' })), (values) => {
      expect(written(STRING, 'text', values).texts).toEqual(values)
    }),
  )
  const bytes = Uint8Array.of(0x61, 0xff, 0x62)
  const column = {
    kind: 'string',
    bytes,
    start: Int32Array.of(0, 0),
    end: Int32Array.of(3, 1),
    nulls: undefined,
  } as const
  const encode = encoderFor({ name: 'c', type: STRING, source: { kind: 'row' } }, 'text', 'UTC')
  expect(encode?.(column, 2, () => {}).map(String)).toEqual(['a\uFFFDb', 'a'])
})

test('a text is a UUID, or its row is refused', () => {
  const id = '198a2bdb-6442-57a2-ad84-e425d263fc60'
  const { texts, refused } = written(STRING, 'uuid', [id, 'no', null, `${id}0`])
  expect(texts).toEqual([id, null, null, null])
  expect(refused).toEqual([1, 3])
})

test('integers of one and two bytes', () => {
  fc.assert(
    fc.property(listOf(fc.integer({ min: -128, max: 127 })), (values) => {
      for (const cql of ['tinyint', 'smallint', 'int', 'bigint', 'varint'] as const) {
        expect(written(TINYINT, cql, values).texts).toEqual(asTexts(values))
        if (cql !== 'tinyint') expect(written(SMALLINT, cql, values).texts).toEqual(asTexts(values))
      }
    }),
  )
})

test('bytes', () => {
  fc.assert(
    fc.property(listOf(fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'))), (values) => {
      const encode = encoderFor({ name: 'c', type: BYTES, source: { kind: 'row' } }, 'blob', 'UTC')
      const cells = encode?.(columnOf(BYTES, values), values.length, () => undefined)
      expect(cells?.map((cell) => cell?.toString('latin1') ?? null)).toEqual(values)
    }),
  )
})

test('floats of four bytes, and of eight', () => {
  fc.assert(
    fc.property(listOf(fc.float({ noNaN: true, noDefaultInfinity: true })), (values) => {
      expect(written(FLOAT, 'float', values).texts).toEqual(asTexts(values))
      expect(written(FLOAT, 'double', values).texts).toEqual(asTexts(values))
    }),
  )
})
