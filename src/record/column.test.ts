import { expect, test } from 'vitest'
import { columnOf, valueAt } from './column.ts'
import { BIGINT, STRING } from './type.ts'

test('a BIGINT beyond 2^53 keeps all its digits, and so do its neighbours', () => {
  const values = [1n, 9007199254740993n, null, -5n]
  const column = columnOf(BIGINT, values)
  expect(values.map((_, row) => valueAt(column, row))).toEqual(values)
})

test('invalid UTF-8 is kept as bytes and replaced only when shown', () => {
  const column = columnOf(STRING, ['a', '', 'é'])
  if (column.kind !== 'string') throw new Error('not a string column')
  expect(valueAt(column, 1)).toBe('')
  column.bytes[0] = 0xff
  expect(valueAt(column, 0)).toBe('\ufffd')
})
