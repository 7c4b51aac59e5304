import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decimalText } from '../../record/decimal.ts'
import { divideDecimals, divideRounded, parseDecimal, rescale, toDecimal } from './decimal.ts'

const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
const scale = fc.integer({ min: 0, max: 18 })

test('text and number are two forms of the same decimal', () => {
  fc.assert(
    fc.property(digits, scale, (value, places) => {
      expect(parseDecimal(decimalText(value, places))).toEqual({ value, scale: places })
    }),
  )
})

test('division rounds half away from zero', () => {
  fc.assert(
    fc.property(
      digits,
      digits.filter((value) => value !== 0n),
      (a, b) => {
        const quotient = divideRounded(a, b)
        const error = 2n * (a - quotient * b)
        const limit = b < 0n ? -b : b
        expect(error <= limit && error >= -limit).toBe(true)
        if (error === limit || error === -limit)
          expect((quotient < 0n ? -quotient : quotient) * 2n * limit > 2n * (a < 0n ? -a : a)).toBe(true)
      },
    ),
  )
})

test('a quotient of fewer than 38 digits is the exact one, rounded once', () => {
  const small = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n })
  fc.assert(
    fc.property(
      small,
      small.filter((value) => value !== 0n),
      scale,
      (a, b, places) => {
        expect(divideDecimals(a, b, places)).toBe(divideRounded(a * 10n ** BigInt(places), b))
      },
    ),
  )
})

test('a number with more digits than its type is undefined', () => {
  expect(toDecimal(999_999n, 3, 5, 2)).toBeUndefined()
  expect(toDecimal(1n, -400_000_000, 38, 0)).toBeUndefined()
  expect(toDecimal(1n, 400_000_000, 38, 0)).toBe(0n)
  expect(toDecimal(5n, 1, 5, 0)).toBe(1n)
  expect(rescale(-1005n, 3, 2)).toBe(-101n)
})
