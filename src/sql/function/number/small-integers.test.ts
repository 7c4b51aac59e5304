/** TINYINT and SMALLINT are numbers of 8 and 16 bits, beside each other and beside wider ones. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { BIGINT, DOUBLE, INT, integerBits, SMALLINT, STRING, TINYINT, type Type } from '../../../record/type.ts'
import { bind, call, cast, column, rows } from '../run.test-tool.ts'

const TYPES: readonly Type[] = [TINYINT, SMALLINT, INT, BIGINT]

const numberOf = (type: Type): fc.Arbitrary<bigint> => {
  const limit = 2n ** BigInt(integerBits(type) - 1)
  const edges = fc.constantFrom(0n, 1n, -1n, limit - 1n, -limit)
  return fc.oneof(edges, fc.bigInt({ min: -limit, max: limit - 1n }))
}

/** A whole number as a column of the type gives it. */
const given = (type: Type, value: bigint): Value => (type.kind === 'BIGINT' ? value : Number(value))

const pair = fc
  .tuple(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES))
  .chain(([a, b]) => fc.tuple(fc.constant(a), fc.constant(b), numberOf(a), numberOf(b)))

const sign = fc.constantFrom('+', '-', '*', '/', '%')

test('arithmetic has the wider type and wraps round at its bits; a rest has the type of the divisor', () => {
  fc.assert(
    fc.property(sign, pair, (by, [a, b, x, y]) => {
      const wider = integerBits(a) >= integerBits(b) ? a : b
      const type = by === '%' ? b : wider
      expect(bind(by, [column(0, a), column(1, b)]).type).toEqual(type)
      const result = call(by, [rows(a, given(a, x)), rows(b, given(b, y))])
      if (y === 0n && (by === '/' || by === '%')) expect(result).toEqual(['failed'])
      else {
        const exact = by === '+' ? x + y : by === '-' ? x - y : by === '*' ? x * y : by === '/' ? x / y : x % y
        expect(result).toEqual([given(type, BigInt.asIntN(integerBits(wider), exact))])
      }
    }),
    { numRuns: 2000 },
  )
})

test('ABS and the sign wrap round too', () => {
  expect(call('ABS', [rows(TINYINT, -128, -127)])).toEqual([-128, 127])
  expect(call('NEGATE', [rows(SMALLINT, -32768, 5)])).toEqual([-32768, -5])
})

test('a cast from a wider whole number takes the lowest bits', () => {
  fc.assert(
    fc.property(pair, ([from, to, x]) => {
      expect(cast(from, [given(from, x)], to)).toEqual([given(to, BigInt.asIntN(integerBits(to), x))])
    }),
    { numRuns: 500 },
  )
})

test('a DOUBLE becomes an INT first, as in Java', () => {
  const doubles = [1.9, -1.9, 1e10, -1e10, Number.NaN, Infinity, 200]
  expect(cast(DOUBLE, doubles, TINYINT)).toEqual([1, -1, -1, 0, 0, -1, -56])
  expect(cast(DOUBLE, doubles, SMALLINT)).toEqual([1, -1, -1, 0, 0, -1, 200])
})

test('a text beyond the type fails', () => {
  expect(cast(STRING, ['127', '128', '-128', '-129', '1.9', 'x'], TINYINT)).toEqual([
    127,
    'failed',
    -128,
    'failed',
    1,
    'failed',
  ])
  expect(cast(STRING, ['32767', '32768'], SMALLINT, { try: true })).toEqual([32767, null])
})

test('comparisons are in the wider type', () => {
  expect(call('=', [rows(TINYINT, 5, -1), rows(BIGINT, 5n, 255n)])).toEqual([true, false])
  expect(call('<', [rows(SMALLINT, 5), rows(STRING, '40000')])).toEqual([true])
})
