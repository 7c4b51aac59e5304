import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, INT, STRING, type Type } from '../../../record/type.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

const written = (format: string, ...values: readonly (readonly [Type, Value])[]) => {
  const given = values.map(([type, value]) => rows(type, value))
  const [fixed] = call('PRINTF', [literal(format, STRING), ...given])
  expect(call('PRINTF', [rows(STRING, format), ...given])).toEqual([fixed])
  return fixed
}

// Each result is that of java.util.Formatter with Locale.US.
test.each<readonly [string, Type, Value, Value]>([
  ['%d', INT, -5, '-5'],
  ['%03d', INT, -5, '-05'],
  ['%-5d|', INT, 7, '7    |'],
  ['%+d', INT, 7, '+7'],
  ['% d', INT, 7, ' 7'],
  ['%(,d', INT, -1234567, '(1,234,567)'],
  ['%(08d', INT, -42, '(000042)'],
  ['%,012d', INT, 1234567, '0001,234,567'],
  ['%x', INT, -1, 'ffffffff'],
  ['%#X', INT, 255, '0XFF'],
  ['%#08x', INT, 255, '0x0000ff'],
  ['%o', INT, 8, '10'],
  ['%x', BIGINT, -1, 'ffffffffffffffff'],
  ['%c', INT, 65, 'A'],
  ['%c', BIGINT, 65, null],
  ['%5s|%<-5s', STRING, 'ab', '   ab|ab   '],
  ['%S', STRING, 'ab', 'AB'],
  ['%.1s', STRING, 'ab', 'a'],
  ['%1$s%1$s', STRING, 'ab', 'abab'],
  ['%2$s', STRING, 'ab', null],
  ['%d', STRING, 'ab', null],
  ['%s', DOUBLE, 1, '1.0'],
  ['%d', DOUBLE, 1, null],
  ['%f', DOUBLE, 1.5, '1.500000'],
  ['%.2f', DOUBLE, 1.005, '1.01'],
  ['%.0f', DOUBLE, 0.5, '1'],
  ['%.1f', DOUBLE, 99.96, '100.0'],
  ['%08.2f', DOUBLE, -2.71, '-0002.71'],
  ['%,.2f', DOUBLE, 1234567.891, '1,234,567.89'],
  ['%.3e', DOUBLE, 123456, '1.235e+05'],
  ['%E', DOUBLE, 0, '0.000000E+00'],
  ['%.1e', DOUBLE, 9.96, '1.0e+01'],
  ['%010.2e', DOUBLE, -0.001, '-01.00e-03'],
  ['%g', DOUBLE, 1, '1.00000'],
  ['%g', DOUBLE, 0, '0.00000'],
  ['%.3g', DOUBLE, 1234.5, '1.23e+03'],
  ['%.3g', DOUBLE, 999.6, '1.00e+03'],
  ['%.4g', DOUBLE, 999.6, '999.6'],
  ['%g', DOUBLE, 0.0001, '0.000100000'],
  ['%G', DOUBLE, -0.00001, '-1.00000E-05'],
  ['%.0g', DOUBLE, 3, '3'],
  ['%,.8g', DOUBLE, 1234567.5, '1,234,567.5'],
  ['%09.3g', DOUBLE, 2.5, '000002.50'],
  ['%#g', DOUBLE, 1, null],
  ['%g', INT, 1, null],
  ['%5f|', DOUBLE, Number.NaN, '  NaN|'],
  ['%09f', DOUBLE, -Infinity, '-Infinity'],
  ['%b %B', BOOLEAN, true, null],
  ['%b', BOOLEAN, false, 'false'],
  ['%b', BOOLEAN, null, 'false'],
  ['%b', STRING, 'x', 'true'],
  ['%03d', INT, null, 'null'],
  ['%.2f', DOUBLE, null, 'nu'],
  ['100%%%n', INT, 1, '100%\n'],
  ['%', INT, 1, null],
  ['%y', INT, 1, null],
  ['%-d', INT, 1, null],
  ['%-05d', INT, 1, null],
  ['%+ d', INT, 1, null],
  ['%..2f', DOUBLE, 1, null],
  ['%.2d', INT, 1, null],
  ['%<s', INT, 1, null],
  ['%0$d', INT, 1, null],
])('PRINTF(%j) of %o %j is %j', (format, type, value, wanted) => {
  expect(written(format, [type, value])).toBe(wanted)
})

test('a DECIMAL is written by %s alone, as in Flink', () => {
  const of = decimal(5, 2)
  expect(call('PRINTF', [literal('%s %<s', STRING), literal(150n, of)])).toEqual(['1.50 1.50'])
  expect(call('PRINTF', [literal('%f', STRING), literal(150n, of)])).toEqual([null])
})

test('whole numbers are as JavaScript writes them, fractions read back', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat({ max: 20 }), (value, width) => {
      expect(written('%d', [BIGINT, value])).toBe(String(value))
      if (width > 0) expect(written(`%${width}d`, [BIGINT, value])).toBe(String(value).padStart(width))
    }),
  )
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }),
      fc.nat({ max: 8 }),
      (value, digits) => {
        const text = String(written(`%.${digits}f`, [DOUBLE, value]))
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(0.5 * 10 ** -digits + Math.abs(value) * 1e-15)
        expect(text.split('.')[1]?.length ?? 0).toBe(digits)
        const power = String(written('%.16e', [DOUBLE, value]))
        expect(Number(power)).toBe(value)
      },
    ),
  )
})

test('what only the insides of Java give is refused', () => {
  expect(() => bind('PRINTF', [literal('%h', STRING), column(0, INT)])).toThrow('%h is not supported in PRINTF')
  expect(() => bind('PRINTF', [literal('%s', STRING), column(0, DATE)])).toThrow('not DATE')
  expect(call('PRINTF', [rows(STRING, '%a', '%s', null), rows(INT, 1, 1, 1)])).toEqual(['failed', '1', null])
  expect(() => bind('PRINTF', [literal('%99999999s', STRING), column(0, INT)])).toThrow('the limit')
})
