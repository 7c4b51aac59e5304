/** A constant is read when its statement is bound: what Flink would fail with at the first row is refused at its place. */
import { describe, expect, test } from 'vitest'
import { plan, refusal } from '../example-log.test-tool.ts'
import type { PlanOf } from '../plan/plan.ts'

const hintOf = (sql: string): string => refusal(sql).split('\n').at(-1)?.trim() ?? ''
const lineOf = (sql: string): string =>
  refusal(sql)
    .split('\n')[0]
    ?.replace(/^line [\d:]+ /, '') ?? ''

// Promise: A constant that cannot be read is refused with its place before anything is read.
test.each([
  ["ts > «'2026-13-01'»", 'TIMESTAMP_LTZ(3)'],
  ["ts BETWEEN '2026-03-01' AND «'tomorrow'»", 'TIMESTAMP_LTZ(3)'],
  ["ts IN ('2026-03-01', «'x'»)", 'TIMESTAMP_LTZ(3)'],
  ["ts IS DISTINCT FROM «'x'»", 'TIMESTAMP_LTZ(3)'],
  ["CAST(ts AS DATE) = «'March'»", 'DATE'],
  ["CAST(ts AS TIME) < «'25:00'»", 'TIME(0)'],
  ["status > «'x'»", 'BIGINT'],
  ["«'x'» >= body_bytes", 'BIGINT'],
  ["CAST(«'abc'» AS INT) = 1", 'INT'],
  ["CAST(«'maybe'» AS BOOLEAN)", 'BOOLEAN'],
  ["CASE ts WHEN «'x'» THEN TRUE ELSE FALSE END", 'TIMESTAMP_LTZ(3)'],
  ["host = 'a' OR ts > CAST(«CONCAT('a', 'b')» AS TIMESTAMP_LTZ(3))", 'TIMESTAMP_LTZ(3)'],
])('WHERE %s', (marked, type) => {
  const start = marked.indexOf('«')
  const length = marked.indexOf('»') - start - 1
  const condition = marked.replace(/[«»]/g, '')
  const [message = '', , caret = ''] = refusal(`SELECT host FROM log WHERE ${condition}`).split('\n')
  expect(message).toContain(`cannot be read as ${type}`)
  expect(caret).toBe(`  ${' '.repeat(27 + start)}${'^'.repeat(length)}`)
})

test('TRY_CAST of a constant that cannot be read is NULL', () => {
  expect(plan("SELECT host FROM log WHERE TRY_CAST('abc' AS INT) = 1", 'batch').plan).toBeDefined()
})

test.each([
  ["'x'", "write it as '2026-03-01 10:00:00', or with a zone as '2026-03-01T10:00:00Z'"],
  ["'2026-02-30T10:00:00Z'", "write it as '2026-03-01 10:00:00', or with a zone as '2026-03-01T10:00:00Z'"],
])('ts > %s: %s', (text, hint) => {
  expect(hintOf(`SELECT host FROM log WHERE ts > ${text}`)).toBe(hint)
})

/** The one value that a statement without FROM gives. */
function constantOf(sql: string): unknown {
  const { rows } = plan(sql, 'batch').plan as PlanOf<'values'>
  const value = rows[0]?.[0]
  return value?.kind === 'literal' ? value.value : value?.kind
}

