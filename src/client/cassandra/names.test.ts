/** Names mean in a pipeline file what they mean in cqlsh. */
import { expect, test } from 'vitest'
import { inQuotes, isTableName, shownName, storedName } from './names.ts'

test.each([
  ['RESULTS', 'results', 'results'],
  ['timestamp', 'timestamp', 'timestamp'],
  ['"RESULTS"', 'RESULTS', '"RESULTS"'],
  ['"say ""hi"""', 'say "hi"', '"say ""hi"""'],
  ['EXPR$0', 'EXPR$0', '"EXPR$0"'],
  ['status code', 'status code', '"status code"'],
])('%s is the name %s, shown as %s', (written, stored, shown) => {
  expect(storedName(written)).toBe(stored)
  expect(shownName(stored)).toBe(shown)
  expect(storedName(inQuotes(stored))).toBe(stored)
})

test('a keyspace or a table has letters, digits and underscores, 48 at most', () => {
  expect(['logspace', 'RESULTS', '"Mixed_1"', 'x'.repeat(48)].map(isTableName)).toEqual([true, true, true, true])
  expect(['log-space', '"a b"', 'x'.repeat(49), '', 'a.b'].map(isTableName)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})
