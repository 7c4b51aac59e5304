import { expect, test } from 'vitest'
import { dayBefore, dayIn, tomorrowIn } from './day.ts'

test('tomorrow is the next day of the zone, in months and years that end, and when clocks are changed', () => {
  const late = Date.UTC(2026, 11, 31, 23, 30)
  expect([dayIn('UTC', late), dayIn('Europe/Berlin', late)]).toEqual(['2026-12-31', '2027-01-01'])
  expect([tomorrowIn('UTC', late), tomorrowIn('Europe/Berlin', late)]).toEqual(['2027-01-01', '2027-01-02'])
  expect(tomorrowIn('Europe/Berlin', Date.UTC(2026, 9, 24, 22, 30))).toBe('2026-10-26')
  expect(dayBefore('2024-03-01', 1)).toBe('2024-02-29')
  expect(dayIn('Nowhere/Land', late)).toBe('2026-12-31')
})