describe('a time as results show it', () => {
  const at = Date.UTC(2015, 4, 17, 10)

  // Promise: A time that tailrace has printed can be pasted into a condition.
  test.each([
    ["'2015-05-17T10:00:00.000Z'", 'TIMESTAMP_LTZ(3)'],
    ["'2015-05-17T10:00:00Z'", 'TIMESTAMP_LTZ(3)'],
    ["'2015-05-17T12:00:00+02:00'", 'TIMESTAMP_LTZ(3)'],
    ["'2015-05-17 10:00'", 'TIMESTAMP_LTZ(3)'],
    ["'2015-05-17T10:00:00.000'", 'TIMESTAMP(3)'],
    ["'2015-05-17 10:00'", 'TIMESTAMP(3)'],
    ["'2015-05-17 10:00:00'", 'TIMESTAMP(3)'],
  ])('%s is a %s', (text, type) => {
    expect(constantOf(`SELECT CAST(${text} AS ${type}) AS x`)).toBe(at)
    expect(plan(`SELECT host FROM log WHERE ts >= ${text}`, 'batch').plan).toBeDefined()
  })

  test('is read by TO_TIMESTAMP_LTZ, and not where Flink gives NULL', () => {
    expect(constantOf("SELECT TO_TIMESTAMP_LTZ('2015-05-17T10:00:00Z') AS x")).toBe(at)
    expect(constantOf("SELECT TO_TIMESTAMP('2015-05-17T10:00:00') AS x")).toBeNull()
    expect(constantOf("SELECT TRY_CAST('2015-05-17T10:00:00' AS TIMESTAMP(3)) AS x")).toBeNull()
  })

  test('with a zone is no TIMESTAMP', () => {
    const sql = "SELECT CAST('2015-05-17T10:00:00Z' AS TIMESTAMP(3))"
    expect(lineOf(sql)).toContain('is an instant, and a TIMESTAMP(3) has no zone')
    expect(hintOf(sql)).toBe("write '2015-05-17T10:00:00'")
  })

  test.each([
    ["TIMESTAMP '2015-05-17T10:00:00'", "TIMESTAMP '2015-05-17 10:00:00'"],
    ["TIMESTAMP '2015-05-17 10:00'", "TIMESTAMP '2015-05-17 10:00:00'"],
    ["TIMESTAMP '2015-05-17T10:00:00.250'", "TIMESTAMP '2015-05-17 10:00:00.250'"],
    ["TIMESTAMP '2015-05-17T10:00:00Z'", "CAST('2015-05-17T10:00:00Z' AS TIMESTAMP_LTZ(3))"],
  ])('%s is refused, as by Flink, with what to write: %s', (written, instead) => {
    expect(hintOf(`SELECT ${written}`)).toBe(instead)
    expect(typeof constantOf(`SELECT ${instead} AS x`)).toBe('number')
  })
})

test('a constant text that a function cannot read, which is NULL, brings a warning', () => {
  const { warnings } = plan("SELECT host FROM log WHERE ts > TO_TIMESTAMP('2015-05-17T10:00:00')", 'batch')
  expect(warnings.map(({ message }) => message)).toEqual([
    "TO_TIMESTAMP('2015-05-17T10:00:00') is NULL: the text cannot be read so",
  ])
  expect(plan("SELECT TO_TIMESTAMP('17/05/2015', 'dd/MM/yyyy') AS x", 'batch').warnings).toEqual([])
})

test('a constant that cannot be computed is refused', () => {
  expect(lineOf('SELECT 1 % 0')).toContain('zero')
})

// Promise: A constant that fails where no row gets to it is no mistake, as in Flink.
test.each([
  ['CASE WHEN TRUE THEN 1 WHEN 1 / 0 = 1 THEN 2 END', 1],
  ['CASE WHEN FALSE THEN 1 / 0 ELSE 2 END', 2],
  ["CASE WHEN 1 = 1 THEN 3 ELSE CAST('x' AS INT) + 1 END", 3],
  ["CASE 4 WHEN 4 THEN 4 WHEN CAST('x' AS INT) THEN 5 END", 4],
  ["COALESCE(CAST(NULL AS INT), 5, 1 % 0, CASE WHEN TRUE THEN CAST('x' AS INT) END)", 5],
  ["CASE WHEN TRUE THEN 6 ELSE CHAR_LENGTH(SHA2('a', 100)) END", 6],
])('%s is %s', (sql, value) => {
  const { rows } = plan(`SELECT ${sql} AS x`, 'batch').plan as PlanOf<'values'>
  expect(rows[0]?.[0]).toMatchObject({ kind: 'literal', value })
  expect(plan(`SELECT ${sql} AS x`, 'batch').warnings).toEqual([])
})

test.each([
  ['CASE WHEN status = 0 THEN 1 / 0 END', 'zero'],
  ['COALESCE(status, 1 / 0)', 'zero'],
  ['CASE WHEN FALSE THEN nope ELSE 1 END', 'no column nope'],
  ["CASE WHEN FALSE THEN 'a' + 1 ELSE 1 END", 'not defined'],
])('%s is refused', (sql, why) => {
  expect(lineOf(`SELECT ${sql} FROM log`)).toContain(why)
})
