import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clockIn } from './clock.ts'
import { linesOf, placed, placesOf, withGaps } from './pivot.ts'

const minute = (index: number): string => new Date(Date.UTC(1995, 6, 1, 0, index)).toISOString()
const wanted = { x: 'at', y: ['hits'], series: ['path'], maxLines: 8, addsRest: true }
const row = (index: number, path: string, hits: number | null) => ({ at: minute(index), path, hits })

test('a missing window is a gap in every line, and a missing row one in its own', () => {
  const { times, lines } = linesOf([row(0, 'a', 1), row(1, 'a', 2), row(1, 'b', 9), row(5, 'a', 3)], [], wanted)
  expect(times.map((time) => new Date(time).getUTCMinutes())).toEqual([0, 1, 2, 5])
  expect(lines.map(({ name, values }) => [name, values])).toEqual([
    ['b', [null, 9, null, null]],
    ['a', [1, 2, null, 3]],
  ])
})

test('times that are not regular have no gaps; an hour more or less of a day is none', () => {
  expect(withGaps([0, 7, 1000, 1400])).toEqual([0, 7, 1000, 1400])
  const day = 86_400_000
  const march = [0, day - 3_600_000, 2 * day - 3_600_000]
  expect(withGaps(march)).toEqual(march)
})

test('an open window begins with the last value that is final, and is forgotten once it has closed', () => {
  const open = linesOf([row(0, 'a', 1), row(1, 'a', 2)], [row(2, 'a', 1)], wanted)
  expect(open.lines[0]).toEqual({ name: 'a', values: [1, 2, null], open: [null, 2, 1] })
  expect(open.hasOpen).toBe(true)
  const closed = linesOf([row(0, 'a', 1), row(1, 'a', 2), row(2, 'a', 5)], [row(2, 'a', 1)], wanted)
  expect(closed.lines[0]).toEqual({ name: 'a', values: [1, 2, 5], open: [null, null, null] })
})

test('lines that are too many are one, whose values are their sum', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(9), fc.nat(20), fc.nat(1000)), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 2, max: 8 }),
      (points, maxLines) => {
        const rows = points.map(([at, path, hits]) => row(at, `/${path}`, hits))
        const { lines, times } = linesOf(rows, [], { ...wanted, maxLines })
        expect(lines.length).toBeLessThanOrEqual(maxLines)
        expect(lines.every(({ values }) => values.length === times.length)).toBe(true)
        const sum = lines.flatMap(({ values }) => values).reduce<number>((all, one) => all + (one ?? 0), 0)
        expect(sum).toBe(points.reduce((all, [, , hits]) => all + hits, 0))
        expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? time))).toBe(true)
      },
    ),
  )
})

test('numbers that cannot be added up are not', () => {
  const rows = Array.from({ length: 5 }, (_, index) => row(0, `/${index}`, 10 - index))
  const cut = linesOf(rows, [], { ...wanted, maxLines: 3, addsRest: false })
  expect(cut.lines.map(({ name }) => name)).toEqual(['/0', '/1', '/2'])
  expect(cut).toMatchObject({ rest: 2, hasOther: false })
})

test('a line keeps its colour while it is drawn', () => {
  const first = placesOf(['a', 'b', 'c'], new Map())
  expect([...first]).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ])
  expect([...placesOf(['c', 'd', 'a'], first)]).toEqual([
    ['c', 2],
    ['d', 1],
    ['a', 0],
  ])
})

test('lines stay in their order though another one is the largest by now', () => {
  const first = placed(linesOf([row(0, 'a', 5), row(0, 'b', 3)], [], wanted), new Map())
  const second = placed(linesOf([row(0, 'a', 5), row(0, 'b', 3), row(1, 'b', 9)], [], wanted), first.kept)
  const names = ({ lines: { lines } }: typeof first) => lines.map(({ name }) => name)
  expect([names(first), names(second), second.places]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    [0, 1],
  ])
})

test('times are shown in the zone, the day where it changes', () => {
  const utc = clockIn('UTC')
  const berlin = clockIn('Europe/Berlin')
  const noon = Date.UTC(2026, 6, 1, 12)
  expect([utc.full(noon), berlin.full(noon), utc.full(noon + 1500)]).toEqual([
    '2026-07-01 12:00',
    '2026-07-01 14:00',
    '2026-07-01 12:00:01.500',
  ])
  const hour = 3_600_000
  expect([utc.tick(noon, hour, undefined), utc.tick(noon + hour, hour, noon)]).toEqual(['12:00\n2026-07-01', '13:00'])
  expect(berlin.tick(noon + 10 * hour, hour, noon + 9 * hour)).toBe('00:00\n2026-07-02')
})
