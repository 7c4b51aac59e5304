import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INT,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
} from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { cast, column, literal, utc } from '../run.test-tool.ts'
import { castTo } from './cast.ts'

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

test('integers come back from their text', () => {
  fc.assert(
    fc.property(fc.array(fc.option(long), { minLength: 1, maxLength: 4 }), (values) => {
      expect(cast(STRING, cast(BIGINT, values, STRING), BIGINT)).toEqual(values)
    }),
  )
  fc.assert(
    fc.property(fc.integer(), (value) => {
      expect(cast(STRING, cast(INT, [value], STRING), INT)).toEqual([value])
    }),
  )
})

test('doubles come back from their text, which is that of Java', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(cast(STRING, cast(DOUBLE, [value], STRING), DOUBLE)).toEqual([value])
    }),
  )
  const texts = [1e7, 1e-4, 1e6, 0.001, -0, 123456.789, 1e21, Number.NaN, -Infinity, 5e-324]
  expect(cast(DOUBLE, texts, STRING).join(' ')).toBe(
    '1.0E7 1.0E-4 1000000.0 0.001 -0.0 123456.789 1.0E21 NaN -Infinity 4.9E-324',
  )
})

test('a text that is no number fails, or is NULL for TRY_CAST', () => {
  const bad = ['', ' ', 'x', '1x', '1e3', '2147483648', '0x10', '١', '-', '1.x']
  expect(cast(STRING, bad, INT)).toEqual(bad.map(() => 'failed'))
  expect(cast(STRING, bad, INT, { try: true })).toEqual(bad.map(() => null))
  expect(cast(STRING, [' 12 ', '+5', '-1.9', '.5', '007', null], INT)).toEqual([12, 5, -1, 0, 7, null])
  expect(cast(STRING, ['9223372036854775807', '9223372036854775808'], BIGINT)).toEqual([2n ** 63n - 1n, 'failed'])
  expect(cast(STRING, ['1d', '0x1p3', ' .5 ', '1_0'], DOUBLE)).toEqual([1, 8, 0.5, 'failed'])
})

test('a text to DECIMAL is rounded half up, and read as leniently as in Flink', () => {
  const texts = ['1.005', '-1.005', '1e2', 'x', '1x', '1xx', '1234', '', '.']
  expect(cast(STRING, texts, decimal(5, 2))).toEqual([101n, -101n, 10000n, 0n, 100n, 'failed', 'failed', 'failed', 0n])
  expect(cast(STRING, ['1x', '1.5'], decimal(20, 1))).toEqual(['failed', 15n])
})

test('numbers are cut, saturated, wrapped round or NULL', () => {
  expect(cast(DOUBLE, [1.9, -1.9, 1e10, -1e10, Number.NaN], INT)).toEqual([1, -1, 2147483647, -2147483648, 0])
  expect(cast(DOUBLE, [1e19, Number.NaN, -0.5], BIGINT)).toEqual([2n ** 63n - 1n, 0n, 0n])
  expect(cast(BIGINT, [2n ** 32n + 1n, 2n ** 53n + 1n], INT)).toEqual([1, 1])
  expect(cast(DOUBLE, [1.005, 1000], decimal(5, 2))).toEqual([101n, null])
  expect(cast(decimal(10, 3), [1999n, -1999n, 1500n], INT)).toEqual([1, -1, 1])
  expect(cast(decimal(10, 3), [1n, 0n], BOOLEAN)).toEqual([true, false])
  expect(cast(BOOLEAN, [true, false], decimal(3, 1))).toEqual([10n, 0n])
})

test('times and texts', () => {
  const texts = ['2024-02-29 12:34:56', '2024-02-29', '2024-02-29 12:34', '2023-02-30 00:00:00', '2024-02-29T00:00:00']
  const at = (text: string) => Date.parse(`${text}Z`)
  expect(cast(STRING, texts, TIMESTAMP)).toEqual([
    at('2024-02-29T12:34:56'),
    at('2024-02-29T00:00:00'),
    'failed',
    at('2023-02-28T00:00:00'),
    'failed',
  ])
  expect(cast(STRING, ['2024-02-29 x', '2024-2', '2023-02-29', '20240229'], DATE)).toEqual([
    19782,
    19754,
    'failed',
    'failed',
  ])
  expect(cast(TIMESTAMP, [-1, 0], STRING)).toEqual(['1969-12-31 23:59:59.999', '1970-01-01 00:00:00.000'])
  expect(cast(TIME, [45_296_000], STRING)).toEqual(['12:34:56'])
})

test('the zone decides how an instant is shown and how a wall clock is read', () => {
  const session = { timezone: 'Europe/Berlin', now: 0 }
  expect(cast(TIMESTAMP_LTZ, [0], STRING, { session })).toEqual(['1970-01-01 01:00:00.000'])
  const gap = Date.UTC(2024, 2, 31, 2, 30)
  expect(cast(TIMESTAMP, [gap], TIMESTAMP_LTZ, { session })).toEqual([gap - 3_600_000])
})

// Promise: A constant that cannot be read as the type it is needed in is refused before any row is read.
test('literals are cast when the statement is bound; one that cannot be read is refused', () => {
  const options = { try: false, session: utc }
  expect(castTo(literal('12', STRING), INT, options)).toEqual(literal(12, INT))
  expect(() => castTo(literal('x', STRING), INT, options)).toThrow("'x' cannot be read as INT")
  expect(castTo(literal('x', STRING), INT, { ...options, try: true })).toEqual(literal(null, INT))
  expect(() => castTo(column(0, INT), DATE, options)).toThrow(TypeProblem)
})
