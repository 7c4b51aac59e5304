import { expect, test } from 'vitest'
import { plan, refusal } from '../example-log.test-tool.ts'

const typeOf = (expression: string) => {
  const { plan: root } = plan(`SELECT TYPEOF(${expression}) AS x FROM log`, 'batch')
  const [value] = root.kind === 'project' ? root.expressions : []
  return value?.kind === 'literal' ? value.value : undefined
}

test.each([
  ["'a'", 'CHAR(1) NOT NULL'],
  ['NULL', 'NULL'],
  ['-1.5', 'DECIMAL(2, 1) NOT NULL'],
  ['1 + CAST(NULL AS BIGINT)', 'BIGINT'],
  ['1 < 2', 'BOOLEAN NOT NULL'],
  ["TRY_CAST('1' AS INT)", 'INT'],
  ["CAST('a' AS VARCHAR(5))", 'VARCHAR(5) NOT NULL'],
  ["CAST('a' AS STRING)", 'STRING NOT NULL'],
  ["TIMESTAMP '2024-01-01 00:00:00.12'", 'TIMESTAMP(2) NOT NULL'],
  ["CAST('2024-01-01 00:00:00' AS TIMESTAMP(3))", 'TIMESTAMP(3) NOT NULL'],
  ["DATE '2024-01-01'", 'DATE NOT NULL'],
  ['ARRAY[1, NULL]', 'ARRAY<INT> NOT NULL'],
  ["ARRAY['a', 'bc']", 'ARRAY<CHAR(2) NOT NULL> NOT NULL'],
  ["MAP['a', ARRAY[1.5]]", 'MAP<CHAR(1) NOT NULL, ARRAY<DECIMAL(2, 1) NOT NULL> NOT NULL> NOT NULL'],
  ["ROW(1, 'x')", 'ROW<`EXPR$0` INT NOT NULL, `EXPR$1` CHAR(1) NOT NULL> NOT NULL'],
])('TYPEOF(%s) is %s', (expression, expected) => {
  expect(typeOf(expression)).toBe(expected)
})

test('of a column or another function it is refused, with the type that there is', () => {
  expect(refusal('SELECT TYPEOF(status) AS x FROM log')).toContain('TYPEOF of more than literals')
  expect(refusal('SELECT TYPEOF(UPPER(host)) AS x FROM log')).toContain('its type is STRING')
  expect(refusal('SELECT TYPEOF(1, 2) AS x FROM log')).toContain('TYPEOF wants 1 argument and has 2')
})
