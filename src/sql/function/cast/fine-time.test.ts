/** Timestamps of more than three digits of a second, beside the same in nanoseconds. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutNanos, msOfNanos, nanosAfterMs, nanosOf, nanosText } from '../../../record/nanos.ts'
import {
  DATE,
  INT,
  INTERVAL_DAY,
  INTERVAL_MONTH,
  STRING,
  sameType,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
  timestamp,
} from '../../../record/type.ts'
import { bind, call, cast, column, literal, rows, utc } from '../run.test-tool.ts'

/** From year 1 to 9999. */
const nanos = fc.bigInt({ min: -62_135_596_800n * 10n ** 9n, max: 253_402_300_799n * 10n ** 9n })
const fine = fc
  .tuple(nanos, fc.integer({ min: 4, max: 9 }))
  .map(([value, digits]) => [timestamp(digits), cutNanos(value, digits), digits] as const)
const BERLIN = { ...utc, timezone: 'Europe/Berlin' }
const at = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.split('.')
  return nanosOf(Date.parse(`${whole.replace(' ', 'T')}Z`)) + BigInt(fraction.padEnd(9, '0'))
}

test('a text of it is read back', () => {
  fc.assert(
    fc.property(fine, ([type, value, digits]) => {
      const [text] = cast(type, [value], STRING)
      expect(text).toBe(nanosText(value, digits, ' '))
      expect(cast(STRING, [text as string], type)).toEqual([value])
    }),
  )
})

test('digits that a type does not have are cut off, and of those that it has more are zeros', () => {
  fc.assert(
    fc.property(fine, fc.integer({ min: 4, max: 9 }), ([type, value], digits) => {
      expect(cast(type, [value], timestamp(digits))).toEqual([cutNanos(value, digits)])
      expect(cast(type, [value], TIMESTAMP)).toEqual([msOfNanos(value)])
      expect(cast(TIMESTAMP, [msOfNanos(value)], timestamp(digits))).toEqual([nanosOf(msOfNanos(value))])
      const seconds = timestamp(0)
      expect(cast(type, [value], seconds)).toEqual([Math.trunc(msOfNanos(value) / 1000) * 1000 + 0])
      expect(cast(TIMESTAMP, [msOfNanos(value)], seconds)).toEqual([Math.trunc(msOfNanos(value) / 1000) * 1000 + 0])
    }),
  )
  expect(cast(STRING, ['1969-12-31 23:59:59.999'], timestamp(0))).toEqual([-1000])
  expect(cast(STRING, ['2024-02-29 12:34:56.789'], timestamp(1, true))).toEqual([
    Date.UTC(2024, 1, 29, 12, 34, 56, 700),
  ])
})

test('a wall clock and an instant differ by the zone, and their nanoseconds stay', () => {
  const wall = at('2024-02-29 12:34:56.123456789')
  const instant = at('2024-02-29 11:34:56.123456789')
  const [own, zoned] = [timestamp(9), timestamp(9, true)]
  expect(cast(own, [wall], zoned, { session: BERLIN })).toEqual([instant])
  expect(cast(zoned, [instant], own, { session: BERLIN })).toEqual([wall])
  expect(cast(zoned, [instant], STRING, { session: BERLIN })).toEqual(['2024-02-29 12:34:56.123456789'])
  expect(cast(STRING, ['2024-02-29 12:34:56.123456789'], zoned, { session: BERLIN })).toEqual([instant])
  expect(cast(own, [wall], TIMESTAMP_LTZ, { session: BERLIN })).toEqual([msOfNanos(instant)])
  expect(cast(TIMESTAMP_LTZ, [msOfNanos(instant)], own, { session: BERLIN })).toEqual([nanosOf(msOfNanos(wall))])
  expect(cast(own, [wall], DATE)).toEqual([19782])
  expect(cast(DATE, [19782], own)).toEqual([at('2024-02-29 00:00:00')])
  expect(cast(own, [wall, -1n], TIME)).toEqual([45_296_000, 'failed'])
  expect(() => cast(own, [wall], INT)).toThrow('does not cast')
})

