/** FLOAT is a number of 32 bits: the result of each step is rounded to them, as by Java. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, DOUBLE, decimal, FLOAT, INT, STRING, type Type } from '../../../record/type.ts'
import { bind, call, cast, column, rows } from '../run.test-tool.ts'

const float = fc.float({ noNaN: true })

test('arithmetic of FLOATs is that of 32 bits', () => {
  fc.assert(
    fc.property(fc.constantFrom('+', '-', '*', '/'), float, float, (by, a, b) => {
      const exact = by === '+' ? a + b : by === '-' ? a - b : by === '*' ? a * b : a / b
      expect(call(by, [rows(FLOAT, a), rows(FLOAT, b)])).toEqual([Math.fround(exact)])
    }),
  )
})

test.each<readonly [Type, Type, Type]>([
  [FLOAT, INT, FLOAT],
  [BIGINT, FLOAT, FLOAT],
  [FLOAT, DOUBLE, FLOAT],
  [DOUBLE, FLOAT, DOUBLE],
  [FLOAT, decimal(3, 1), DOUBLE],
  [decimal(3, 1), FLOAT, DOUBLE],
])('%o + %o is %o', (a, b, sum) => expect(bind('+', [column(0, a), column(1, b)]).type).toEqual(sum))

test('a FLOAT beside a DOUBLE is compared as one, and beside a whole number that is rounded', () => {
  expect(call('=', [rows(FLOAT, Math.fround(0.1)), rows(DOUBLE, 0.1)])).toEqual([false])
  expect(call('=', [rows(DOUBLE, 0.5), rows(FLOAT, 0.5)])).toEqual([true])
  expect(call('=', [rows(FLOAT, 16777216), rows(INT, 16777217)])).toEqual([true])
})

test('texts are those of Java', () => {
  const values = [0.1, 1e7, 1.5e-5, 16777216, 3.4028235e38, 1.4e-45, -0, Number.NaN, -Infinity].map(Math.fround)
  const texts = ['0.1', '1.0E7', '1.5E-5', '1.6777216E7', '3.4028235E38', '1.4E-45', '-0.0', 'NaN', '-Infinity']
  expect(cast(FLOAT, values, STRING)).toEqual(texts)
  expect(cast(STRING, texts, FLOAT)).toEqual(values)
  expect(cast(STRING, ['1e39', '0x1.8p1', ' 5f ', 'x'], FLOAT)).toEqual([Infinity, 3, 5, 'failed'])
})

test('casts round once, and digits are those of the double in it', () => {
  expect(cast(DOUBLE, [0.1, 1e39], FLOAT)).toEqual([Math.fround(0.1), Infinity])
  expect(cast(BIGINT, [2n ** 60n + 2n ** 36n + 1n], FLOAT)).toEqual([2 ** 60 + 2 ** 37])
  expect(cast(FLOAT, [Math.fround(0.1)], DOUBLE)).toEqual([0.10000000149011612])
  expect(cast(FLOAT, [Math.fround(0.1)], decimal(10, 9))).toEqual([100_000_001n])
  expect(cast(FLOAT, [1e10, -1.9, Number.NaN], INT)).toEqual([2147483647, -1, 0])
  expect(cast(decimal(10, 2), [123456789n], FLOAT)).toEqual([Math.fround(1234567.89)])
})

test('ROUND goes by the digits of the double, and gives a FLOAT', () => {
  expect(call('ROUND', [rows(FLOAT, Math.fround(0.15)), { kind: 'literal', value: 1, type: INT }])).toEqual([
    Math.fround(0.2),
  ])
  expect(call('ABS', [rows(FLOAT, -1.5)])).toEqual([1.5])
  expect(call('NEGATE', [rows(FLOAT, 0)])).toEqual([-0])
})
