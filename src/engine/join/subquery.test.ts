import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareLists } from '../naive.test-tool.ts'
import { type Cells, runGraph, runSteps, tables } from './run.test-tool.ts'

type Truth = boolean | null

const equal = (a: Value, b: Value): Truth => (a === null || b === null ? null : a === b)
const more = (a: number | null, b: number | null): Truth => (a === null || b === null ? null : a > b)
const not = (a: Truth): Truth => (a === null ? null : !a)
const and = (...all: readonly Truth[]): Truth => (all.includes(false) ? false : all.includes(null) ? null : true)
const or = (...all: readonly Truth[]): Truth => (all.includes(true) ? true : all.includes(null) ? null : false)
const any = <T>(rows: readonly T[], test: (row: T) => Truth): Truth => or(false, ...rows.map(test))
const all = <T>(rows: readonly T[], test: (row: T) => Truth): Truth => and(true, ...rows.map(test))
const isTrue = (a: Truth): boolean => a === true

const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((total, value) => (value === null ? total : (total ?? 0) + value), null)
const greatest = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>(
    (found, value) => (value !== null && (found === null || value > found) ? value : found),
    null,
  )
const least = (values: readonly (number | null)[]): number | null => {
  const found = greatest(values.map((value) => (value === null ? null : -value)))
  return found === null ? null : 0 - found
}

type Rows = readonly Cells[]
const numbers = (rows: Rows) => rows.map(({ i }) => i)
const sameKey = (l: Cells, r: Rows) => r.filter((each) => isTrue(equal(each.k, l.k)))

type Condition = readonly [sql: string, holds: (l: Cells, r: Rows) => Truth]

