import { expect, test } from 'vitest'
import { TIMESTAMP, TIMESTAMP_LTZ } from '../../record/type.ts'
import { WindowTime } from './time.ts'

const HOUR = 3_600_000
const utc = (text: string) => Date.parse(`${text}Z`)

test('windows before 1970 are aligned like those after it, also with an offset', () => {
  const hourly = new WindowTime({ kind: 'tumble', size: HOUR, offset: 600_000 }, TIMESTAMP, 'UTC')
  expect(hourly.sliceOf(-1)).toBe(-HOUR + 600_000)
  expect(hourly.sliceOf(600_000)).toBe(600_000)
})

test('the last slice of a CUMULATE window ends with it, also before 1970', () => {
  const daily = new WindowTime({ kind: 'cumulate', step: HOUR, size: 24 * HOUR, offset: 0 }, TIMESTAMP, 'UTC')
  expect([daily.firstEnd(-HOUR), daily.lastEnd(-HOUR), daily.startOf(0)]).toEqual([0, 0, -24 * HOUR])
  expect(daily.startOf(HOUR)).toBe(0)
})

test('a window over a TIMESTAMP_LTZ follows the wall clock, and closes at the instant of its end', () => {
  const daily = new WindowTime({ kind: 'tumble', size: 24 * HOUR, offset: 0 }, TIMESTAMP_LTZ, 'Europe/Berlin')
  const wall = daily.toWall(utc('2024-06-01T22:30:00'))
  expect(daily.sliceOf(wall)).toBe(utc('2024-06-02T00:00:00'))
  expect(daily.closing(utc('2024-06-03T00:00:00'))).toBe(utc('2024-06-02T21:59:59.999'))
  // The day on which the clock is put forward has 23 hours, that on which it is put back 25.
  expect(daily.closing(utc('2024-04-01T00:00:00')) - daily.closing(utc('2024-03-31T00:00:00'))).toBe(23 * HOUR)
  expect(daily.closing(utc('2024-10-28T00:00:00')) - daily.closing(utc('2024-10-27T00:00:00'))).toBe(25 * HOUR)
})

test('an hour that the clock shows twice is one window, open until the second has passed', () => {
  const hourly = new WindowTime({ kind: 'tumble', size: HOUR, offset: 0 }, TIMESTAMP_LTZ, 'Europe/Berlin')
  const first = utc('2024-10-27T00:30:00')
  const second = utc('2024-10-27T01:30:00')
  expect(hourly.sliceOf(hourly.toWall(first))).toBe(hourly.sliceOf(hourly.toWall(second)))
  expect(hourly.closing(utc('2024-10-27T03:00:00'))).toBe(utc('2024-10-27T01:59:59.999'))
})

test('an hour that the clock skips closes with the one before', () => {
  const hourly = new WindowTime({ kind: 'tumble', size: HOUR, offset: 0 }, TIMESTAMP_LTZ, 'Europe/Berlin')
  expect(hourly.closing(utc('2024-03-31T03:00:00'))).toBe(utc('2024-03-31T01:00:00'))
})