test('comparisons are of all digits; a constant of whole milliseconds is compared in these', () => {
  fc.assert(
    fc.property(fine, nanos, ([type, value], other) => {
      const wide = timestamp(9)
      const isGreater = value > other
      expect(call('<', [rows(type, value), rows(wide, other)])).toEqual([value < other])
      expect(call('>=', [rows(TIMESTAMP, msOfNanos(other)), rows(type, value)])).toEqual([
        nanosOf(msOfNanos(other)) >= value,
      ])
      const constant = literal(nanosOf(msOfNanos(other)), wide)
      expect(call('=', [rows(TIMESTAMP, msOfNanos(other), msOfNanos(value)), constant])).toEqual([
        true,
        msOfNanos(value) === msOfNanos(other),
      ])
      expect(call('GREATEST', [rows(type, value), rows(wide, other)])).toEqual([isGreater ? value : other])
      expect(call('IN', [rows(wide, other, value), literal(other, wide)])).toEqual([true, value === other])
    }),
  )
  const plain = bind('<', [column(0, TIMESTAMP), literal(0n, timestamp(6))])
  expect(plain.arguments.map(({ type }) => type.kind)).toEqual(['TIMESTAMP', 'TIMESTAMP'])
})

test('intervals are added to it', () => {
  fc.assert(
    fc.property(fine, fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), ([type, value], ms) => {
      const added = value + BigInt(ms) * 1_000_000n
      expect(call('+', [rows(type, value), rows(INTERVAL_DAY, ms)])).toEqual([added])
      expect(call('-', [rows(type, added), rows(INTERVAL_DAY, ms)])).toEqual([value])
    }),
  )
  const end = at('2024-01-31 12:00:00.000000001')
  expect(call('+', [rows(timestamp(9), end), rows(INTERVAL_MONTH, 1)])).toEqual([at('2024-02-29 12:00:00.000000001')])
  expect(call('TIMESTAMPADD', [rows(INT, 2), rows(timestamp(9), end)], { keywords: ['HOUR'] })).toEqual([
    at('2024-01-31 14:00:00.000000001'),
  ])
})

test('parts, borders and patterns', () => {
  const time = rows(timestamp(9), at('2024-02-29 12:34:56.123456789'))
  const part = (unit: string) => call('EXTRACT', [time], { keywords: [unit] })[0]
  expect(['YEAR', 'SECOND', 'MILLISECOND', 'MICROSECOND', 'NANOSECOND'].map(part)).toEqual([
    2024n,
    56n,
    123n,
    123_456n,
    123_456_789n,
  ])
  expect(call('FLOOR', [time], { keywords: ['MINUTE'] })).toEqual([at('2024-02-29 12:34:00')])
  expect(call('CEIL', [time], { keywords: ['MONTH'] })).toEqual([at('2024-03-01 00:00:00')])
  const pattern = literal('HH:mm:ss.SSSSSSS', STRING)
  expect(
    call('DATE_FORMAT', [
      rows(timestamp(9), at('2024-02-29 12:34:56.123456789'), at('2024-02-29 12:34:56.1234')),
      pattern,
    ]),
  ).toEqual(['12:34:56.1234567', '12:34:56.1234000'])
  const later = rows(TIMESTAMP, Date.UTC(2024, 1, 29, 12, 34, 58, 122))
  expect(call('TIMESTAMPDIFF', [time, later], { keywords: ['SECOND'] })).toEqual([1])
})

test.each([
  [6, 1_700_000_000_123n, '1970-01-20 16:13:20.000123'],
  [9, -1n, '1969-12-31 23:59:59.999999999'],
  [4, 15n, '1970-01-01 00:00:00.0015'],
])('TO_TIMESTAMP_LTZ of precision %i', (digits, value, text) => {
  const { type } = bind('TO_TIMESTAMP_LTZ', [column(0, { kind: 'BIGINT' }), literal(digits, INT)])
  expect(sameType(type, timestamp(digits, true))).toBe(true)
  expect(call('TO_TIMESTAMP_LTZ', [rows({ kind: 'BIGINT' }, value), literal(digits, INT)])).toEqual([at(text)])
})

test('TO_TIMESTAMP_LTZ of tenths is in milliseconds, and beyond the year 9999 there is none', () => {
  const BIGINT: Type = { kind: 'BIGINT' }
  expect(call('TO_TIMESTAMP_LTZ', [rows(BIGINT, 15n, 10n ** 18n), literal(1, INT)])).toEqual([1500, null])
  expect(() => bind('TO_TIMESTAMP_LTZ', [column(0, { kind: 'DOUBLE' }), literal(6, INT)])).toThrow('DOUBLE')
  expect(nanosAfterMs(at('1970-01-01 00:00:00.0015'))).toBe(500_000)
})
