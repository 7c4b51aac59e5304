import { expect, test } from 'vitest'
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShort,
  formatTime,
  plural,
  showTimesIn,
  withReadableTimes,
} from './format.ts'

test('counts, rates and sizes take little room', () => {
  expect([0, 950, 999.4, 999.6, 1234, 13_000_000, -1500].map(formatShort)).toEqual(
    '0 950 999 1.0k 1.2k 13M -1.5k'.split(' '),
  )
  expect([0, 0.01, 0.26, 12.5, 100_000, null].map(formatRate)).toEqual('0/s <0.1/s 0.3/s 12.5/s 100k/s –'.split(' '))
  expect([0, 1023, 1024, 1536, 5 * 2 ** 30].map(formatBytes)).toEqual(['0 B', '1023 B', '1 KiB', '1.5 KiB', '5 GiB'])
  expect([1_234_567, null].map(formatCount)).toEqual(['1,234,567', '–'])
  expect([plural(1, 'row'), plural(2, 'row'), plural(0, 'entry', 'entries')]).toEqual(['1 row', '2 rows', '0 entries'])
})

test('a duration has two units at most', () => {
  const shown = [
    0, 0.4, 35, 999.4, 999.6, 1400, 9960, 61_000, 3_600_000, 7_500_000, 90_000_000, 86_400_000, 991_526_400_000, -1500,
  ]
  expect(shown.map(formatDuration)).toEqual([
    '0 ms',
    '0.4 ms',
    '35 ms',
    '999 ms',
    '1 s',
    '1.4 s',
    '10 s',
    '1 min 1 s',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
    '1 d',
    '31 y 153 d',
    '−1.5 s',
  ])
})

test('times are in the zone of the pipeline', () => {
  const time = '2026-12-01T23:30:01.250Z'
  showTimesIn('Asia/Seoul')
  expect(formatTime(time, { withDay: true })).toBe('2026-12-02 08:30:01')
  const text = 'tried twice since 2026-12-01T14:59:59.250Z, last at 2026-12-01T23:00:00Z'
  expect(withReadableTimes(text, time)).toBe('tried twice since 2026-12-01 23:59:59, last at 08:00:00')
  showTimesIn('UTC')
  expect(formatTime(time, { withMillis: true })).toBe('23:30:01.250')
  expect([formatTime(null), formatTime('no time')]).toEqual(['–', '–'])
  expect(formatAgo(time, '2026-12-01T23:30:06.250Z')).toBe('5 s ago')
})
