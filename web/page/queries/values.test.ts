import { expect, test } from 'vitest'
import type { ResultColumn } from '../../../src/server/api/queries.ts'
import { inOrder, rowText, shownValue } from './values.ts'

const columnOf = (name: string, type: string, more: Partial<ResultColumn> = {}): ResultColumn => ({
  name,
  type,
  window: null,
  isRowtime: false,
  isKey: false,
  isRank: false,
  ...more,
})
const START = columnOf('window_start', 'TIMESTAMP(3)', { window: 'start', isKey: true })
const STATUS = columnOf('status', 'INT', { isKey: true })
const HITS = columnOf('hits', 'BIGINT')

test('values are shown as people read them', () => {
  expect(shownValue('1995-07-01T00:00:00.000', START)).toBe('1995-07-01 00:00:00')
  expect(shownValue('1995-07-01T00:00:00.250', START)).toBe('1995-07-01 00:00:00.250')
  expect(shownValue(12_345, HITS)).toBe('12,345')
  expect(shownValue(4040, STATUS)).toBe('4040')
  expect(shownValue(null, HITS)).toBe('NULL')
  expect(shownValue(0.1 + 0.2, columnOf('share', 'DOUBLE'))).toBe('0.3')
  expect(shownValue({ a: [1] }, columnOf('nested', 'ROW<a ARRAY<INT>>'))).toBe('{"a":[1]}')
  expect(rowText({ window_start: '1995-07-01T00:00:00.000', status: 200, hits: 7 }, [START, STATUS, HITS])).toBe(
    '1995-07-01 00:00:00, 200',
  )
})

test('the newest window comes first, and its rows as they were put out', () => {
  const row = (offset: number, minute: number) => ({
    partition: 0,
    offset,
    at: '2026-12-01T00:00:00.000Z',
    key: null,
    row: { window_start: `1995-07-01T00:0${minute}:00.000` },
  })
  const order = inOrder([row(0, 1), row(1, 1), row(2, 2), row(3, 1)], [START])
  expect(order.map(({ offset }) => offset)).toEqual([2, 0, 1, 3])
  expect(inOrder([row(0, 1), row(1, 1)], [HITS]).map(({ offset }) => offset)).toEqual([1, 0])
})
