import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, INT, STRING, TIMESTAMP, TIMESTAMP_LTZ } from '../../../record/type.ts'
import { TypeProblem } from '../function.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const signs = ['=', '<>', '<', '<=', '>', '>='] as const
const order = <T>(a: T, b: T) => [a === b, a !== b, a < b, a <= b, a > b, a >= b]

test('strings order as Java orders them, which is how JavaScript does', () => {
  const string = fc.string({ unit: 'grapheme', maxLength: 4 })
  fc.assert(
    fc.property(string, string, (a, b) => {
      fc.pre(a.isWellFormed() && b.isWellFormed())
      const columns = [rows(STRING, a), rows(STRING, b)]
      expect(signs.map((sign) => call(sign, columns)[0])).toEqual(order(a, b))
    }),
    { numRuns: 500 },
  )
  expect(call('<', [rows(STRING, '😀'), rows(STRING, 'ﬀ')])).toEqual([true])
})

test('BIGINTs compare exactly beyond 2^53, DECIMALs over scales', () => {
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(long, fc.integer({ min: -2, max: 2 }), (a, step) => {
      const b = BigInt.asIntN(64, a + BigInt(step))
      const columns = [rows(BIGINT, a), rows(BIGINT, b)]
      expect(signs.map((sign) => call(sign, columns)[0])).toEqual(order(a, b))
    }),
  )
  expect(call('=', [rows(decimal(5, 2), 150n), rows(decimal(10, 4), 15000n)])).toEqual([true])
  expect(call('<', [rows(decimal(5, 2), 150n), rows(INT, 2)])).toEqual([true])
})

test('NaN is equal to nothing, and distinct even from itself', () => {
  const columns = [rows(DOUBLE, Number.NaN, 0, null, null), rows(DOUBLE, Number.NaN, -0, 1, null)]
  expect(call('=', columns)).toEqual([false, true, null, null])
  expect(call('<>', columns)).toEqual([true, false, null, null])
  expect(call('IS DISTINCT FROM', columns)).toEqual([true, false, true, false])
  expect(call('IS NOT DISTINCT FROM', columns)).toEqual([false, true, false, true])
})

test('a text is equal to no number or BOOLEAN, and has an order by whole numbers beside a number', () => {
  expect(() => bind('=', [column(0, BOOLEAN), column(1, STRING)])).toThrow(TypeProblem)
  expect(() => bind('=', [column(0, INT), column(1, STRING)])).toThrow(TypeProblem)
  expect(call('<', [rows(INT, 9, 9, 1), rows(STRING, '10', '9', 'x')])).toEqual([true, false, 'failed'])
})

test('times compare with texts, a TIMESTAMP with an instant by the zone, and not with a DATE', () => {
  expect(call('>=', [rows(TIMESTAMP, 0, -1), literal('1970-01-01 00:00:00', STRING)])).toEqual([true, false])
  expect(() => bind('>', [column(0, TIMESTAMP), column(1, DATE)])).toThrow(TypeProblem)
  const session = { timezone: 'Europe/Berlin', now: 0 }
  expect(call('=', [rows(TIMESTAMP, 3_600_000), rows(TIMESTAMP_LTZ, 0)], { session })).toEqual([true])
})

test('GREATEST and LEAST: NaN is above all numbers, and NULL gives NULL', () => {
  const columns = [rows(DOUBLE, 1, Number.NaN, 0, null), rows(DOUBLE, 2, 5, -0, 1)]
  expect(call('GREATEST', columns)).toEqual([2, Number.NaN, 0, null])
  expect(call('LEAST', columns)).toEqual([1, 5, -0, null])
  expect(call('GREATEST', [rows(STRING, 'b', 'é'), rows(STRING, 'a', 'z')])).toEqual(['b', 'é'])
  expect(call('GREATEST', [rows(BIGINT, 2n ** 60n), rows(INT, 1)])).toEqual([2n ** 60n])
})
