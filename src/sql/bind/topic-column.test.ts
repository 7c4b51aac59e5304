/** Columns that a topic adds: METADATA in Flink's words, and expressions; anything else is refused with its place. */
import { expect, test } from 'vitest'
import { BIGINT, STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import { columnsOf } from '../expression/columns.ts'
import { failureOf } from '../refusal.test-tool.ts'
import { isMetadata, parseComputed, parseMetadata } from './topic-column.ts'

const known = [
  { key: 'timestamp', type: TIMESTAMP_LTZ },
  { key: 'offset', type: BIGINT },
  { key: 'key', type: STRING },
]
const keys = {
  keys: known.map(({ key }) => key),
  find: (key: string) => known.find((one) => one.key === key),
  refused: (key: string) => (key === 'headers' ? 'there is no type MAP yet' : undefined),
}
const fields = [
  { name: 'host', type: STRING },
  { name: 'ts', type: TIMESTAMP_LTZ },
  { name: 'metadata', type: STRING },
]
const session = { timezone: 'UTC', now: 0 }

test.each([
  ["TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'", 'x', 'timestamp'],
  ["timestamp(3) with local time zone metadata from 'timestamp'", 'x', 'timestamp'],
  ['BIGINT METADATA', 'offset', 'offset'],
  ['BIGINT METADATA VIRTUAL', 'offset', 'offset'],
  ["STRING METADATA FROM 'key' VIRTUAL", 'offset', 'key'],
  ["string metadata from 'key'", 'metadata', 'key'],
])('%s as the column %s is the metadata %s', (text, name, key) => {
  expect(isMetadata(text)).toBe(true)
  expect(parseMetadata(text, name, keys).key).toBe(key)
})

test.each([
  'metadata',
  'UPPER(metadata)',
  "host || metadata || ' METADATA'",
  "CASE WHEN metadata = 'a' THEN host ELSE metadata END",
  "NOT metadata = 'a'",
])('%s is an expression', (text) => {
  expect(isMetadata(text)).toBe(false)
  expect(parseComputed(text, fields, session).expression).toBeDefined()
})

test('a type that tailrace does not have is metadata, too', () => {
  expect(isMetadata('MAP<STRING, BYTES> METADATA')).toBe(true)
})

test.each([
  ['BIGINT METADATA', 'n', 8, "there is no metadata 'n'", 'the keys are timestamp, offset, key'],
  ["BIGINT METADATA FROM 'ofset'", 'n', 22, "there is no metadata 'ofset'", "did you mean 'offset'?"],
  ["INT METADATA FROM 'offset'", 'n', 1, "'offset' is BIGINT", "write BIGINT METADATA FROM 'offset'"],
  ["TIMESTAMP_LTZ METADATA FROM 'timestamp'", 'n', 1, 'is TIMESTAMP_LTZ(3)', 'write TIMESTAMP_LTZ(3) METADATA'],
  ["BYTES METADATA FROM 'key'", 'n', 1, "'key' is STRING", 'write STRING METADATA'],
  ["VARCHAR(9) METADATA FROM 'key'", 'n', 1, "'key' is STRING", 'write STRING METADATA'],
  ["MAP<STRING, BYTES> METADATA FROM 'offset'", 'n', 1, "'offset' is BIGINT", 'write BIGINT METADATA'],
  ["MAP<STRING, BYTES> METADATA FROM 'headers'", 'n', 34, 'there is no type MAP yet', undefined],
  ['BIGINT METADATA FROM offset', 'n', 22, 'the key of the metadata in quotes', undefined],
  ["BIGINT METADATA FROM 'offset' NOT NULL", 'n', 31, 'cannot follow METADATA', "write TYPE METADATA FROM 'key'"],
])('%s as the column %s is refused at character %d', (text, name, column, message, hint) => {
  const failure = failureOf(() => parseMetadata(text, name, keys))
  expect(failure).toMatchObject({ message: expect.stringContaining(message), place: { column, text } })
  if (hint !== undefined) expect(failure?.hint).toContain(hint)
})

test('an expression is bound over the columns that it may read', () => {
  const { expression } = parseComputed('FLOOR(ts TO MINUTE)', fields, session)
  expect(expression.type).toEqual(TIMESTAMP_LTZ)
  expect([...columnsOf(expression)]).toEqual([1])
})

test.each([
  ['UPPER(hots)', 7, 'there is no column hots', 'did you mean host?'],
  ['host ts', 6, 'ts', undefined],
  ['CURRENT_TIMESTAMP', 1, 'cannot use the clock', "METADATA FROM 'timestamp'"],
  ["CASE WHEN host = 'a' THEN NOW() ELSE ts END", 1, 'cannot use the clock', "METADATA FROM 'timestamp'"],
  ['CURRENT_DATE', 1, 'cannot use the clock', undefined],
  ['NULL', 1, 'cannot be NULL', 'write CAST'],
  ["INTERVAL '1' DAY", 1, 'cannot be INTERVAL DAY TO SECOND', 'write CAST'],
  ['COUNT(*)', 1, 'COUNT', undefined],
  ['(SELECT 1)', 2, 'not a query', undefined],
  ['EXISTS (SELECT 1)', 9, 'not a query', undefined],
])('%s is refused at character %d', (text, column, message, hint) => {
  const failure = failureOf(() => parseComputed(text, fields, session))
  expect(failure).toMatchObject({ message: expect.stringContaining(message), place: { column, text } })
  if (hint !== undefined) expect(failure?.hint).toContain(hint)
})
