/** What `check` says of the options over the rows that the sink gets. */
import { expect, test } from 'vitest'
import { RECORDS, RESULT } from '../table/table.test-tool.ts'
import { cassandra } from './cassandra.ts'

const mistakesOf = (options: object, rows = RESULT) => {
  const place = { contact_points: 'db1', keyspace: 'logspace', table: 'results' }
  const mistakes = cassandra.check?.(cassandra.options.parse({ ...place, ...options }), rows) ?? []
  return mistakes.map(({ path, failure }) => `${path.join('.')}: ${failure.message}`)
}

test('rows of a query have a key of their own; records of a topic need a column for theirs', () => {
  expect(mistakesOf({})).toEqual([])
  expect(mistakesOf({}, RECORDS)).toEqual([expect.stringMatching(/^table: table results needs a key/)])
  expect(mistakesOf({ columns: { id: { row_key: 'uuid' }, path: 'path' } }, RECORDS)).toEqual([])
})

test('a key is proved by all its columns, wherever in it they are', () => {
  const columns = { page: 'path', at: 'window_end', hits: 'hits' }
  expect(mistakesOf({ columns, key: { partition: ['page'], clustering: { at: 'desc' } } })).toEqual([])
  expect(mistakesOf({ columns, key: { partition: ['page'] } })).toEqual([expect.stringMatching(/^key: .*window_start/)])
  expect(mistakesOf({ columns, key: { partition: ['page'] }, overwrites: 'accept' })).toEqual([])
  expect(mistakesOf({ columns, key: { partition: ['pgae'], clustering: { at: 'desc' } } })).toEqual([
    'key: there is no column pgae to be in the key',
  ])
})

test('two names that are one in Cassandra are a mistake', () => {
  const columns = { id: { row_key: 'uuid' }, Path: 'path', path: 'path' }
  expect(mistakesOf({ columns })).toEqual([expect.stringContaining('columns Path and path are one in Cassandra, path')])
  expect(mistakesOf({ columns: { id: { row_key: 'uuid' }, '"Path"': 'path', path: 'path' } })).toEqual([])
})

test('options that Cassandra would refuse are refused', () => {
  const wrong = (options: object) =>
    cassandra.options.safeParse({ contact_points: 'db1', keyspace: 'k', table: 't', ...options }).error?.message
  expect(wrong({ keyspace: 'log-space' })).toContain('letters, digits and underscores')
  expect(wrong({ ttl: '100ms' })).toContain('a ttl is 1s')
  expect(wrong({ consistency: 'most' })).toBeDefined()
  expect(wrong({ key: [] })).toBeDefined()
  expect(wrong({ key: { partition: [] } })).toBeDefined()
  expect(wrong({})).toBeUndefined()
})