const CONDITIONS: readonly Condition[] = [
  ['l.i IN (SELECT i FROM r)', (l, r) => any(r, (each) => equal(l.i, each.i))],
  ['l.i NOT IN (SELECT i FROM r)', (l, r) => not(any(r, (each) => equal(l.i, each.i)))],
  // NaN equals nothing, and is no NULL.
  ['l.d NOT IN (SELECT d FROM r)', (l, r) => not(any(r, (each) => equal(l.d, each.d)))],
  ['NOT (l.k IN (SELECT k FROM r))', (l, r) => not(any(r, (each) => equal(l.k, each.k)))],
  [
    'l.i NOT IN (SELECT i FROM r WHERE i > 0)',
    (l, r) =>
      not(
        any(
          r.filter(({ i }) => isTrue(more(i, 0))),
          (each) => equal(l.i, each.i),
        ),
      ),
  ],
  ['l.i NOT IN (SELECT i FROM r WHERE 1 = 0)', () => true],
  ['l.i IN (SELECT i FROM r WHERE r.k = l.k)', (l, r) => any(sameKey(l, r), (each) => equal(l.i, each.i))],
  ['l.i NOT IN (SELECT i FROM r WHERE r.k = l.k)', (l, r) => not(any(sameKey(l, r), (each) => equal(l.i, each.i)))],
  ['(l.i, l.b) IN (SELECT i, b FROM r)', (l, r) => any(r, (each) => and(equal(l.i, each.i), equal(l.b, each.b)))],
  [
    '(l.i, l.b) NOT IN (SELECT i, b FROM r)',
    (l, r) => not(any(r, (each) => and(equal(l.i, each.i), equal(l.b, each.b)))),
  ],
  ['2 NOT IN (SELECT i FROM r)', (_, r) => not(any(r, (each) => equal(2, each.i)))],
  [
    'l.i + 1 IN (SELECT i FROM r GROUP BY i)',
    (l, r) => any(r, (each) => (l.i === null ? null : equal(l.i + 1, each.i))),
  ],
  ['l.w IN (SELECT i FROM r)', (l, r) => any(r, (each) => equal(l.w, each.i === null ? null : BigInt(each.i)))],
  ['EXISTS (SELECT 1 FROM r)', (_, r) => r.length > 0],
  ['EXISTS (SELECT * FROM r WHERE r.k = l.k)', (l, r) => sameKey(l, r).length > 0],
  ['NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k)', (l, r) => sameKey(l, r).length === 0],
  [
    'EXISTS (SELECT 1 FROM r WHERE r.i > l.i AND r.b)',
    (l, r) => r.some((each) => each.b === true && isTrue(more(each.i, l.i))),
  ],
  [
    'NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND r.i <> l.i)',
    (l, r) => !sameKey(l, r).some((each) => isTrue(not(equal(each.i, l.i)))),
  ],
  ['EXISTS (SELECT k FROM r WHERE r.k = l.k GROUP BY k HAVING COUNT(*) > 1)', (l, r) => sameKey(l, r).length > 1],
  ['l.i > (SELECT MIN(i) FROM r)', (l, r) => more(l.i, least(numbers(r)))],
  ['l.i = (SELECT MAX(i) FROM r WHERE r.k = l.k)', (l, r) => equal(l.i, greatest(numbers(sameKey(l, r))))],
  ['l.i = (SELECT COUNT(*) FROM r WHERE r.k = l.k)', (l, r) => equal(l.i, sameKey(l, r).length)],
  ['l.i IN (SELECT CAST(COUNT(*) AS INT) FROM r WHERE r.k = l.k)', (l, r) => equal(l.i, sameKey(l, r).length)],
  ['l.i NOT IN (SELECT MAX(i) FROM r WHERE r.k = l.k)', (l, r) => not(equal(l.i, greatest(numbers(sameKey(l, r)))))],
  ['l.i > ANY (SELECT i FROM r)', (l, r) => any(r, (each) => more(l.i, each.i))],
  ['l.i > ALL (SELECT i FROM r)', (l, r) => all(r, (each) => more(l.i, each.i))],
  ['l.i < SOME (SELECT i FROM r WHERE r.k = l.k)', (l, r) => any(sameKey(l, r), (each) => more(each.i, l.i))],
  ['l.i >= ALL (SELECT i FROM r WHERE r.k = l.k)', (l, r) => all(sameKey(l, r), (each) => not(more(each.i, l.i)))],
  ['l.i = ANY (SELECT i FROM r)', (l, r) => any(r, (each) => equal(l.i, each.i))],
  ['l.i <> ALL (SELECT i FROM r)', (l, r) => all(r, (each) => not(equal(l.i, each.i)))],
  ['l.i <> ANY (SELECT i FROM r)', (l, r) => any(r, (each) => not(equal(l.i, each.i)))],
  ['l.i = ALL (SELECT i FROM r)', (l, r) => all(r, (each) => equal(l.i, each.i))],
  // Not a condition by itself.
  [
    'l.b OR l.i IN (SELECT i FROM r)',
    (l, r) =>
      or(
        l.b,
        any(r, (each) => equal(l.i, each.i)),
      ),
  ],
  [
    '(l.i NOT IN (SELECT i FROM r WHERE r.k = l.k)) IS NOT TRUE',
    (l, r) => not(any(sameKey(l, r), (each) => equal(l.i, each.i))) !== true,
  ],
  ['l.b OR EXISTS (SELECT 1 FROM r WHERE r.k = l.k)', (l, r) => or(l.b, sameKey(l, r).length > 0)],
  [
    'l.b AND l.i IN (SELECT i FROM r) AND NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k)',
    (l, r) =>
      and(
        l.b,
        any(r, (each) => equal(l.i, each.i)),
        sameKey(l, r).length === 0,
      ),
  ],
  // Sub-queries in sub-queries.
  [
    'l.i IN (SELECT i FROM r WHERE r.k IN (SELECT k FROM r AS s WHERE s.b))',
    (l, r) =>
      any(
        r.filter((each) =>
          isTrue(
            any(
              r.filter(({ b }) => b === true),
              (s) => equal(each.k, s.k),
            ),
          ),
        ),
        (each) => equal(l.i, each.i),
      ),
  ],
  [
    'EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND r.i > (SELECT MIN(i) FROM r AS s))',
    (l, r) => sameKey(l, r).some((each) => isTrue(more(each.i, least(numbers(r))))),
  ],
]

const VALUES: readonly (readonly [sql: string, value: (l: Cells, r: Rows) => Value])[] = [
  ['(SELECT COUNT(*) FROM r)', (_, r) => BigInt(r.length)],
  ['(SELECT SUM(i) FROM r)', (_, r) => sum(numbers(r))],
  ['(SELECT COUNT(*) FROM r WHERE r.k = l.k)', (l, r) => BigInt(sameKey(l, r).length)],
  [
    '(SELECT COUNT(*) + 1 FROM r WHERE r.k = l.k AND r.b)',
    (l, r) => BigInt(sameKey(l, r).filter(({ b }) => b).length + 1),
  ],
  ['(SELECT COALESCE(MAX(i), -9) FROM r WHERE r.k = l.k)', (l, r) => greatest(numbers(sameKey(l, r))) ?? -9],
  [
    '(SELECT SUM(i) FROM r WHERE r.k = l.k AND l.i = r.i)',
    (l, r) => sum(numbers(sameKey(l, r).filter((each) => isTrue(equal(each.i, l.i))))),
  ],
  ['(SELECT MAX(r.i) FROM r WHERE r.k = l.k GROUP BY r.k)', (l, r) => greatest(numbers(sameKey(l, r)))],
  ['(SELECT DISTINCT k FROM r WHERE r.k = l.k)', (l, r) => (sameKey(l, r).length > 0 ? l.k : null)],
  ['(SELECT i FROM r WHERE 1 = 0)', () => null],
  ['EXISTS (SELECT 1 FROM r WHERE r.k = l.k)', (l, r) => sameKey(l, r).length > 0],
  ['l.i IN (SELECT i FROM r)', (l, r) => any(r, (each) => equal(l.i, each.i))],
  ['l.i NOT IN (SELECT i FROM r WHERE r.k = l.k)', (l, r) => not(any(sameKey(l, r), (each) => equal(l.i, each.i)))],
  ['l.i > ALL (SELECT i FROM r WHERE r.k = l.k)', (l, r) => all(sameKey(l, r), (each) => more(l.i, each.i))],
  ['l.i = (SELECT MAX(i) FROM r)', (l, r) => equal(l.i, greatest(numbers(r)))],
]

