import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LONGEST_NUMBER, lineBytes, writeDouble, writeInteger } from './digits.ts'

function written(write: (value: number, into: ReturnType<typeof lineBytes>) => void, value: number): string {
  const into = lineBytes(new Uint8Array(LONGEST_NUMBER))
  write(value, into)
  return Buffer.from(into.bytes.subarray(0, into.at)).toString()
}

const doubles = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.tuple(fc.maxSafeInteger(), fc.nat(12)).map(([digits, places]) => digits / 10 ** places),
  fc.tuple(fc.integer(), fc.nat(6)).map(([digits, places]) => digits / 10 ** places),
  fc.constantFrom(
    0,
    -0,
    1e-6,
    1e-7,
    999_999.9999995,
    0.1 + 0.2,
    1e15,
    1e15 - 1,
    2 ** 53,
    5e-324,
    1.7976931348623157e308,
  ),
)

test('a double is read back as the same double, and no shorter text would be', () => {
  fc.assert(
    fc.property(doubles, (value) => {
      const text = written(writeDouble, value)
      expect(Number(text)).toBe(value)
      expect(text.length).toBeLessThanOrEqual(Object.is(value, -0) ? 2 : String(value).length)
    }),
    { numRuns: 20_000 },
  )
})

test('a safe integer has all of its digits', () => {
  const integers = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.constantFrom(
      0,
      -1,
      9,
      10,
      999_999_999,
      1_000_000_000,
      1_000_000_001,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ),
  )
  fc.assert(
    fc.property(integers, (value) => {
      expect(written(writeInteger, value)).toBe(String(value))
    }),
    { numRuns: 5000 },
  )
})
