import { expect, test } from 'vitest'
import { barsOf } from './bar-rows.ts'

const wanted = { y: 'hits', series: ['name'], isOpen: false }
const rowsOf = (...names: (string | number)[]) => names.map((name, index) => ({ name, hits: (index * 7) % 5 }))

test('the longest bar is the first, and as many as can be read are drawn', () => {
  const names = Array.from({ length: 30 }, (_, index) => `/page/${index}`)
  const { bars, rest } = barsOf(rowsOf(...names), wanted)
  expect(bars.map(({ value }) => value)).toEqual(bars.map(({ value }) => value).sort((a, b) => b - a))
  expect([bars.length, rest]).toEqual([20, 10])
})

test('hours, classes and days stand in their own order', () => {
  expect(barsOf(rowsOf(5, 10, 2), wanted).bars.map(({ label }) => label)).toEqual(['2', '5', '10'])
  expect(barsOf(rowsOf('2026-01-02', '2026-01-01'), wanted).bars.map(({ label }) => label)).toEqual([
    '2026-01-01',
    '2026-01-02',
  ])
})

test('bars begin at nothing, and those below it go the other way', () => {
  expect(
    barsOf(
      [
        { name: 'a', hits: -4 },
        { name: 'b', hits: 2 },
        { name: 'c', hits: null },
      ],
      wanted,
    ),
  ).toMatchObject({
    least: -4,
    most: 2,
    bars: [{ label: 'b' }, { label: 'a' }],
  })
})
