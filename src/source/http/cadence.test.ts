import { expect, test } from 'vitest'
import { jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { openCadence } from './cadence.ts'
import { httpSourceOptions } from './options.ts'

const optionsOf = (when: object) => httpSourceOptions.parse({ url: 'http://127.0.0.1/', ...when })

test('every 10s: the first poll at once, the others on a grid that a late one does not shift', () => {
  const clock = jumpingClock()
  clock.at = 1_000_003
  const cadence = openCadence(optionsOf({ every: '10s' }), { clock, timezone: 'UTC', lastAt: 0 })
  expect(cadence.left()).toBe(0)
  clock.at += 1234
  expect(cadence.next()).toBe(0)
  expect(cadence.left()).toBe(8766)
  clock.at = 1_000_003 + 10_000 + 25_000
  expect(cadence.next()).toBe(2)
  expect(cadence.left()).toBe(5000)
  clock.at += 5000
  expect(cadence.left()).toBe(0)
})

/** The times at which polls are due, when each is made at once. */
function times(at: string, from: string, lastAt: string | undefined, count: number): string[] {
  const clock = jumpingClock()
  clock.at = Date.parse(from)
  const around = { clock, timezone: 'Europe/Berlin', lastAt: lastAt === undefined ? 0 : Date.parse(lastAt) }
  const cadence = openCadence(optionsOf({ at }), around)
  return Array.from({ length: count }, () => {
    clock.at += Math.max(0, cadence.left())
    const time = new Date(clock.at).toISOString().slice(0, 16)
    expect(cadence.next()).toBeGreaterThanOrEqual(0)
    return time
  })
}

// Promise: An `http` source with a schedule polls in the pipeline's time zone, also on the days at which clocks are changed; a poll that fell due while nothing ran is made up for, once.
test('at: a schedule in local time, on the days of changed clocks too', () => {
  expect(times('30 2 * * *', '2026-03-28T00:00Z', undefined, 3)).toEqual([
    '2026-03-28T01:30',
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ])
  expect(times('30 2 * * *', '2026-10-24T12:00Z', undefined, 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
})

test('at: a night that was missed is made up for once; one that was not is not', () => {
  expect(times('0 2 * * *', '2026-06-10T06:00Z', '2026-06-07T00:00Z', 2)).toEqual([
    '2026-06-10T06:00',
    '2026-06-11T00:00',
  ])
  expect(times('0 2 * * *', '2026-06-10T06:00Z', '2026-06-10T00:00Z', 1)).toEqual(['2026-06-11T00:00'])
  expect(times('0 2 * * *', '2026-06-10T06:00Z', undefined, 1)).toEqual(['2026-06-11T00:00'])
})

test('at: what falls due during a poll is counted, and a clock that is set back brings nothing twice', () => {
  const clock = jumpingClock()
  clock.at = Date.parse('2026-06-10T06:00:30Z')
  const cadence = openCadence(optionsOf({ at: '* * * * *' }), { clock, timezone: 'UTC', lastAt: 0 })
  clock.at += cadence.left()
  clock.at += 3.5 * 60_000
  expect(cadence.next()).toBe(3)
  expect(new Date(clock.at + cadence.left()).toISOString()).toBe('2026-06-10T06:05:00.000Z')
  clock.at += cadence.left()
  clock.at -= 90_000
  expect(cadence.left()).toBe(90_000)
})
