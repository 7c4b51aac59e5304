import { expect, test } from 'vitest'
import { type Batch, columnOf } from '../record/column.ts'
import { BIGINT, STRING } from '../record/type.ts'
import { ChangingTable } from './changing-table.ts'
import { coloursIf } from './colour.ts'

const FIELDS = [
  { name: 'path', type: STRING },
  { name: 'n', type: BIGINT },
]

const batchOf = (rows: readonly (readonly [string, number, 'deleted'?])[]): Batch => ({
  count: rows.length,
  columns: [
    columnOf(
      STRING,
      rows.map(([path]) => path),
    ),
    columnOf(
      BIGINT,
      rows.map(([, n]) => BigInt(n)),
    ),
  ],
  deleted: Uint8Array.from(rows, ([, , deleted]) => (deleted === undefined ? 0 : 1)),
  origin: undefined,
  partition: 0,
  watermark: undefined,
})

const tableOf = (isByKey = false, limit?: number) =>
  new ChangingTable({ title: 'log', fields: FIELDS, key: [isByKey ? 1 : 0], isByKey, limit, colours: coloursIf(false) })

const rowsOf = (table: ChangingTable, height = 20) => table.draw(40, height).slice(2, -1)

test('a row takes the place of the one with its key, and a deleted one goes; the greatest number is first', () => {
  const table = tableOf()
  table.add(
    batchOf([
      ['/a', 1],
      ['/b', 20],
      ['/c', 3],
    ]),
  )
  expect(rowsOf(table)).toEqual(['/b    20', '/c     3', '/a     1'])
  table.add(
    batchOf([
      ['/a', 9],
      ['/b', 0, 'deleted'],
    ]),
  )
  expect(table.draw(40, 20)).toEqual(['log  2 rows', 'path  n', '/a    9', '/c    3', ''])
  expect(table.height()).toBe(5)
})

test('ranks are in their order', () => {
  const table = tableOf(true)
  table.add(
    batchOf([
      ['/x', 10],
      ['/y', 9],
      ['/z', 1],
    ]),
  )
  expect(rowsOf(table).map((row) => row.slice(0, 2))).toEqual(['/z', '/y', '/x'])
})

test('where rows do not fit, the first are shown, and the title says so', () => {
  const table = tableOf(false, 10)
  table.add(batchOf(Array.from({ length: 50 }, (_, i) => [`/${i}`, i] as const)))
  expect(table.height()).toBe(13)
  expect(table.draw(40, 6)).toEqual(['log  50 rows, the first 3', 'path   n', '/49   49', '/48   48', '/47   47', ''])
  expect(table.draw(40, 2)).toEqual(['log  50 rows, the first 1', '/49   49'])
  expect(table.draw(40, 0)).toEqual([])
})

// Promise: A table of an answer that changes keeps a bounded number of rows, whatever number of keys there are.
test('of many keys those with the least number are forgotten', () => {
  const table = tableOf()
  for (let block = 0; block < 100; block++) {
    table.add(batchOf(Array.from({ length: 1000 }, (_, i) => [`/${block}-${i}`, block] as const)))
  }
  expect(table.height()).toBeLessThan(20_003)
  const [title = '', , first = ''] = table.draw(60, 10)
  expect(title).toMatch(/^log {2}more than 1\d,\d{3} rows, the first 7$/)
  expect(first).toMatch(/99$/)
})
