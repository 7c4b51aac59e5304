import { expect, test } from 'vitest'
import type { Happened } from '../../../src/server/api/alerts.ts'
import { barsBetween, firingsOf } from './timeline.ts'

const at = (minute: number) => new Date(minute * 60_000).toISOString()
const row = (
  id: string,
  state: Happened['state'],
  [since, time]: readonly [number, number],
  country = 'DE',
): Happened => ({
  id,
  state,
  key: { country },
  row: {},
  since: at(since),
  at: at(time),
  message: `${country} ${state}`,
  severity: 'critical',
  told: [],
})

test('keys that begin alike have a line each', () => {
  const long = 'x'.repeat(1000)
  const firings = firingsOf([row('a', 'firing', [10, 20], `${long}1`), row('b', 'firing', [10, 20], `${long}2`)])
  expect(barsBetween(firings, { start: 0, end: 6e6, most: 10 })).toHaveLength(2)
})

test('rows of a firing are one bar, from its trouble to its end; one that goes on reaches the end', () => {
  const history = [
    row('b', 'firing', [50, 55], 'FR'),
    row('a', 'resolved', [10, 40]),
    row('a', 'reminder', [10, 30]),
    row('a', 'firing', [10, 20]),
    row('z', 'resolved', [0, 4]),
  ]
  const firings = firingsOf(history)
  expect(firings).toMatchObject([
    { id: 'b', key: 'country FR', message: 'FR firing', ended: undefined },
    { id: 'a', message: 'DE firing', fired: 20 * 60_000, ended: 40 * 60_000 },
    { id: 'z', fired: undefined, ended: 4 * 60_000 },
  ])
  const span = { start: 5 * 60_000, end: 105 * 60_000, most: 10 }
  expect(barsBetween(firings, span)).toMatchObject([
    ['country FR', [{ from: 0.45, fired: 0.5, to: 1 }]],
    ['country DE', [{ from: 0.05, fired: 0.15, to: 0.35 }]],
  ])
  expect(barsBetween(firings, { ...span, most: 1 })).toHaveLength(1)
})
