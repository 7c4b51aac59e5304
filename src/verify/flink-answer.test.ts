import { expect, test } from 'vitest'
import type { FlinkRow, RowKind } from '../client/flink/gateway.ts'
import { foldChanges } from './flink-answer.ts'

const columns = [{ type: { type: 'VARCHAR', nullable: true } }, { type: { type: 'BIGINT', nullable: true } }]
const row = (kind: RowKind, ...fields: FlinkRow['fields']): FlinkRow => ({ kind, fields })

test('changes come to the rows that are left', () => {
  const changes = [
    row('INSERT', 'a', 1),
    row('INSERT', 'b', 1),
    row('UPDATE_BEFORE', 'a', 1),
    row('UPDATE_AFTER', 'a', 2),
    row('DELETE', 'b', 1),
  ]
  expect(foldChanges(changes, columns, undefined)).toEqual([['a', 2]])
})

test('of two equal rows one is taken back', () => {
  const changes = [row('INSERT', 'a', 1), row('INSERT', 'a', 1), row('DELETE', 'a', 1)]
  expect(foldChanges(changes, columns, undefined)).toEqual([['a', 1]])
})

test('with a key, a row takes the place of the one before it', () => {
  const changes = [row('INSERT', 'a', 1), row('UPDATE_AFTER', 'a', 2), row('INSERT', 'b', '9007199254740993')]
  expect(foldChanges(changes, columns, [0])).toEqual([
    ['a', 2],
    ['b', '9007199254740993'],
  ])
})

test('a row that is taken back and was never there is a Failure', () => {
  expect(() => foldChanges([row('DELETE', 'a', 1)], columns, undefined)).toThrow('takes back a row')
})
