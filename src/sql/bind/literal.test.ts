/** Literals have the values and types that Flink gives them. */
import { expect, test } from 'vitest'
import { typeName } from '../../record/type.ts'
import { parseExpression } from '../syntax/expression.ts'
import { TokenReader } from '../syntax/token-reader.ts'
import { bindDatetime, bindInterval, bindNumber } from './literal.ts'

const shown = (literal: ReturnType<typeof bindNumber>): string =>
  'refused' in literal ? `refused: ${literal.refused}` : `${String(literal.value)} ${typeName(literal.type)}`

/** The value and the type of a literal, or why it is refused. */
function bound(text: string): string {
  const query = () => {
    throw new Error('no query here')
  }
  const node = parseExpression(new TokenReader(text, { query, expression: parseExpression }), 0)
  const number = node.kind === 'unary' ? node.operand : node
  if (number.kind === 'number') return shown(bindNumber(number.text, node.kind === 'unary'))
  if (node.kind === 'interval') return shown(bindInterval(node))
  return node.kind === 'datetime' ? shown(bindDatetime(node)) : node.kind
}

const MINUTE = 60_000
const DAY = 86_400_000

test.each([
  ['0', '0 INT'],
  ['2147483647', '2147483647 INT'],
  ['2147483648', '2147483648 BIGINT'],
  ['-2147483648', '-2147483648 INT'], // A minus belongs to its number.
  ['9223372036854775807', '9223372036854775807 BIGINT'],
  ['-9223372036854775808', '-9223372036854775808 BIGINT'],
  ['922337203.6854775807', '9223372036854775807 DECIMAL(19, 10)'],
  ['5.', '5 INT'],
  ['.5', '5 DECIMAL(1, 1)'],
  ['1.0', '10 DECIMAL(2, 1)'],
  ['0.05', '5 DECIMAL(3, 2)'],
  ['1e3', '1000 DOUBLE'],
  ["DATE '1970-01-02'", '1 DATE'],
  ["DATE '2024-02-29'", '19782 DATE'],
  ["DATE '2024-2-9'", '19762 DATE'],
  ["TIME '00:01:00'", '60000 TIME(0)'],
  ["TIME '0:1:0'", '60000 TIME(0)'],
  ["TIMESTAMP '1970-01-02'", '86400000 TIMESTAMP(0)'],
  ["TIMESTAMP '1970-01-01 00:00:00.5'", '500 TIMESTAMP(1)'],
  ["TIMESTAMP '1969-12-31 23:59:59.999'", '-1 TIMESTAMP(3)'],
  ["TIMESTAMP '1969-12-31 23:59:59.9999'", '-100000 TIMESTAMP(4)'],
  ["TIMESTAMP '2024-01-01 00:00:00.123456789'", '1704067200123456789 TIMESTAMP(9)'],
  ["INTERVAL '13' MONTH", '13 INTERVAL YEAR TO MONTH'],
  ["INTERVAL '1' YEAR", '12 INTERVAL YEAR TO MONTH'],
  ["INTERVAL '1' QUARTER", '3 INTERVAL YEAR TO MONTH'],
  ["INTERVAL '1-2' YEAR TO MONTH", '14 INTERVAL YEAR TO MONTH'],
])('%s is %s', (text, expected) => {
  expect(bound(text)).toBe(expected)
})

test.each([
  ["INTERVAL '5' MINUTE", 5 * MINUTE],
  ["INTERVAL '90' SECOND", 90_000],
  ["INTERVAL '0.001' SECOND", 1],
  ["INTERVAL '1' WEEK", 7 * DAY],
  ["INTERVAL '1:30' MINUTE TO SECOND", 90_000],
  ["INTERVAL '1 02:03:04.567' DAY TO SECOND", DAY + 2 * 60 * MINUTE + 3 * MINUTE + 4567],
  ["INTERVAL -'1' DAY", -DAY],
  ["INTERVAL '-1' DAY", -DAY],
  ["INTERVAL -'-1' DAY", DAY],
  ["INTERVAL '1000' SECOND(4)", 1_000_000],
  ["INTERVAL '241' SECOND(3)", 241_000],
])('%s is %d ms', (text, milliseconds) => {
  expect(bound(text)).toBe(`${milliseconds} INTERVAL DAY TO SECOND`)
})

test.each([
  ['9223372036854775808', /out of range/],
  ['-9223372036854775809', /out of range/],
  ['12345678901.123456789', /out of range/],
  ['1'.repeat(39), /out of range/],
  ["INTERVAL '1000' SECOND", /more than 2 digits/],
  ["INTERVAL '100' DAY", /more than 2 digits/],
  ["INTERVAL '1' SECOND(5)", /too wide/],
  ["INTERVAL 'x' DAY", /cannot be read/],
  ["INTERVAL '1:61' MINUTE TO SECOND", /cannot be read/],
  ["INTERVAL '1.5' MINUTE", /cannot be read/],
  ["INTERVAL '1-12' YEAR TO MONTH", /cannot be read/],
  ["DATE '2023-02-29'", /^refused/],
  ["DATE '2024-13-01'", /^refused/],
  ["TIME '24:00:00'", /^refused/],
  ["TIME '12:34:56.789'", /part of a second/],
  ["TIME '12:34'", /^refused/],
  ["TIMESTAMP '2024-02-30 00:00:00'", /^refused/],
  ["TIMESTAMP '2024-01-01T00:00:00'", /^refused/],
  ["TIMESTAMP '2024-01-01 00:00'", /^refused/],
  ["TIMESTAMP '2024-01-01 00:00:00.1234567890'", /^refused/],
])('%s is refused', (text, reason) => {
  expect(bound(text)).toMatch(reason)
})
