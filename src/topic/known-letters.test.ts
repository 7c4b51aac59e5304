import { expect, test } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { knownOfLetters, openKnown, type Series, withoutPassed } from './known-letters.ts'

const LATE: Series = { kind: 'late', query: 'q', scan: 0, partition: 1 }

test('of a series, all letters up to the last that is there are known, and at its offset as many as are there', () => {
  const known = openKnown({})
  for (const offset of [3, 7, 7]) known.note(LATE, offset, 1)
  expect(known.left()).toEqual({ 'late q 0 1': [7, 2] })
  const again = openKnown(JSON.parse(JSON.stringify(known.left())))
  const isKnown = again.testOf(LATE)
  expect([3, 5, 7, 7, 7, 9].map(isKnown)).toEqual([true, true, true, true, false, false])
  expect(again.left()).toEqual({})
  expect(again.testOf({ ...LATE, only: 'tick' })(3)).toBe(false)
})

test('rows of no one record are counted', () => {
  const known = openKnown({})
  const merged: Series = { kind: 'expression', query: 'q', scan: 0, partition: 0, only: 'merged' }
  known.note(merged, -1, 2)
  expect([-1, -1, -1].map(known.testOf(merged))).toEqual([true, true, false])
})

test('a query that begins anew meets other rows: its letters are forgotten, also by a test in use', () => {
  const known = openKnown({ 'late q 0 1': [7, 1], 'late other 0 1': [7, 1] })
  const isKnown = known.testOf(LATE)
  known.forget('q')
  expect(isKnown(3)).toBe(false)
  expect(known.left()).toEqual({ 'late other 0 1': [7, 1] })
})

test('rows that sinks refused, in any order, are ranges of offsets', () => {
  const random = seededRandom(3)
  const known = openKnown({})
  const offsets = new Set<number>()
  for (let i = 0; i < 2000; i++) {
    const offset = random.below(10) === 0 ? random.below(3000) : i
    offsets.add(offset)
    known.noteRefused('s', 0, offset)
  }
  for (let offset = -1; offset < 3002; offset++) {
    expect(known.hasRefused('s', 0, offset), String(offset)).toBe(offsets.has(offset))
  }
  const flood = openKnown({})
  for (let i = 0; i < 1_000_000; i++) flood.noteRefused('s', 0, i)
  expect(flood.left()).toEqual({ 'sink s 0': [0, 1_000_000] })
  expect(withoutPassed(flood.left(), () => 999_999)).toEqual({ 'sink s 0': [0, 1_000_000] })
  expect(withoutPassed(flood.left(), () => 1_000_000)).toEqual({})
})

test('letters of a checkpoint of version 0.1 are known', () => {
  const known = openKnown(
    knownOfLetters({
      'late q 1 9 ': 1,
      'late q 1 4 ': 1,
      'expression q 0 -1 a b': 2,
      'sink s 0 5 ': 1,
      'format  0 3 ': 1,
    }),
  )
  expect(known.left()).toEqual({ 'late q 0 1': [9, 1], 'expression q 0 0 merged': [-1, 2], 'sink s 0': [5, 6] })
})
