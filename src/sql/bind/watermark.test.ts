/** A watermark is a column and a delay; anything else is refused with its place. */
import { expect, test } from 'vitest'
import { STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import { failureOf } from '../refusal.test-tool.ts'
import { parseWatermark } from './watermark.ts'

const fields = [
  { name: 'host', type: STRING },
  { name: 'ts', type: TIMESTAMP_LTZ },
]

test.each([
  ["ts - INTERVAL '5' SECOND", 5000],
  ["`ts` - INTERVAL '1' MINUTE", 60_000],
  ['ts', 0],
])('%s trails by %d ms', (text, delay) => {
  expect(parseWatermark(text, fields)).toEqual({ field: 1, delay })
})

test.each([
  ['tss', 'there is no column tss', 'did you mean ts?'],
  ['host', 'column host is STRING', 'the time columns are ts'],
  ["ts + INTERVAL '5' SECOND", 'trails its column', "write ts - INTERVAL '5' SECOND"],
  ['ts - 5s', 'is an interval of SQL', "write ts - INTERVAL '5' SECOND"],
  ['ts - 100 seconds', 'is an interval of SQL', "write ts - INTERVAL '100' SECOND(3)"],
  ['ts - 86400s', 'is an interval of SQL', "write ts - INTERVAL '1440' MINUTE(4)"],
  ['ts - 360000 seconds', 'is an interval of SQL', "write ts - INTERVAL '6000' MINUTE(4)"],
  ['ts - 86401s', 'is an interval of SQL', "write ts - INTERVAL '5' SECOND, or ts"],
  ["ts-'5' MINUTE", 'is an interval of SQL', "write ts - INTERVAL '5' MINUTE"],
  ["ts - INTERVAL '5 SECOND'", 'is an interval of SQL', "write ts - INTERVAL '5' SECOND"],
  ['5s', 'begins with a column', "write ts - INTERVAL '5' SECOND"],
  ['10 min', 'begins with a column', "write ts - INTERVAL '10' MINUTE"],
  ["ts - INTERVAL '1' MONTH", 'months have no one length', "INTERVAL '30' DAY"],
  ["ts - INTERVAL '-1' SECOND", 'cannot run ahead', "write ts - INTERVAL '5' SECOND, or ts"],
  ['ts - 5', 'is an interval', "write ts - INTERVAL '5' SECOND, or ts"],
  ['(SELECT 1)', 'not a query', "write ts - INTERVAL '5' SECOND, or ts"],
  ["ts - INTERVAL '5' SECOND extra", 'and no more', "write ts - INTERVAL '5' SECOND, or ts"],
])('%s is refused with its place', (text, message, hint) => {
  const failure = failureOf(() => parseWatermark(text, fields))
  expect(failure).toMatchObject({ message: expect.stringContaining(message), hint, place: { text } })
})
