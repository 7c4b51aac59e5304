import { expect, test } from 'vitest'
import { futureWarning, lateWarning, losesMuch, lostText, zoneHint } from './words.ts'

const HOUR = 3_600_000
const NOON = Date.UTC(2025, 6, 14, 12)

test('a query that loses more than one row in a hundred is said to', () => {
  expect(losesMuch({ read: 100, rows: 1, partly: 0 })).toBe(false)
  expect(losesMuch({ read: 100, rows: 1, partly: 1 })).toBe(true)
  expect(losesMuch({ read: 0, rows: 0, partly: 0 })).toBe(false)
  expect(losesMuch({ read: 0, rows: 1, partly: 0 })).toBe(true)
  expect(lostText({ read: 50, rows: 47, partly: 0 })).toBe('47 of 50 rows (94 %) came too late')
  expect(lostText({ read: 1, rows: 1, partly: 0 })).toBe('1 of 1 row (100 %) came too late')
  expect(lostText({ read: 28_021, rows: 300, partly: 13 })).toBe(
    '313 of 28,021 rows (1.1 %) came too late for some or all of their windows',
  )
})

test('late rows: the share, the delay that would have kept them, and the command that repairs', () => {
  const from = Date.UTC(2025, 2, 14, 9, 3)
  const tally = { read: 50, rows: 47, partly: 0, greatestMs: 46.5 * 60_000, from, to: from + 47 * 60_000 }
  const query = { query: 'q', incomparable: undefined, also: '', which: '-p p.yaml --data d' }
  expect(lateWarning(tally, { ...query, reads: [{ topic: 't', delayMs: 5000 }] })).toBe(
    'query q: 47 of 50 rows (94 %) came too late, by up to 46 min; they are dead letters. ' +
      'A watermark delay of 47m (it is 5s) would have kept them. ' +
      'To count them: tailrace backfill q --since 2025-03-14T09:03 --until 2025-03-14T09:50 -p p.yaml --data d',
  )
  const reads = [
    { topic: 'a', delayMs: 5000 },
    { topic: 'b', delayMs: 60_000 },
  ]
  expect(lateWarning(tally, { ...query, reads, incomparable: 'no window' })).toContain(
    'A watermark delay of 47m of a (it is 5s), 48m of b (it is 1m) would have kept them. To count them, start it anew',
  )
})

test('times without a zone that are whole hours ahead are said to be of another zone', () => {
  const of = (aheadMs: number, zone = 'UTC', machineZone = 'UTC') =>
    zoneHint({ zone, machineZone, aheadMs, arrival: NOON })
  expect(of(2 * HOUR - 3000, 'UTC', 'Europe/Berlin')).toBe(
    '. Its times have no zone, are read as UTC, and are 2 h ahead: they seem to be of UTC+02:00 (write timezone: Europe/Berlin)',
  )
  expect(of(5.5 * HOUR - 60_000)).toContain('5 h 30 min ahead: they seem to be of UTC+05:30')
  expect(of(3 * HOUR, 'America/New_York')).toContain('UTC-01:00 (write timezone: Etc/GMT+1)')
  expect([of(0), of(2.25 * HOUR), of(30 * HOUR), of(-2 * HOUR)]).toEqual(['', '', '', ''])
})

test('records from the future: the last, what filled the topic, and where to look', () => {
  const last = { partition: 1, offset: 3, reason: 'its time, A, is 3 d after its arrival, B' }
  const from = { topic: 't', sources: ['file log/t.json'], maxAheadMs: 24 * HOUR, which: '-p p.yaml' }
  expect(futureWarning({ records: 0, last: undefined }, from)).toBeUndefined()
  expect(futureWarning({ records: 1, last }, from)).toBe(
    'topic t: a record is from the future at partition 1, offset 3, from file log/t.json: its time, A, is 3 d after its arrival, B, ' +
      'more than max_ahead, 1d: a dead letter that moves no watermark. See: tailrace dead t --kind future -p p.yaml',
  )
  expect(futureWarning({ records: 2, last }, from)).toContain(
    'topic t: 2 records are from the future, the last at partition 1',
  )
})