const inOrder = (rows: readonly (readonly Value[])[]) => [...rows].sort(compareLists)
const shown = (l: Cells): Value[] => [l.i, l.k, l.w]
const piece = fc.integer({ min: 1, max: 6 })

test('a sub-query in WHERE leaves the rows for which it is TRUE', () => {
  fc.assert(
    fc.property(tables, fc.constantFrom(...CONDITIONS), piece, ({ l, r }, [sql, holds], size) => {
      const query = `SELECT i, k, w FROM l WHERE ${sql}`
      const expected = inOrder(l.filter((row) => isTrue(holds(row, r))).map(shown))
      expect(inOrder(runGraph(query, { l, r }, { piece: size, restart: false, turns: true })), sql).toEqual(expected)
      expect(inOrder(runSteps(query, { l, r }, size)), sql).toEqual(expected)
    }),
    { numRuns: 900 },
  )
})

test('a sub-query in SELECT is a value of each row', () => {
  fc.assert(
    fc.property(tables, fc.constantFrom(...VALUES), piece, ({ l, r }, [sql, value], size) => {
      const query = `SELECT i, k, ${sql} AS x FROM l`
      const expected = inOrder(l.map((row) => [row.i, row.k, value(row, r)]))
      expect(inOrder(runGraph(query, { l, r }, { piece: size, restart: true, turns: true })), sql).toEqual(expected)
      expect(inOrder(runSteps(query, { l, r }, size)), sql).toEqual(expected)
    }),
    { numRuns: 350 },
  )
})

test('sub-queries of groups, in SELECT and in HAVING', () => {
  fc.assert(
    fc.property(tables, piece, ({ l, r }, size) => {
      const groups = [...Map.groupBy(l, ({ k }) => k)]
      const both = (sql: string) => {
        const rows = inOrder(runSteps(sql, { l, r }, size))
        expect(inOrder(runGraph(sql, { l, r }, { piece: size, restart: false, turns: true }))).toEqual(rows)
        return rows
      }
      const count = (k: string | null) => r.filter((each) => isTrue(equal(each.k, k))).length
      expect(both('SELECT k, COUNT(*), (SELECT COUNT(*) FROM r WHERE r.k = l.k) FROM l GROUP BY k')).toEqual(
        inOrder(groups.map(([k, rows]) => [k, BigInt(rows.length), BigInt(count(k))])),
      )
      expect(both('SELECT k FROM l GROUP BY k HAVING COUNT(*) >= (SELECT COUNT(*) FROM r WHERE r.k = l.k)')).toEqual(
        inOrder(groups.filter(([k, rows]) => rows.length >= count(k)).map(([k]) => [k])),
      )
      const on = 'l.k = r.k AND l.i IN (SELECT i FROM r AS s) AND r.b'
      const pairs = l
        .filter((row) => isTrue(any(r, (each) => equal(each.i, row.i))))
        .flatMap((row) =>
          sameKey(row, r)
            .filter(({ b }) => b === true)
            .map((each): Value[] => [row.i, each.i]),
        )
      expect(both(`SELECT l.i, r.i FROM l JOIN r ON ${on}`)).toEqual(inOrder(pairs))
      expect(both('SELECT k FROM l GROUP BY k HAVING k IN (SELECT k FROM r) AND COUNT(*) > 1')).toEqual(
        inOrder(groups.filter(([k, rows]) => rows.length > 1 && count(k) > 0).map(([k]) => [k])),
      )
    }),
    { numRuns: 150 },
  )
})

test('more than one row is no value', () => {
  const row: Cells = { i: 1, k: 'a', w: 1n, d: 1, m: 1n, b: true }
  const more = /a sub-query that is a value gave more than one row/
  for (const sql of ['SELECT (SELECT i FROM r) AS x FROM l', 'SELECT (SELECT i FROM r WHERE r.k = l.k) AS x FROM l']) {
    expect(() => runSteps(sql, { l: [row], r: [row, row] }, 10)).toThrow(more)
    expect(() => runGraph(sql, { l: [row], r: [row, row] }, { piece: 10, restart: false, turns: false })).toThrow(more)
    expect(runSteps(sql, { l: [row], r: [row] }, 10)).toEqual([[1]])
  }
})
