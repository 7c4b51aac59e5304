import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { byteSize, duration, rate } from './unit-options.ts'
import {
  BYTE_SIZE,
  byteText,
  counted,
  countText,
  DURATION,
  durationText,
  parseQuantity,
  RATE,
  roundSpan,
} from './units.ts'

test.each([
  ['250ms', 250],
  ['10s', 10_000],
  ['0.1s', 100],
  ['1.5h', 5_400_000],
  ['5m', 300_000],
  ['1d', 86_400_000],
  ['0s', 0],
])('%s is %d ms', (text, expected) => expect(parseQuantity(text, DURATION)).toBe(expected))

test.each([
  ['1B', 1],
  ['10KB', 10_000],
  ['64MiB', 67_108_864],
  ['1.5KiB', 1536],
])('%s is %d bytes', (text, expected) => expect(parseQuantity(text, BYTE_SIZE)).toBe(expected))

test.each([
  ['10/s', 10],
  ['0.5/s', 0.5],
  ['600/m', 10],
  ['max', Number.POSITIVE_INFINITY],
])('%s is %d a second', (text, expected) => expect(parseQuantity(text, RATE)).toBe(expected))

test('an error shows the allowed spellings', () => {
  expect(() => parseQuantity('soon', DURATION)).toThrow(
    "'soon' is not a duration: expected a number and one of ms, s, m, h, d, as in 250ms, 10s, 5m, 1h or 1d",
  )
  for (const text of ['', '10', 's', '-1s', '1.5ms', '1e3s', '10S', '1w', '99999999999999d']) {
    expect(() => parseQuantity(text, DURATION), text).toThrow('is not a duration')
  }
  for (const text of ['10', '1kb', '0.5B', '1 MiB'])
    expect(() => parseQuantity(text, BYTE_SIZE), text).toThrow('is not a size')
  for (const text of ['0/s', '10', '10/d', 'fast'])
    expect(() => parseQuantity(text, RATE), text).toThrow('is not a rate')
})

test.each([
  ['3 days', DURATION, '3d'],
  ['10 s', DURATION, '10s'],
  ['5 Minutes', DURATION, '5m'],
  ['1.5 hrs', DURATION, '1.5h'],
  ['250 msec', DURATION, '250ms'],
  ['64 mb', BYTE_SIZE, '64MB'],
  ['64M', BYTE_SIZE, '64MiB'],
  ['1 GiB', BYTE_SIZE, '1GiB'],
  ['100 bytes', BYTE_SIZE, '100B'],
  ['10 per second', RATE, '10/s'],
  ['10/min', RATE, '10/m'],
])('an error for %j shows what is meant', (text, kind, meant) => {
  expect(() => parseQuantity(text, kind)).toThrow(`'${text}' is not ${kind.what}: write ${meant}`)
})

test('an option turns text into a number, and its error shows the allowed spellings', () => {
  const options = z.strictObject({ wait: duration.prefault('10s'), limit: byteSize, rate })
  expect(options.parse({ limit: '1MiB', rate: 'max' })).toEqual({
    wait: 10_000,
    limit: 1_048_576,
    rate: Number.POSITIVE_INFINITY,
  })
  const result = options.safeParse({ wait: 10, limit: '1M', rate: 'x' })
  expect(result.error?.issues.map((issue) => issue.message)).toEqual([
    '10 is not a duration: it needs a unit, one of ms, s, m, h, d',
    "'1M' is not a size: write 1MiB",
    "'x' is not a rate: expected a number per s, m or h, as in 10/s or 600/m, or max",
  ])
  expect(z.toJSONSchema(duration, { io: 'input' })).toMatchObject({
    type: 'string',
    pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$',
  })
})

test('a printed quantity is read as the same quantity', () => {
  expect([0, 250, 90_000, 3_600_000].map(durationText)).toEqual(['0ms', '250ms', '90s', '1h'])
  expect([0, 1_048_576, 10_000, 1_000_001].map(byteText)).toEqual(['0B', '1MiB', '10KB', '1000001B'])
  fc.assert(
    fc.property(fc.nat(), (quantity) => {
      expect(parseQuantity(durationText(quantity), DURATION)).toBe(quantity)
      expect(parseQuantity(byteText(quantity), BYTE_SIZE)).toBe(quantity)
    }),
  )
})

test.each([
  [0.4, '0 ms'],
  [412, '412 ms'],
  [1999, '1 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [273_600_000, '3 d 4 h'],
])('%d ms is about %s', (time, text) => expect(roundSpan(time)).toBe(text))

test('counts with their nouns', () => {
  const counts = [0, 1, 1234]
  expect(counts.map((count) => countText(count, 'row'))).toEqual(['0 rows', '1 row', '1,234 rows'])
  expect(counts.map((count) => counted(count, 'row'))).toEqual(['0 rows', '1 row', '1234 rows'])
  expect(counts.map((count) => counted(count, 'query', 'queries'))).toEqual(['0 queries', '1 query', '1234 queries'])
})
