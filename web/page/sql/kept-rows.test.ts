import { expect, test } from 'vitest'
import { keepRows, MOST_ROWS } from './kept-rows.ts'

const WINDOWS = { rowKey: ['window_start', 'status'], isChanging: false }
const of = (window_start: number, status: number, hits: number) => ({ window_start, status, hits })

test('a window that has closed is not open any more, though the open ones were said before', () => {
  const rows = keepRows()
  rows.begin(WINDOWS)
  expect(rows.opened([of(1, 200, 5), of(1, 404, 1), of(2, 200, 1)])).toHaveLength(3)
  rows.take(null, of(1, 200, 7))
  expect(rows.stillOpen()).toEqual([of(1, 404, 1), of(2, 200, 1)])
  rows.take(null, of(1, 404, 1))
  expect(rows.opened([of(1, 404, 1), of(2, 200, 3)])).toEqual([of(2, 200, 3)])
  expect(rows.newestFirst()).toEqual([of(1, 404, 1), of(1, 200, 7)])
})

test('an answer that changes has the last row of each key', () => {
  const rows = keepRows()
  rows.begin({ rowKey: ['status'], isChanging: true })
  for (const hits of [1, 2]) for (const status of [200, 404]) rows.take({ status }, { status, hits })
  rows.take({ status: 200 }, null)
  expect(rows.all()).toEqual([{ status: 404, hits: 2 }])
})

test('of too many rows the last ones are kept', () => {
  const rows = keepRows()
  rows.begin(WINDOWS)
  for (let at = 0; at < MOST_ROWS + 3; at++) rows.take(null, of(at, 200, 1))
  expect([rows.all().length, rows.dropped(), rows.all()[0]]).toEqual([MOST_ROWS, 3, of(3, 200, 1)])
  // What was dropped is not known any more.
  expect(rows.opened([of(0, 200, 1), of(5, 200, 1)])).toEqual([of(0, 200, 1)])
})
