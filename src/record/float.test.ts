import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floatOfInteger, floatOfText, shortestFloat } from './float.ts'

const float = fc.float({ noNaN: true, noDefaultInfinity: true })

test('the shortest digits read back as the same FLOAT, and fewer do not', () => {
  fc.assert(
    fc.property(float, (value) => {
      const short = shortestFloat(value)
      expect(Math.fround(short)).toBe(value)
      const digits = short.toExponential().replace(/e.*|[-.]/g, '').length
      for (let fewer = 2; fewer < digits; fewer++) expect(Math.fround(Number(value.toPrecision(fewer)))).not.toBe(value)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  [Math.fround(0.1), '0.1'],
  [Math.fround(16777216), '16777216'],
  [Math.fround(3.4028235e38), '3.4028235e+38'],
  [Math.fround(1.4e-45), '1.4e-45'],
  [Math.fround(1.1754944e-38), '1.1754944e-38'],
])('%f is written %s', (value, text) => expect(String(shortestFloat(value))).toBe(text))

/** The FLOATs on both sides of the exact number digits * 10^exponent, by trying all around it. */
function nearest(digits: bigint, exponent: number): number {
  const scale = 10n ** BigInt(Math.abs(exponent))
  const [numerator, denominator] = exponent < 0 ? [digits, scale] : [digits * scale, 1n]
  const guess = Math.fround(Number(digits) * 10 ** exponent)
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, guess)
  const raw = view.getInt32(0)
  const candidates = [-2, -1, 0, 1, 2].map((step) => {
    view.setInt32(0, raw + step)
    return view.getFloat32(0)
  })
  const distance = (value: number) => {
    // A FLOAT is a whole number of 2^-149.
    const units = BigInt(value * 2 ** 149)
    const apart = numerator * 2n ** 149n - units * denominator
    return apart < 0n ? -apart : apart
  }
  const least = candidates.reduce((best, value) => (distance(value) < distance(best) ? value : best))
  const isTie = candidates.some((value) => value !== least && distance(value) === distance(least))
  return isTie ? Number.NaN : least
}

test('a text is rounded once', () => {
  // Just above and just below the middle of two FLOATs, nearer to it than doubles are.
  const middle = 16777217
  expect(floatOfText('16777217.0000000001', middle)).toBe(16777218)
  expect(floatOfText('16777216.9999999999', middle)).toBe(16777216)
  expect(floatOfText('-16777217.0000000001', -middle)).toBe(-16777218)
  expect(floatOfText('16777217', middle)).toBe(16777216)
  expect(floatOfText('7.0064923216240854e-46', 7.0064923216240854e-46)).toBe(1.401298464324817e-45)
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 25n }), fc.integer({ min: -20, max: 2 }), (digits, exponent) => {
      const text = `${digits}e${exponent}`
      const wanted = nearest(digits, exponent)
      if (!Number.isNaN(wanted)) expect(floatOfText(text, Number(text))).toBe(wanted)
    }),
    { numRuns: 1000 },
  )
})

test('a whole number is rounded once', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (value) => {
      const wanted = nearest(value, 0)
      if (!Number.isNaN(wanted)) expect(floatOfInteger(value)).toBe(wanted)
      expect(floatOfInteger(-value)).toBe(-floatOfInteger(value))
    }),
    { numRuns: 1000 },
  )
  expect(floatOfInteger(2n ** 60n + 2n ** 36n + 1n)).toBe(2 ** 60 + 2 ** 37)
})
