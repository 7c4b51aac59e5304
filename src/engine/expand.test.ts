/** Grouping sets, and INTERSECT and EXCEPT, beside their definitions. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../record/column.ts'
import { refusal } from '../sql/example-log.test-tool.ts'
import { compareLists, planOf, type Row } from './naive.test-tool.ts'
import { made, runRanges, runSql, runStream, ways } from './run.test-tool.ts'

type Name = 'k' | 'j'
type Sets = readonly (readonly Name[])[]

/** What is written behind GROUP BY, and the sets that it means. */
const WRITTEN: readonly (readonly [sql: string, sets: Sets])[] = [
  ['ROLLUP (k, j)', [['k', 'j'], ['k'], []]],
  ['CUBE (k, j)', [['k', 'j'], ['k'], ['j'], []]],
  ['GROUPING SETS ((k, j), (k), ())', [['k', 'j'], ['k'], []]],
  ['GROUPING SETS (k, j)', [['k'], ['j']]],
  ['k, ROLLUP (j)', [['k', 'j'], ['k']]],
  ['GROUPING SETS (k, (k), CUBE (j))', [['k'], ['k'], ['j'], []]],
  ['ROLLUP ((k, j))', [['k', 'j'], []]],
  ['(), k', [['k']]],
  ['CUBE (k), CUBE (j)', [['k', 'j'], ['k'], ['j'], []]],
  ['GROUPING SETS (())', [[]]],
  ['GROUPING SETS ((k, j))', [['k', 'j']]],
  ['GROUPING SETS (ROLLUP (k), GROUPING SETS ((j)))', [['k'], [], ['j']]],
]

const row: fc.Arbitrary<Row> = fc.record({
  k: fc.option(fc.constantFrom('a', 'b', '')),
  j: fc.option(fc.nat(2)),
  v: fc.option(fc.integer({ min: -2, max: 5 })),
  w: fc.constant(null),
  d: fc.constant(null),
  ts: fc.nat(30_000),
  partition: fc.nat(2),
})
const rows = fc.array(row, { minLength: 1, maxLength: 40 })
const written = fc.constantFrom(...WRITTEN)

/** Of each group the keys that its set has, GROUPING_ID(k, j) where both are grouped by, and aggregates, one of a key. */
function groups(sets: Sets, input: readonly Row[]): Value[][] {
  return sets.flatMap((set) => {
    const found = Map.groupBy(input, (each) => JSON.stringify(set.map((name) => each[name])))
    return [...found.values()].map((group): Value[] => {
      const [first] = group
      const key = (name: Name): Value => (set.includes(name) ? (first?.[name] ?? null) : null)
      const known = group.flatMap(({ v }) => (v === null ? [] : [v]))
      const sum = known.length === 0 ? null : known.reduce((a, b) => a + b)
      const positive = BigInt(group.filter(({ v }) => v !== null && v > 0).length)
      const js = new Set(group.flatMap(({ j }) => (j === null ? [] : [j])))
      return [key('k'), key('j'), BigInt(group.length), sum, positive, BigInt(js.size)]
    })
  })
}

const inOrder = (list: readonly Value[][]): Value[][] => list.toSorted((a, b) => compareLists(a, b))

/** Of the two keys, those that are grouped by; NULL for the other. */
function selected(sets: Sets): string {
  const names = new Set(sets.flat())
  const key = (name: Name, type: string) => (names.has(name) ? name : `CAST(NULL AS ${type})`)
  return `${key('k', 'STRING')} AS k, ${key('j', 'INT')} AS j, COUNT(*) AS n, SUM(v) AS s,
    COUNT(*) FILTER (WHERE v > 0) AS p, COUNT(DISTINCT j) AS d`
}

test('each row is in a group of each set, in batches and in ranges', () => {
  fc.assert(
    fc.property(written, rows, fc.integer({ min: 1, max: 50 }), ([sql, sets], input, piece) => {
      const statement = `SELECT ${selected(sets)} FROM t GROUP BY ${sql}`
      const expected = inOrder(groups(sets, input))
      const ordered = input.map((each) => ({ ...each, partition: 0 }))
      expect(inOrder(runSql(statement, ordered, { mode: 'batch', piece }).rows)).toEqual(expected)
      expect(inOrder(runRanges(statement, ordered, piece).rows)).toEqual(expected)
    }),
  )
})

test('in the windows of a stream, through restarts; a row that is late is told once', () => {
  const from = "FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end"
  fc.assert(
    fc.property(written, rows, ways, ([sql, sets], input, way) => {
      const sorted = input.toSorted((a, b) => (a.ts ?? 0) - (b.ts ?? 0))
      const statement = `SELECT window_start, ${selected(sets)} ${from}, ${sql}`
      const byWindow = Map.groupBy(sorted, ({ ts }) => Math.floor((ts ?? 0) / 10_000) * 10_000)
      const expected = [...byWindow].flatMap(([start, all]) =>
        groups(sets, all).map((group): Value[] => [start, ...group]),
      )
      expect(inOrder(runStream(statement, sorted, way).rows)).toEqual(inOrder(expected))
      const plain = runStream(`SELECT window_start, COUNT(*) AS n ${from}`, input, way).rejects
      expect(runStream(statement, input, way).rejects).toEqual(plain)
    }),
  )
})

