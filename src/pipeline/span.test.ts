import { expect, test } from 'vitest'
import { openSchedule } from '../base/schedule.ts'
import { spanUntil } from './span.ts'

const DAY = 86_400_000
const at = (text: string) => Date.parse(text)
const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString().slice(0, 16))

/** The next times of a schedule in Berlin. */
function nextOf(text: string, from: string, count: number): readonly (string | undefined)[] {
  const schedule = openSchedule(text, 'Europe/Berlin')
  const times: (string | undefined)[] = []
  for (let time: number | undefined = at(from); times.length < count; ) {
    time = schedule.after(time ?? 0)
    times.push(iso(time))
  }
  return times
}

// Promise: A report is due at the local time of the pipeline's zone, also on the days at which clocks are changed, and once.
test('times are those of the zone; one that is skipped is the first after the gap, one that comes twice counts once', () => {
  expect(nextOf('0 20 * * *', '2026-03-28T12:00Z', 2)).toEqual(['2026-03-28T19:00', '2026-03-29T18:00'])
  expect(nextOf('0 20 * * *', '2026-10-24T12:00Z', 2)).toEqual(['2026-10-24T18:00', '2026-10-25T19:00'])
  expect(nextOf('30 2 * * *', '2026-03-28T12:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:30'])
  expect(nextOf('30 2 * * *', '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
})

test('a time of a day is no schedule, and the message has the one that is meant', () => {
  expect(() => openSchedule('20:05', 'UTC')).toThrowError(
    expect.objectContaining({
      message: '"20:05" is not a schedule: it is a time of a day',
      hint: 'Write "5 20 * * *", which is every day at 20:05.',
    }),
  )
})

test('the last time is not one to come', () => {
  const { lastBefore } = openSchedule('0 20 * * *', 'UTC')
  const due = at('2026-05-15T20:00:00Z')
  expect([due - 1, due - 999, due - 1000].map((now) => iso(lastBefore(now)))).toEqual(Array(3).fill('2026-05-14T20:00'))
  expect([due, due + 1, due + 999, due + 60_000].map(lastBefore)).toEqual(Array(4).fill(due))
})

// Promise: The spans of a daily report follow each other without a gap, also where clocks are changed.
test('whole days are days of the zone', () => {
  for (const [from, days] of [
    ['2026-03-27T12:00Z', 4],
    ['2026-10-23T12:00Z', 4],
  ] as const) {
    const dues = nextOf('0 20 * * *', from, days).map((time) => at(`${time}Z`))
    const spans = dues.map((due) => spanUntil(due, DAY, 'Europe/Berlin'))
    expect(spans.slice(1).map(({ since }) => since)).toEqual(dues.slice(0, -1))
  }
  const end = at('2026-03-29T18:00Z')
  expect(spanUntil(end, 7 * DAY, 'Europe/Berlin').since).toBe(at('2026-03-22T19:00Z'))
  expect(spanUntil(end, 3_600_000, 'Europe/Berlin').since).toBe(end - 3_600_000)
  expect(spanUntil(end, DAY, 'UTC').since).toBe(end - DAY)
})
