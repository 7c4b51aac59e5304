import { expect, test } from 'vitest'
import { retryAfter } from './retry-after.ts'

const NOW = Date.UTC(2026, 10, 30, 12)

test.each([
  ['120', 120_000],
  ['0', 0],
  ['1.5', 1500],
  ['Mon, 30 Nov 2026 12:00:30 GMT', 30_000],
  ['Monday, 30-Nov-26 12:00:30 GMT', 30_000],
  ['Mon Nov 30 12:00:30 2026', 30_000],
  ['Mon, 30 Nov 2026 11:00:00 GMT', 0],
  ['-5', undefined],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s', (text, ms) => {
  expect(retryAfter({ 'retry-after': text }, NOW)).toBe(ms)
})

test('a date is measured by the clock of the server', () => {
  const headers = { 'retry-after': 'Mon, 30 Nov 2026 15:00:30 GMT', date: 'Mon, 30 Nov 2026 15:00:00 GMT' }
  expect(retryAfter(headers, NOW)).toBe(30_000)
  expect(retryAfter({}, NOW)).toBeUndefined()
})
