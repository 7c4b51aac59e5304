import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, DOUBLE, decimal, INT } from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const round = (value: number, places: number) => call('ROUND', [rows(DOUBLE, value), literal(places, INT)])[0]

test('ROUND goes half away from zero by the digits that are written', () => {
  expect([round(1.005, 2), round(-2.5, 0), round(1234.5678, -2), round(1e300, 2), round(5e-324, 10)]).toEqual([
    1.01, -3, 1200, 1e300, 0,
  ])
  expect(round(Number.NaN, 1)).toBe('failed')
  expect(call('TRUNCATE', [rows(DOUBLE, 1.999, -1.999), literal(2, INT)])).toEqual([1.99, -1.99])
})

test('a rounded number is no farther than half a unit', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: -3, max: 3 }), (value, places) => {
      expect(Math.abs(Number(round(value, places)) - value)).toBeLessThanOrEqual(0.5000001 * 10 ** -places)
    }),
  )
})

test('integers and decimals keep their kind', () => {
  expect(call('TRUNCATE', [rows(INT, -1250), literal(-2, INT)])).toEqual([-1200])
  expect(call('ROUND', [rows(BIGINT, 2n ** 62n), literal(-2, INT)])).toEqual([4611686018427387900n])
  expect(bind('ROUND', [column(0, decimal(10, 4)), literal(2, INT)])).toHaveProperty('type', decimal(9, 2))
  expect(call('ROUND', [rows(decimal(10, 4), 10050n, 9999999999n), literal(2, INT)])).toEqual([101n, 100000000n])
  expect(call('FLOOR', [rows(decimal(10, 4), -25000n)])).toEqual([-3n])
  expect(call('CEIL', [rows(DOUBLE, -0.5)])).toEqual([-0])
  expect(call('ABS', [rows(INT, -2147483648)])).toEqual([-2147483648])
  expect(call('SIGN', [rows(decimal(10, 4), -25000n)])).toEqual([-10000n])
})

test('functions of doubles take any number', () => {
  expect(call('SQRT', [rows(decimal(3, 2), 225n)])).toEqual([1.5])
  expect(call('LOG', [rows(INT, 2), rows(INT, 8)])).toEqual([3])
  expect(call('PI', [])).toEqual([Math.PI])
  expect(call('POWER', [rows(INT, 2), rows(DOUBLE, -1)])).toEqual([0.5])
  expect(() => bind('%', [column(0, DOUBLE), column(1, DOUBLE)])).toThrow(TypeProblem)
  expect(() => bind('/', [column(0, DOUBLE), literal(0, INT)])).toThrow(TypeProblem)
})
