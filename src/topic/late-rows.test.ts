import { expect, test } from 'vitest'
import { seededRandom } from '../base/random.ts'
import type { Lateness } from '../engine/graph.ts'
import {
  enoughDelay,
  gatherLate,
  type LateRows,
  latenessText,
  lateReason,
  lateRowsReason,
  runsOf,
} from './late-rows.ts'

const HEAD = { kind: 'late', topic: 't', partition: 0, query: 'q' } as const
const lateness = (watermark: number, lateMs: number, windows = 1): Lateness => {
  return { watermark, lateMs, windows, from: watermark - lateMs - 60_000, to: watermark - lateMs, counted: 0 }
}

type Place = readonly [offset: number, watermark: number, lateMs: number, windows: number]
const placesOf = (letters: readonly LateRows[]): Place[] =>
  letters.flatMap((letter) =>
    [...runsOf(letter)].flatMap(({ from, to, watermark, lateMs, windows }) =>
      Array.from({ length: to - from }, (_, i): Place => [from + i, watermark, lateMs, windows]),
    ),
  )

test('what is gathered is read back row by row, however it is cut into letters', () => {
  const random = seededRandom(7)
  const places: Place[] = []
  let offset = 5
  let watermark = 1e12
  for (let row = 0; row < 20_000; row++) {
    if (random.next() < 0.3) offset += 1 + random.below(50)
    else offset++
    if (random.next() < 0.3) watermark += random.below(5000)
    places.push([offset, watermark, 1 + random.below(3), 1 + random.below(2)])
  }
  const gathering = gatherLate(HEAD)
  const letters: LateRows[] = []
  const take = () => {
    const letter = gathering.take()
    if (letter !== undefined) letters.push(JSON.parse(JSON.stringify(letter)) as LateRows)
  }
  for (const [at, met, lateMs, windows] of places) {
    const hasRoom = gathering.add(at, lateness(met, lateMs, windows))
    if (!hasRoom || random.below(500) === 0) take()
  }
  take()
  expect(gathering.take()).toBeUndefined()
  expect(placesOf(letters)).toEqual(places)
  expect(letters.reduce((sum, { rows }) => sum + rows, 0)).toBe(places.length)
  for (const letter of letters) expect(letter.offset).toBe(placesOf([letter])[0]?.[0])
  expect(letters.length).toBeGreaterThan(20)
})

test('rows that met one watermark and missed the same window are one run; rows of any kind take few bytes', () => {
  const flood = gatherLate(HEAD)
  for (let offset = 0; offset < 1_000_000; offset++) flood.add(offset, lateness(1e12, 5000))
  expect(flood.take()).toEqual({
    ...HEAD,
    offset: 0,
    rows: 1_000_000,
    late_ms: { least: 5000, greatest: 5000 },
    windows: { from: '2001-09-09T01:45:35.000', to: '2001-09-09T01:46:35.000' },
    places: [0, 1_000_000, 1e12, 5000, 1],
  })
  const scattered = gatherLate(HEAD)
  const random = seededRandom(1)
  let offset = 0
  let watermark = 1e12
  for (let row = 0; row < 4000; row++) {
    offset += 2 + random.below(10)
    watermark += random.below(10_000)
    scattered.add(offset, lateness(watermark, 1 + random.below(60_000)))
  }
  expect(JSON.stringify(scattered.take()).length / 4000).toBeLessThan(22)
})

test('lateness in words', () => {
  expect([2, 44_002, 60_000, 2.5 * 3_600_000, 501_413_694_002].map(latenessText)).toEqual([
    '0.002 s',
    '44.002 s',
    '1 min',
    '2 h 30 min',
    '5803 d 9 h',
  ])
  const late = { ...lateness(Date.UTC(2025, 2, 14), 90_000), windows: 2, counted: 1 }
  expect(lateReason(late, true)).toBe(
    '1 min late: the watermark of its partition was 2025-03-14T00:00:00.000, and 2 of its 3 windows had closed by a tick, as the partition was quiet',
  )
  expect(lateReason({ ...late, windows: 0 }, false)).toBe(
    '1 min late: the watermark of its partition was 2025-03-14T00:00:00.000, and rows that it could have been joined with were over',
  )
  const gathering = gatherLate(HEAD)
  gathering.add(1, lateness(1e12, 1000))
  gathering.add(2, lateness(1e12, 7_200_000))
  expect(lateRowsReason(gathering.take() as LateRows)).toBe(
    '1 s to 2 h late: the watermark of its partition had closed its last window',
  )
  expect([1, 1001, 119_000, 121_000, 49 * 3_600_000].map(enoughDelay)).toEqual(['1s', '2s', '119s', '3m', '3d'])
})
