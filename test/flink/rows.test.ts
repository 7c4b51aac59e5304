import { expect, test } from 'vitest'
import {
  BIGINT,
  DATE,
  DOUBLE,
  decimal,
  INTERVAL_DAY,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
} from '../../src/record/type.ts'
import { cellOfValue } from '../../src/verify/cell.ts'
import { loadTable } from './cases.ts'
import { sameRows } from './rows.ts'

test.each([
  [null, STRING, null],
  [2n ** 53n - 1n, BIGINT, 9007199254740991],
  [2n ** 53n, BIGINT, '9007199254740992'],
  [-0, DOUBLE, -0],
  [Number.NaN, DOUBLE, 'NaN'],
  [Number.NEGATIVE_INFINITY, DOUBLE, '-Infinity'],
  [-5n, decimal(5, 3), '-0.005'],
  [150n, decimal(10, 0), '150'],
  [0, DATE, '1970-01-01'],
  [45_296_000, TIME, '12:34:56'],
  [1_704_067_200_120, TIMESTAMP, '2024-01-01T00:00:00.12'],
  [1_704_067_200_000, TIMESTAMP, '2024-01-01T00:00:00'],
  [1_704_067_200_000, TIMESTAMP_LTZ, '2024-01-01T01:00:00Z'],
  [90_000, INTERVAL_DAY, 90_000],
])('%s of type %o is %s', (value, type, expected) => {
  expect(cellOfValue(value, type, 'Europe/Berlin')).toBe(expected)
})

test('rows without an order are compared as a multiset, and -0 differs from 0', () => {
  expect(sameRows([[1], [2]], [[2], [1]], false)).toBe(true)
  expect(sameRows([[1], [2]], [[2], [1]], true)).toBe(false)
  expect(sameRows([[1]], [[1], [1]], false)).toBe(false)
  expect(sameRows([[0]], [[-0]], true)).toBe(false)
  expect(sameRows([[1]], [['1']], true)).toBe(false)
  expect(sameRows([[{ a: 1, b: [{ d: 1, c: 2 }] }]], [[{ b: [{ c: 2, d: 1 }], a: 1 }]], true)).toBe(true)
  expect(sameRows([[{ a: [1, 2] }]], [[{ a: [2, 1] }]], true)).toBe(false)
  expect(sameRows([[null, 'null']], [['null', null]], true)).toBe(false)
})

test('a table of a case becomes values of its types', () => {
  const loaded = loadTable('t', {
    columns: [
      ['big', 'BIGINT'],
      ['price', 'DECIMAL(10, 2)'],
      ['ts', 'TIMESTAMP(3)'],
    ],
    rows: [
      [9007199254740993n, 1.5, '2024-01-01 00:00:00.1'],
      [null, '-0.05', null],
    ],
    rowtime: 'ts',
    watermark: "`ts` - INTERVAL '5' SECOND",
  })
  expect(loaded?.table.rowtime).toEqual({ field: 2, delay: 5000 })
  expect(loaded?.rows).toEqual([
    [9007199254740993n, 150n, 1_704_067_200_100],
    [null, -5n, null],
  ])
  expect(loadTable('t', { columns: [['a', 'ARRAY<INT>']], rows: [] })).toBeUndefined()
})
