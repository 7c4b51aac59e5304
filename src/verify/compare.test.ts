import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SharedCell } from './cell.ts'
import { type CellRow, type ComparedRows, compareAnswers, NOTHING_FREE, SUM_TOLERANCE } from './compare.ts'

const cell: fc.Arbitrary<SharedCell> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -0, 'NULL', '', 'a'),
  fc.integer(),
  fc.string({ maxLength: 4 }),
)
const rows = (width: number) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 30 })
/** Rows, and the same in another order. */
const shuffled = rows(3).chain((all) =>
  fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
)
const isWithout = ({ differences, ties, nearlyEqual }: ComparedRows) =>
  differences.length === 0 && ties.length === 0 && nearlyEqual === 0

test('rows in another order are equal where there is no ORDER BY', () => {
  fc.assert(
    fc.property(shuffled, ([ours, theirs]) => {
      const compared = compareAnswers(ours, theirs, NOTHING_FREE)
      expect(compared).toMatchObject({ equal: ours.length, differences: [], misplaced: undefined })
    }),
  )
})

test('a cell that is another is found, with its column, and nothing else is', () => {
  const changed = shuffled
    .filter(([ours]) => ours.length > 0)
    .chain(([ours, theirs]) =>
      fc.tuple(fc.constant(ours), fc.constant(theirs), fc.nat(theirs.length - 1), fc.nat(2), fc.string()),
    )
  fc.assert(
    fc.property(changed, ([ours, theirs, row, column, text]) => {
      const other = theirs.map((cells, i) => (i === row ? cells.with(column, `${text} another`) : cells))
      const { equal, differences } = compareAnswers(ours, other, NOTHING_FREE)
      expect(equal).toBe(ours.length - 1)
      expect(differences).toHaveLength(1)
      expect(differences[0]?.theirs).toEqual(other[row])
      expect(differences[0]?.columns).toEqual([column])
    }),
  )
})

test('a row that is missing, or there once more, is found on its side', () => {
  fc.assert(
    fc.property(
      shuffled.filter(([ours]) => ours.length > 0),
      ([ours, theirs]) => {
        const [gone, ...rest] = theirs
        expect(compareAnswers(ours, rest, NOTHING_FREE).differences).toEqual([
          { ours: expect.anything(), theirs: undefined, columns: [] },
        ])
        expect(compareAnswers(rest, ours, NOTHING_FREE).differences).toHaveLength(1)
        expect(compareAnswers(ours, [...theirs, gone as CellRow], NOTHING_FREE).differences[0]?.ours).toBe(undefined)
      },
    ),
  )
})

test('0 and -0, 1 and its text, NULL and its name are different', () => {
  for (const [a, b] of [
    [0, -0],
    [1, '1'],
    [null, 'NULL'],
    [null, ''],
    [[0], [-0]],
  ] as const) {
    expect(isWithout(compareAnswers([[a]], [[b]], NOTHING_FREE))).toBe(false)
  }
  expect(isWithout(compareAnswers([[{ a: 1, b: 2 }]], [[{ b: 2, a: 1 }]], NOTHING_FREE))).toBe(true)
})

const sums = { ...NOTHING_FREE, sums: new Set([1]) }

test('sums of DOUBLEs may be apart by the order of additions: that is counted, and the distance told', () => {
  const { equal, nearlyEqual, farthest, differences } = compareAnswers(
    [
      ['a', 0.1 + 0.2 + 0.3],
      ['b', 5],
    ],
    [
      ['b', 5],
      ['a', 0.3 + 0.2 + 0.1],
    ],
    sums,
  )
  expect({ equal, nearlyEqual, differences }).toEqual({ equal: 1, nearlyEqual: 1, differences: [] })
  expect(farthest).toBeGreaterThan(0)
  expect(farthest).toBeLessThan(1e-15)
})

test('a sum that is farther apart is a difference, and so is any other number', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e9, noNaN: true }), fc.constantFrom(1, -1), (sum, sign) => {
      const near = sum * (1 + (sign * SUM_TOLERANCE) / 4)
      const far = sum * (1 + sign * SUM_TOLERANCE * 4)
      expect(compareAnswers([['a', sum]], [['a', near]], sums).differences).toEqual([])
      expect(compareAnswers([['a', sum]], [['a', far]], sums).differences).toHaveLength(1)
      expect(compareAnswers([['a', sum]], [['b', near]], sums).differences).not.toEqual([])
      expect(compareAnswers([['a', sum]], [['a', near]], NOTHING_FREE).differences).toHaveLength(1)
    }),
  )
  expect(compareAnswers([['a', 'NaN']], [['a', 1]], sums).differences).toHaveLength(1)
})

test('a Top-N may take another row that is equal in the order, and no other', () => {
  // window, path, hits, rank: chosen by hits.
  const ties = { ...NOTHING_FREE, chosen: [0, 2, 3] }
  const ours = [
    ['w', '/a', 5, 1],
    ['w', '/b', 4, 2],
  ]
  const another = [
    ['w', '/a', 5, 1],
    ['w', '/c', 4, 2],
  ]
  expect(compareAnswers(ours, another, ties)).toMatchObject({
    equal: 1,
    differences: [],
    ties: [{ ours: ['w', '/b', 4, 2], theirs: ['w', '/c', 4, 2] }],
  })
  const wrong = [
    ['w', '/a', 5, 1],
    ['w', '/c', 3, 2],
  ]
  expect(compareAnswers(ours, wrong, ties).differences[0]?.columns).toEqual([1, 2])
  expect(compareAnswers(ours, another, NOTHING_FREE).differences).toHaveLength(1)
})

test('ORDER BY is compared, and rows that are equal in it may change places', () => {
  const ordered = { ...NOTHING_FREE, order: [1] }
  const rows = [
    ['a', 1],
    ['b', 1],
    ['c', 2],
  ]
  const [a = [], b = [], c = []] = rows
  expect(compareAnswers(rows, [b, a, c], ordered)).toMatchObject({ equal: 3, misplaced: undefined })
  expect(compareAnswers(rows, [a, c, b], ordered)).toMatchObject({ equal: 3, differences: [], misplaced: 2 })
})

test('rows that differ stand beside the one that is most like them', () => {
  const { differences } = compareAnswers(
    [
      ['a', 1, 1],
      ['b', 2, 2],
    ],
    [
      ['b', 2, 3],
      ['a', 1, 2],
    ],
    NOTHING_FREE,
  )
  expect(differences.map(({ ours, theirs, columns }) => [ours?.[0], theirs?.[0], columns])).toEqual([
    ['a', 'a', [2]],
    ['b', 'b', [2]],
  ])
})
