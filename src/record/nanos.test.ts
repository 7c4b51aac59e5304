import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timestampText } from '../base/calendar.ts'
import { cutNanos, msOfNanos, nanosAfterMs, nanosOf, nanosOfFraction, nanosText } from './nanos.ts'

const nanos = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })

test('milliseconds and the nanoseconds after them are the whole', () => {
  fc.assert(
    fc.property(nanos, (value) => {
      const rest = nanosAfterMs(value)
      expect(rest >= 0 && rest < 1_000_000).toBe(true)
      expect(nanosOf(msOfNanos(value), rest)).toBe(value)
    }),
  )
})

test('the text has the digits, and the fraction is read back', () => {
  fc.assert(
    fc.property(nanos, fc.integer({ min: 4, max: 9 }), (value, digits) => {
      const cut = cutNanos(value, digits)
      expect(value - cut >= 0n && value - cut < 10n ** BigInt(9 - digits)).toBe(true)
      const text = nanosText(cut, digits)
      const [whole = '', fraction = ''] = text.split('.')
      expect(fraction).toHaveLength(digits)
      expect(`${whole}.${fraction.slice(0, 3)}`).toBe(timestampText(msOfNanos(cut)))
      expect(nanosOfFraction(fraction)).toBe(nanosAfterMs(cut))
    }),
  )
  expect(nanosText(-1n, 9, ' ')).toBe('1969-12-31 23:59:59.999999999')
})
