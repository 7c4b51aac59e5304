/** How `make bench-flink` compares rows: what is not equal must end it. */
import { expect, test } from 'vitest'
import { type Columns, comparable, compareRows } from '../../bench/flink/rows.ts'

const columns: Columns = { window_start: 'time', http_method: 'text', hits: 'number' }
const row = (window_start: string, http_method: unknown, hits: unknown) =>
  comparable({ window_start, http_method, hits, other: 1 }, columns)

test('the texts of a time and of a number do not matter, their values do', () => {
  const ours = row('1995-07-01T04:00:00.000', 'GET', 7)
  expect(row('1995-07-01 04:00:00', 'GET', '7')).toBe(ours)
  expect(row('1995-07-01T04:00:00.000Z', 'GET', 7.0)).toBe(ours)
  expect(row('1995-07-01 04:00:00.001', 'GET', 7)).not.toBe(ours)
  expect(row('1995-07-01 04:00:00', 'GET', 8)).not.toBe(ours)
  expect(row('1995-07-01 04:00:00', null, 7)).not.toBe(ours)
})

test('a column that is missing or is of another kind is a mistake', () => {
  expect(() => comparable({ window_start: '1995-07-01 04:00:00', hits: 7 }, columns)).toThrow('http_method')
  expect(() => row('yesterday', 'GET', 7)).toThrow('a time is expected')
  expect(() => row('1995-07-01 04:00:00', 'GET', 'many')).toThrow('a number is expected')
})

test('rows are a multiset: order does not matter, and each must be there as often', () => {
  expect(() => compareRows('Flink', ['b', 'a', 'a'], ['a', 'b', 'a'])).not.toThrow()
  expect(() => compareRows('Flink', ['a', 'b'], ['a', 'b', 'a'])).toThrow('missing: a')
  expect(() => compareRows('Flink', ['a', 'b', 'b'], ['a', 'b', 'a'])).toThrow('2 differ')
  expect(() => compareRows('Flink', ['a', 'c'], ['a'])).toThrow('wrong: c')
})

test('no rows at all are nothing to compare', () => {
  expect(() => compareRows('Flink', [], [])).toThrow('nothing is compared')
})
