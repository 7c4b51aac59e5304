import { expect, test } from 'vitest'
import { agoText, numberText, rateText, shortTime } from './words.ts'

test('numbers, rates and times in words', () => {
  expect([numberText(null), numberText(0), numberText(1e6)]).toEqual(['', '0', '1,000,000'])
  expect([rateText(null), rateText(0), rateText(0.25), rateText(12.6)]).toEqual(['', '0/s', '0.3/s', '13/s'])
  const at = (ms: number) => new Date(1e12 + ms).toISOString()
  expect(agoText(null, at(0))).toBe('')
  expect([agoText(at(0), at(400)), agoText(at(0), at(12_300)), agoText(at(7_260_000), at(0))]).toEqual([
    'now',
    '12 s ago',
    'in 2 h 1 min',
  ])
  expect(shortTime('2026-05-15T20:00:00.123Z')).toBe('2026-05-15T20:00:00Z')
})
