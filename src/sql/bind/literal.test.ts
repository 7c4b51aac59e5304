/** Literals have the values and types that Flink gives them. */
import { expect, test } from 'vitest'
import { typeName } from '../../record/type.ts'
import type { ExpressionSyntax } from '../syntax/ast.ts'
import { parseExpression } from '../syntax/expression.ts'
import { TokenReader } from '../syntax/token-reader.ts'
import { bindDatetime, bindInterval, bindNumber } from './literal.ts'

const shown = (literal: ReturnType<typeof bindNumber>): string =>
  'refused' in literal ? `refused: ${literal.refused}` : `${String(literal.value)} ${typeName(literal.type)}`

test.each([
  ['0', '0 INT'],
  ['2147483647', '2147483647 INT'],
  ['2147483648', '2147483648 BIGINT'],
  ['9223372036854775807', '9223372036854775807 BIGINT'],
  ['9223372036854775808', '9223372036854775808 DECIMAL(19, 0)'],
  ['5.', '5 INT'],
  ['.5', '5 DECIMAL(1, 1)'],
  ['1.0', '10 DECIMAL(2, 1)'],
  ['0.05', '5 DECIMAL(3, 2)'],
  ['1e3', '1000 DOUBLE'],
])('the number %s is %s', (text, expected) => {
  expect(shown(bindNumber(text, false))).toBe(expected)
})

test('a minus belongs to its number, so the least INT is one', () => {
  expect(shown(bindNumber('2147483648', true))).toBe('-2147483648 INT')
})

test('39 digits are more than a DECIMAL has', () => {
  expect(shown(bindNumber('1'.repeat(39), false))).toMatch(/39 digits/)
})

const parse = (text: string): ExpressionSyntax =>
  parseExpression(
    new TokenReader(text, {
      query: () => {
        throw new Error('no query here')
      },
      expression: parseExpression,
    }),
    0,
  )

const bindText = (text: string): string => {
  const node = parse(text)
  if (node.kind === 'interval') return shown(bindInterval(node))
  if (node.kind === 'datetime') return shown(bindDatetime(node))
  return node.kind
}

const MINUTE = 60_000
const DAY = 86_400_000

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
  expect(bindText(text)).toBe(`${milliseconds} INTERVAL DAY TO SECOND`)
})

test.each([
  ["INTERVAL '13' MONTH", 13],
  ["INTERVAL '1' YEAR", 12],
  ["INTERVAL '1' QUARTER", 3],
  ["INTERVAL '1-2' YEAR TO MONTH", 14],
])('%s is %d months', (text, months) => {
  expect(bindText(text)).toBe(`${months} INTERVAL YEAR TO MONTH`)
})

test.each([
  ["INTERVAL '1000' SECOND", /more than 2 digits/],
  ["INTERVAL '100' DAY", /more than 2 digits/],
  ["INTERVAL '1' SECOND(5)", /too wide/],
  ["INTERVAL 'x' DAY", /cannot be read/],
  ["INTERVAL '1:61' MINUTE TO SECOND", /cannot be read/],
  ["INTERVAL '1.5' MINUTE", /cannot be read/],
  ["INTERVAL '1-12' YEAR TO MONTH", /cannot be read/],
])('%s is refused', (text, reason) => {
  expect(bindText(text)).toMatch(reason)
})

test.each([
  ["DATE '1970-01-02'", '1 DATE'],
  ["DATE '2024-02-29'", '19782 DATE'],
  ["TIME '00:01:00'", '60000 TIME(0)'],
  ["TIMESTAMP '1970-01-01 00:00:00.5'", '500 TIMESTAMP(3)'],
  ["TIMESTAMP '1969-12-31 23:59:59.999'", '-1 TIMESTAMP(3)'],
])('%s is %s', (text, expected) => {
  expect(bindText(text)).toBe(expected)
})

test.each([
  "DATE '2023-02-29'",
  "DATE '2024-13-01'",
  "TIME '24:00:00'",
  "TIMESTAMP '2024-01-01'",
  "TIMESTAMP '2024-01-01 00:00:00.1234'",
])('%s is refused', (text) => {
  expect(bindText(text)).toMatch(/^refused/)
})
