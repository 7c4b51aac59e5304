import { expect, test } from 'vitest'
import { slashComments } from './slashes.ts'

const found = (sql: string) =>
  slashComments(sql, (name) => ['status', 'n'].includes(name)).map(({ range, left, right }) => [
    sql.slice(range.start, range.end),
    left,
    right,
  ])

test.each([
  ['SELECT k FROM t WHERE k = 4 // 2', [['// 2', '4', '2']]],
  [
    'SELECT a // 2 AS half,\n b//n FROM t',
    [
      ['// 2 AS half,', 'a', '2'],
      ['//n FROM t', 'b', 'n'],
    ],
  ],
  ['SELECT (a + 1) // t.status, b\nFROM t', [['// t.status, b', '…', 't.status']]],
  ['SELECT `a` // `n`\nFROM t', [['// `n`', '`a`', '`n`']]],
])('%s', (sql, wanted) => {
  expect(found(sql)).toEqual(wanted)
})

test.each([
  'SELECT status // the status\nFROM t',
  'SELECT status // status of the answer\nFROM t',
  'SELECT status // 2 hours ago it was 200\nFROM t',
  'SELECT status, // 2\n n FROM t',
  'SELECT status\n// n\nFROM t',
  "SELECT 'http://2' FROM t",
  'SELECT status -- a // 2\nFROM t',
  'SELECT status // http\nFROM t',
  'SELECT status //\nFROM t',
])('a comment: %s', (sql) => {
  expect(found(sql)).toEqual([])
})
