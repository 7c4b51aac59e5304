import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../record/column.ts'
import { compareLists } from '../naive.test-tool.ts'
import { type Cells, planned, runGraph, runInOrder, runSteps, tables } from './run.test-tool.ts'

/** TRUE, FALSE or UNKNOWN. */
type Truth = boolean | null
type Condition = { readonly sql: string; readonly holds: (l: Cells, r: Cells) => Truth }

const equal = (a: Value, b: Value): Truth => (a === null || b === null ? null : a === b)
const less = (a: number | null, b: number | null): Truth => (a === null || b === null ? null : a < b)
const and = (...all: readonly Truth[]): Truth => (all.includes(false) ? false : all.includes(null) ? null : true)
const or = (...all: readonly Truth[]): Truth => (all.includes(true) ? true : all.includes(null) ? null : false)

const CONDITIONS: readonly Condition[] = [
  { sql: 'l.k = r.k', holds: (l, r) => equal(l.k, r.k) },
  { sql: 'l.i = r.i', holds: (l, r) => equal(l.i, r.i) },
  { sql: 'l.w = r.w', holds: (l, r) => equal(l.w, r.w) },
  { sql: 'l.d = r.d', holds: (l, r) => equal(l.d, r.d) },
  { sql: 'l.m = r.m', holds: (l, r) => equal(l.m, r.m) },
  { sql: 'l.b = r.b', holds: (l, r) => equal(l.b, r.b) },
  { sql: 'l.i = r.w', holds: (l, r) => (l.i === null ? null : equal(BigInt(l.i), r.w)) },
  { sql: 'l.k = r.k AND l.i = r.i', holds: (l, r) => and(equal(l.k, r.k), equal(l.i, r.i)) },
  { sql: 'l.k = r.k AND l.i < r.i', holds: (l, r) => and(equal(l.k, r.k), less(l.i, r.i)) },
  { sql: 'l.i + 1 = r.i AND l.b', holds: (l, r) => and(l.i === null ? null : equal(l.i + 1, r.i), l.b) },
  { sql: 'l.i = r.i AND r.i > 0', holds: (l, r) => and(equal(l.i, r.i), less(0, r.i)) },
  { sql: 'l.i = r.i AND l.i > 0', holds: (l, r) => and(equal(l.i, r.i), less(0, l.i)) },
  { sql: 'l.i < r.i', holds: (l, r) => less(l.i, r.i) },
  { sql: 'l.k = r.k OR l.i = r.i', holds: (l, r) => or(equal(l.k, r.k), equal(l.i, r.i)) },
  { sql: 'l.b', holds: (l) => l.b },
  { sql: 'r.b', holds: (_, r) => r.b },
  { sql: 'TRUE', holds: () => true },
  { sql: '1 = 0', holds: () => false },
]

type Pair = readonly [Cells, Cells]

const NULLS: Cells = { i: null, k: null, w: null, d: null, m: null, b: null }
const KINDS = ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'] as const

/** The pairs by the definition of a join: each row with each. */
function naive(kind: (typeof KINDS)[number], l: readonly Cells[], r: readonly Cells[], holds: Condition['holds']) {
  const pairs = l.flatMap((left) =>
    r.filter((right) => holds(left, right) === true).map((right): Pair => [left, right]),
  )
  const alone = (side: readonly Cells[], at: number) => side.filter((row) => pairs.every((pair) => pair[at] !== row))
  const left = kind === 'LEFT JOIN' || kind === 'FULL JOIN' ? alone(l, 0).map((row): Pair => [row, NULLS]) : []
  const right = kind === 'RIGHT JOIN' || kind === 'FULL JOIN' ? alone(r, 1).map((row): Pair => [NULLS, row]) : []
  return [...pairs, ...left, ...right]
}

/** Rows of one table are told apart by identity. */
const copies = (rows: readonly Cells[]): readonly Cells[] => rows.map((row) => ({ ...row }))

const inOrder = (rows: readonly (readonly Value[])[]) => [...rows].sort(compareLists)
const shown = (l: Cells, r: Cells): Value[] => [l.i, l.k, l.w, r.i, r.k, r.m]

const way = fc.record({ piece: fc.integer({ min: 1, max: 6 }), restart: fc.boolean(), turns: fc.boolean() })

test('every kind of join has the pairs of its definition, however the rows come', () => {
  fc.assert(
    fc.property(tables, fc.constantFrom(...KINDS), fc.constantFrom(...CONDITIONS), way, (input, kind, on, how) => {
      const sql = `SELECT l.i, l.k, l.w, r.i, r.k, r.m FROM l ${kind} r ON ${on.sql}`
      const expected = inOrder(naive(kind, copies(input.l), copies(input.r), on.holds).map(([l, r]) => shown(l, r)))
      expect(inOrder(runGraph(sql, input, how))).toEqual(expected)
      expect(inOrder(runSteps(sql, input, how.piece))).toEqual(expected)
    }),
    { numRuns: 600 },
  )
})