test('GROUPING and its like say of which set a group is', () => {
  const input = [made({ k: 'a', j: 1 }), made({ k: null, j: 1 })]
  const sql = `SELECT k, GROUPING(k) AS g, GROUPING_ID(j, k) AS id, GROUP_ID() AS again, COUNT(*) AS n FROM t
    GROUP BY GROUPING SETS ((k, j), (k, j), (j), ()) HAVING GROUPING(j) = 0 ORDER BY id, again, k`
  expect(runSql(sql, input, { mode: 'batch' }).rows).toEqual([
    [null, 0n, 0n, 0n, 1n],
    ['a', 0n, 0n, 0n, 1n],
    [null, 0n, 0n, 1n, 1n],
    ['a', 0n, 0n, 1n, 1n],
    [null, 1n, 1n, 0n, 2n],
  ])
  const plain = 'SELECT k, GROUPING(k) AS g, GROUPING_ID(k) AS id, GROUP_ID() AS again FROM t GROUP BY k'
  expect(runSql(plain, input, { mode: 'batch' }).rows).toEqual([
    [null, 0n, 0n, 0n],
    ['a', 0n, 0n, 0n],
  ])
})

test('the row key has what tells the sets apart', () => {
  const key = (select: string, by: string) =>
    planOf(
      `SELECT window_end, ${select} FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, ${by}`,
      'streaming',
    ).rowKey
  expect(key('k, j', 'CUBE (k, j)')).toBeUndefined()
  expect(key('k, j, GROUPING_ID(k, j) AS id', 'CUBE (k, j)')).toEqual([0, 1, 2, 3])
  expect(key('k, j, GROUPING(k) AS g', 'CUBE (k, j)')).toBeUndefined()
  expect(key('k, j, GROUPING(k) AS g, GROUPING(j) AS h', 'CUBE (k, j)')).toEqual([0, 1, 2, 3, 4])
  expect(key('k, j, GROUPING(j) AS g', 'k, ROLLUP (j)')).toEqual([0, 1, 2, 3])
})

test('what is refused', () => {
  const messages = (sql: string, mode: 'batch' | 'streaming') => {
    try {
      return `${planOf(sql, mode).plan.kind}`
    } catch (error) {
      return (error as Error).message
    }
  }
  const tumble = "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
  expect(messages(`SELECT k FROM ${tumble} GROUP BY ROLLUP (window_start, window_end, k)`, 'streaming')).toMatch(
    /a set without window_start and window_end would never be complete/,
  )
  expect(messages('SELECT GROUPING(v) FROM t GROUP BY CUBE (k)', 'batch')).toMatch(/v is none/)
  expect(messages('SELECT k FROM t WHERE GROUPING(k) = 0 GROUP BY k', 'batch')).toMatch(/GROUPING is for SELECT/)
  expect(messages('SELECT v FROM t GROUP BY CUBE (k)', 'batch')).toMatch(/neither grouped by nor aggregated/)
  expect(
    messages(`SELECT 1 FROM t GROUP BY CUBE (${Array.from({ length: 9 }, (_, i) => `v + ${i}`)})`, 'batch'),
  ).toMatch(/more than 256 sets is not supported yet/)
  expect(messages('SELECT k FROM t INTERSECT SELECT k FROM t', 'streaming')).toMatch(/a stream never has them all/)
  expect(refusal('SELECT host FROM log GROUP BY host WITH ROLLUP')).toMatch(/write GROUP BY ROLLUP \(a, b\)/)
})

const OPERATORS = ['INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL'] as const

function compared(operator: (typeof OPERATORS)[number], left: readonly Row[], right: readonly Row[]): Value[][] {
  const keyOf = ({ k, j }: Row) => JSON.stringify([k, j])
  const count = (side: readonly Row[], key: string) => side.filter((each) => keyOf(each) === key).length
  return [...Map.groupBy(left, keyOf)].flatMap(([key, [first]]) => {
    const [l, r] = [count(left, key), count(right, key)]
    const times = {
      INTERSECT: r > 0 ? 1 : 0,
      'INTERSECT ALL': Math.min(l, r),
      EXCEPT: r > 0 ? 0 : 1,
      'EXCEPT ALL': l - r,
    }
    return Array.from({ length: Math.max(0, times[operator]) }, () => [first?.k ?? null, first?.j ?? null])
  })
}

test('INTERSECT and EXCEPT give the rows of both sides, or of the left alone, once or as often as they are there', () => {
  fc.assert(
    fc.property(fc.constantFrom(...OPERATORS), rows, fc.integer({ min: 1, max: 50 }), (operator, all, piece) => {
      const input = all.map((each) => ({ ...each, partition: 0 }))
      const sql = `SELECT k, j FROM t WHERE v > 0 ${operator} SELECT k, CAST(j AS INT) FROM t WHERE v IS NULL OR v < 2`
      const left = input.filter(({ v }) => v !== null && v > 0)
      const right = input.filter(({ v }) => v === null || v < 2)
      const expected = inOrder(compared(operator, left, right))
      expect(inOrder(runSql(sql, input, { mode: 'batch', piece }).rows)).toEqual(expected)
      expect(inOrder(runRanges(sql, input, piece).rows)).toEqual(expected)
    }),
  )
})

test('INTERSECT binds first, then UNION and EXCEPT from left to right; types are those in common', () => {
  const rowsOf = (sql: string) => inOrder(runSql(sql, [], { mode: 'batch' }).rows).flat()
  expect(rowsOf('SELECT 1 AS x UNION ALL SELECT 2 INTERSECT SELECT 2')).toEqual([1, 2])
  expect(rowsOf('SELECT 1 AS x EXCEPT SELECT 1 UNION ALL SELECT 3')).toEqual([3])
  expect(rowsOf('SELECT 1 AS x EXCEPT (SELECT 1 UNION ALL SELECT 3)')).toEqual([])
  expect(rowsOf('SELECT 1 AS x INTERSECT SELECT CAST(1 AS BIGINT)')).toEqual([1n])
})
