import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMonths, civilFromDays, dateText, daysFromCivil, timestampText, timeText } from './calendar.ts'

const anyDay = fc.integer({ min: -3_000_000, max: 3_000_000 })

test('dates agree with those of Date, and give the same day again', () => {
  fc.assert(
    fc.property(anyDay, (days) => {
      const date = new Date(days * 86_400_000)
      const civil = civilFromDays(days, { year: 0, month: 0, day: 0 })
      expect(civil).toEqual({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() })
      expect(daysFromCivil(civil.year, civil.month, civil.day)).toBe(days)
    }),
  )
})

test('text is ISO 8601 with three digits of the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
      expect(timestampText(ms)).toBe(new Date(ms).toISOString().slice(0, -1))
    }),
  )
  expect(timestampText(804_571_200_000)).toBe('1995-07-01T04:00:00.000')
  expect(timestampText(-1, ' ')).toBe('1969-12-31 23:59:59.999')
  expect(dateText(621_000_000)).toMatch(/^\+\d+-\d\d-\d\d$/)
  expect(timeText(86_399_999)).toBe('23:59:59')
})

test('a month is added within the length of the next month', () => {
  const added = (year: number, month: number, day: number, months: number) =>
    dateText(addMonths(daysFromCivil(year, month, day), months))
  expect(added(2024, 1, 31, 1)).toBe('2024-02-29')
  expect(added(2023, 1, 31, 1)).toBe('2023-02-28')
  expect(added(2024, 2, 29, -12)).toBe('2023-02-28')
  expect(added(2024, 12, 15, 1)).toBe('2025-01-15')
})