test('WHERE over a join means the same above and below it', () => {
  const filters: readonly Condition[] = [
    { sql: 'l.i > 0', holds: (l) => less(0, l.i) },
    { sql: 'r.i > 0', holds: (_, r) => less(0, r.i) },
    { sql: 'r.i IS NULL', holds: (_, r) => r.i === null },
    { sql: 'l.k IS NULL AND r.b', holds: (l, r) => and(l.k === null, r.b) },
    { sql: 'l.w = r.w', holds: (l, r) => equal(l.w, r.w) },
    { sql: 'COALESCE(l.i, r.i) = 1', holds: (l, r) => equal(l.i ?? r.i, 1) },
  ]
  fc.assert(
    fc.property(
      tables,
      fc.constantFrom(...KINDS),
      fc.constantFrom(...CONDITIONS),
      fc.constantFrom(...filters),
      fc.integer({ min: 1, max: 6 }),
      (input, kind, on, where, piece) => {
        const sql = `SELECT l.i, l.k, l.w, r.i, r.k, r.m FROM l ${kind} r ON ${on.sql} WHERE ${where.sql}`
        const pairs = naive(kind, copies(input.l), copies(input.r), on.holds)
        const expected = inOrder(pairs.filter(([l, r]) => where.holds(l, r) === true).map(([l, r]) => shown(l, r)))
        expect(inOrder(runGraph(sql, input, { piece, restart: false, turns: false }))).toEqual(expected)
        expect(inOrder(runSteps(sql, input, piece))).toEqual(expected)
      },
    ),
    { numRuns: 600 },
  )
})

test('joins of joins, commas, USING and groups over them', () => {
  const pairs = (l: readonly Cells[], r: readonly Cells[]) => naive('JOIN', l, r, (a, b) => equal(a.k, b.k))
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 6 }), (input, piece) => {
      const both = (sql: string) => {
        const rows = inOrder(runGraph(sql, input, { piece, restart: false, turns: false }))
        expect(inOrder(runSteps(sql, input, piece))).toEqual(rows)
        return rows
      }
      const [l, r] = [copies(input.l), copies(input.r)]
      const three = pairs(l, r).flatMap(([a, b]) =>
        copies(input.l)
          .filter((c) => equal(b.i, c.i) === true)
          .map((c) => [a.i, b.i, c.w]),
      )
      expect(both('SELECT a.i, r.i, c.w FROM l AS a JOIN r ON a.k = r.k JOIN l AS c ON r.i = c.i')).toEqual(
        inOrder(three),
      )
      expect(both('SELECT a.i, r.i, c.w FROM l AS a, r, l AS c WHERE a.k = r.k AND r.i = c.i')).toEqual(inOrder(three))
      expect(both('SELECT a.i, r.i, c.w FROM l AS a JOIN (r JOIN l AS c ON r.i = c.i) ON a.k = r.k')).toEqual(
        inOrder(three),
      )
      const using = naive('FULL JOIN', l, r, (a, b) => equal(a.k, b.k)).map(([a, b]) => [a.k ?? b.k, a.i, b.i])
      expect(both('SELECT k, l.i, r.i FROM l FULL JOIN r USING (k)')).toEqual(inOrder(using))
      const counts = Map.groupBy(pairs(l, r), ([a]) => a.k)
      const grouped = [...counts].map(([k, found]): Value[] => [k, BigInt(found.length)])
      expect(both('SELECT l.k, COUNT(*) FROM l, r WHERE l.k = r.k GROUP BY l.k')).toEqual(inOrder(grouped))
      expect(both('SELECT COUNT(*) FROM l, r')).toEqual([[BigInt(l.length * r.length)]])
    }),
    { numRuns: 60 },
  )
})

test('a row with more pairs than fit in a batch has them all', () => {
  const row: Cells = { i: 1, k: 'a', w: 1n, d: 1, m: 1n, b: true }
  const many = Array.from({ length: 20_000 }, (_, i): Cells => ({ ...row, w: BigInt(i) }))
  for (const on of ['l.k = r.k', 'l.k = r.k AND r.w >= l.w', 'l.i <= r.i']) {
    const input = { l: [row, { ...row, k: 'b', i: 2 }, row], r: many }
    const rows = runSteps(`SELECT l.i, r.w FROM l LEFT JOIN r ON ${on}`, input, 10)
    const found = on.includes('r.w') ? 19_999 : 20_000
    expect(rows).toHaveLength(2 * found + 1)
    expect(rows.filter(([, w]) => w === null)).toEqual([[2, null]])
    expect(new Set(rows.map(([, w]) => w)).size).toBe(found + 1)
  }
})

test('rows that come behind a finished build side are not kept', () => {
  const row: Cells = { i: 1, k: 'a', w: 1n, d: 1, m: 1n, b: true }
  const many = Array.from({ length: 5000 }, () => row)
  const { rows, held } = runInOrder('SELECT l.k, r.i FROM l LEFT JOIN r ON l.k = r.k', { l: many, r: [row] })
  expect(rows).toHaveLength(5000)
  expect(held).toBeLessThan(10_000)
})

test('* has each column once of USING, and a second x is x0', () => {
  const names = (sql: string) => planned(sql).plan.fields.map(({ name }) => name)
  expect(names('SELECT * FROM l JOIN r USING (k, i)')).toEqual(['k', 'i', 'w', 'd', 'm', 'b', 'w0', 'd0', 'm0', 'b0'])
  expect(names('SELECT * FROM l NATURAL JOIN r')).toEqual(['i', 'k', 'w', 'd', 'm', 'b'])
  expect(names('SELECT r.*, l.i FROM l JOIN r USING (k)')).toEqual(['i', 'k', 'w', 'd', 'm', 'b', 'i0'])
  expect(names('SELECT i0, k FROM (SELECT * FROM l JOIN r USING (k))')).toEqual(['i0', 'k'])
  expect(names('SELECT * FROM l, r WHERE l.i = r.i').slice(5)).toEqual(['b', 'i0', 'k0', 'w0', 'd0', 'm0', 'b0'])
})
