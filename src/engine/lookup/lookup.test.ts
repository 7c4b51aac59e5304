import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, type Value } from '../../record/column.ts'
import { BIGINT, type Field, INT, STRING } from '../../record/type.ts'
import type { Catalog, Table } from '../../sql/catalog.ts'
import { explain } from '../../sql/explain.ts'
import type { Mode, Query } from '../../sql/plan/plan.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { batchOf, CATALOG, type Row, SESSION } from '../naive.test-tool.ts'
import { openGraph } from '../open-graph.ts'
import { collecting, made } from '../run.test-tool.ts'
import type { LookupContent } from './content.ts'

const FIELDS: readonly Field[] = [
  { name: 'id', type: INT },
  { name: 'text', type: STRING },
  { name: 'big', type: BIGINT },
  { name: 'name', type: STRING },
]
type Known = {
  readonly id: number | null
  readonly text: string | null
  readonly big: bigint | null
  readonly name: string
}

const ports = (unique: boolean): Table => ({
  name: 'ports',
  fields: FIELDS,
  rowtime: undefined,
  lookup: { key: [0], unique },
})
const catalogOf = (unique = false): Catalog => new Map([...CATALOG, ['ports', ports(unique)]])

const contentOf = (rows: readonly Known[]): LookupContent => ({
  count: rows.length,
  columns: FIELDS.map(({ name, type }) =>
    columnOf(
      type,
      rows.map((row) => row[name as keyof Known]),
    ),
  ),
})

const plan = (sql: string, mode: Mode = 'streaming', catalog = catalogOf()): Query =>
  planQuery(sql, catalog, { mode, session: SESSION })

/** Rows of `t` joined with versions of the table: from row `from` on, `rows` are what it contains. */
type Change = { readonly from: number; readonly rows: readonly Known[] }

function run(sql: string, input: readonly Row[], changes: readonly Change[], piece: number): Value[][] {
  const { ran, output } = collecting()
  const catalog = catalogOf()
  const graph = openGraph(plan(sql), catalog, { session: SESSION, partitions: () => 2, output })
  for (const partition of [0, 1]) {
    const own = input.filter((row) => row.partition === partition)
    for (let at = 0; at < own.length; ) {
      const change = changes.findLast(({ from }) => from <= at)
      const next = changes.find(({ from }) => from > at)?.from ?? own.length
      graph.bring('ports', contentOf(change?.rows ?? []), { scan: 0, partition })
      const to = Math.min(at + piece, next, own.length)
      graph.push(0, batchOf(own.slice(at, to), graph.scans[0]?.columns ?? [], partition))
      at = to
    }
  }
  graph.end()
  return ran.rows
}

type Join = {
  readonly on: string
  readonly where: (row: Row, known: Known) => boolean
}

const JOINS: readonly Join[] = [
  { on: 'l.j = p.id', where: (row, known) => row.j === known.id },
  { on: 'l.k = p.text', where: (row, known) => row.k === known.text },
  { on: 'p.big = l.w', where: (row, known) => row.w === known.big },
  { on: 'l.j = p.id AND l.k = p.text', where: (row, known) => row.j === known.id && row.k === known.text },
  {
    on: "l.j = p.id AND p.name = 'b'",
    where: (row, known) => row.j === known.id && known.name === 'b',
  },
  {
    on: 'l.j + 1 = p.id AND l.w > p.big',
    where: (row, known) =>
      row.j !== null && row.j + 1 === known.id && row.w !== null && known.big !== null && row.w > known.big,
  },
  { on: 'l.j = p.id AND l.k IS NOT NULL', where: (row, known) => row.j === known.id && row.k !== null },
]

const hasNull = (row: Row, known: Known, { on }: Join): boolean =>
  (on.includes('p.id') && known.id === null) ||
  (on.includes('p.text') && (row.k === null || known.text === null)) ||
  (on.includes('p.big') && (row.w === null || known.big === null))

/** The rows by the definition of a join. */
function naive(input: readonly Row[], changes: readonly Change[], join: Join, outer: boolean): Value[][] {
  const seen = new Map<number, number>()
  return [0, 1].flatMap((partition) =>
    input
      .filter((row) => row.partition === partition)
      .flatMap((row): Value[][] => {
        const at = seen.get(partition) ?? 0
        seen.set(partition, at + 1)
        const known = changes.findLast(({ from }) => from <= at)?.rows ?? []
        const found = known.filter((each) => !hasNull(row, each, join) && join.where(row, each))
        if (found.length === 0) return outer ? [[row.k, row.v, null, null]] : []
        return found.map(({ id, name }) => [row.k, row.v, id, name])
      }),
  )
}

const small = fc.option(fc.integer({ min: -2, max: 4 }), { nil: null })
const word = fc.option(fc.constantFrom('', 'a', 'bb', '\0'), { nil: null })
const wide = fc.option(fc.constantFrom(1n, 2n, 9_007_199_254_740_993n, -5n), { nil: null })
const rowsOf = fc.array(
  fc.record({ k: word, j: small, w: wide, v: small, partition: fc.nat(1) }).map((row) => made(row)),
  { maxLength: 40 },
)
const knownRows = fc.array(
  fc.record({
    id: fc.option(fc.oneof(fc.integer({ min: -2, max: 4 }), fc.constant(2_000_000_000)), { nil: null }),
    text: word,
    big: wide,
    name: fc.constantFrom('a', 'b', 'c'),
  }),
  { maxLength: 12 },
)

test('every row has the rows of the version at its place, as a join by its definition gives them', () => {
  const changes = fc
    .tuple(knownRows, fc.array(fc.tuple(fc.nat(20), knownRows), { maxLength: 3 }))
    .map(([first, later]): readonly Change[] =>
      [{ from: 0, rows: first }, ...later.map(([from, rows]) => ({ from: from + 1, rows }))].sort(
        (a, b) => a.from - b.from,
      ),
    )
  fc.assert(
    fc.property(
      rowsOf,
      changes,
      fc.constantFrom(...JOINS),
      fc.boolean(),
      fc.constantFrom(1, 3, 1000),
      (input, versions, join, outer, piece) => {
        const from = `(SELECT *, PROCTIME() AS proc FROM t) AS l ${outer ? 'LEFT ' : ''}JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p`
        const sql = `SELECT l.k, l.v, p.id, p.name FROM ${from} ON ${join.on}`
        expect(run(sql, input, versions, piece)).toEqual(naive(input, versions, join, outer))
      },
    ),
    { numRuns: 1500 },
  )
})

test('a row that finds more rows than fit in a batch has them all', () => {
  const many = Array.from({ length: 20_000 }, (_, i): Known => ({ id: 1, text: null, big: BigInt(i), name: 'x' }))
  const input = [made({ j: 1, v: 1 }), made({ j: 2, v: 2 }), made({ j: 1, v: 3 })]
  const from = '(SELECT *, PROCTIME() AS proc FROM t) AS l LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p'
  for (const on of ['l.j = p.id', 'l.j = p.id AND p.big >= 0']) {
    const rows = run(`SELECT v, big FROM ${from} ON ${on}`, input, [{ from: 0, rows: many }], 10)
    expect(rows).toHaveLength(40_001)
    expect(rows[20_000]).toEqual([2, null])
    expect(rows.at(-1)).toEqual([3, 19_999n])
  }
})

test('rows are looked up below windows and groups, and in several tables one after the other', () => {
  const l = '(SELECT *, PROCTIME() AS proc FROM t)'
  const named = `SELECT l.ts, p.name, q.name AS other, l.v FROM ${l} AS l JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.j = p.id
    LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS q ON p.text = q.text AND q.id > 3`
  const sql = `SELECT window_start, name, other, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE named, DESCRIPTOR(ts), INTERVAL '1' SECOND))
    GROUP BY window_start, window_end, name, other`
  const rows: Known[] = [
    { id: 1, text: 'x', big: null, name: 'one' },
    { id: 4, text: 'x', big: null, name: 'four' },
    { id: 2, text: 'y', big: null, name: 'two' },
  ]
  const input = [
    made({ j: 1, ts: 10 }),
    made({ j: 2, ts: 20 }),
    made({ j: 3, ts: 30 }),
    made({ j: 1, ts: 40 }),
    made({ j: 2, ts: 1500 }),
  ]
  const query = `WITH named AS (${named}) ${sql}`
  expect(run(query, input, [{ from: 0, rows }], 2)).toEqual([
    [0, 'one', 'four', 2n],
    [0, 'two', null, 1n],
    [1000, 'two', null, 1n],
  ])
  expect(explain(plan(query), catalogOf())).toContain(
    `lookup   ports by text = text and id > 3, or NULL if there is none: id, name`,
  )
})

test('a row whose condition cannot be computed is rejected with the reason, and others are not', () => {
  const { ran, output } = collecting()
  const from = '(SELECT *, PROCTIME() AS proc FROM t) AS l LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p'
  const query = plan(`SELECT v, name FROM ${from} ON l.j = p.id AND CAST(p.text AS INT) = l.v`)
  const graph = openGraph(query, catalogOf(), { session: SESSION, partitions: () => 1, output })
  const known = (id: number, text: string): Known => ({ id, text, big: null, name: text })
  graph.bring('ports', contentOf([known(1, '7'), known(2, 'x'), known(2, '7')]))
  const input = [made({ j: 1, v: 7 }), made({ j: 2, v: 7 }), made({ j: 1, v: 8 })]
  graph.push(0, batchOf(input, graph.scans[0]?.columns ?? [], 0))
  expect(ran.rows).toEqual([
    [7, '7'],
    [8, null],
  ])
  expect(ran.rejects).toMatchObject([{ kind: 'expression', origin: 1 }])
})

const LEFT = '(SELECT *, PROCTIME() AS proc FROM t) AS l'
const OF = 'FOR SYSTEM_TIME AS OF l.proc AS p'

test('rows keep their key where no row finds two', () => {
  const grouped = `SELECT window_end, k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, k`
  const rows = (on: string) =>
    `SELECT window_end, k, name FROM (SELECT *, PROCTIME() AS proc FROM (${grouped})) AS l JOIN ports ${OF} ON ${on}`
  const keyOf = (on: string, unique: boolean) => plan(rows(on), 'batch', catalogOf(unique)).rowKey
  expect(keyOf('CAST(l.n AS INT) = p.id', true)).toEqual([0, 1])
  expect(keyOf('CAST(l.n AS INT) = p.id', false)).toBeUndefined()
  expect(keyOf('l.k = p.text', true)).toBeUndefined()
  expect(keyOf('l.k = p.text AND p.id = 3', true)).toEqual([0, 1])
  expect(() => plan(rows('CAST(l.n AS INT) = p.id'))).toThrow('takes rows of a topic, and these are of groups')
})

test.each([
  [`SELECT * FROM ${LEFT} JOIN ports ${OF} ON l.j = p.id`, 'column proc of the result would be PROCTIME()'],
  ['SELECT k, PROCTIME() FROM t', 'of the result would be PROCTIME()'],
  ['SELECT CAST(PROCTIME() AS STRING) FROM t', 'PROCTIME() has no value'],
  [`SELECT k FROM ${LEFT} WHERE proc > ts`, 'column proc is PROCTIME(), which has no value'],
  [`SELECT MAX(proc) FROM ${LEFT}`, 'column proc is PROCTIME(), which has no value'],
  [
    `SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE (SELECT *, PROCTIME() AS proc FROM t), DESCRIPTOR(proc), INTERVAL '1' SECOND)) GROUP BY window_start, window_end`,
    'column proc is PROCTIME(), which has no value',
  ],
  ['SELECT k FROM t UNION ALL SELECT name FROM ports', 'ports is a lookup table: rows are joined with it by its key'],
  ['SELECT k FROM t JOIN ports AS p ON t.j = p.id', 'ports is a lookup table: rows are joined with it by its key'],
  [`SELECT k FROM ${LEFT} JOIN t ${OF} ON l.j = p.j`, 'reads a lookup table, and t is a topic'],
  [`SELECT k FROM ${LEFT} JOIN port ${OF} ON l.j = p.id`, 'there is no lookup table port'],
  [`SELECT k FROM ${LEFT} RIGHT JOIN ports ${OF} ON l.j = p.id`, 'RIGHT JOIN cannot be with FOR SYSTEM_TIME AS OF'],
  [`SELECT k FROM ${LEFT} JOIN ports ${OF} ON l.j > p.id`, 'ON must say which row of ports is meant'],
  [
    `SELECT k FROM ${LEFT} JOIN ports ${OF} ON l.w = p.id`,
    'a lookup compares values of one type, and id is INT, not BIGINT',
  ],
  ['SELECT k FROM t AS l JOIN ports FOR SYSTEM_TIME AS OF l.ts AS p ON l.j = p.id', 'and ts is event time'],
  [
    'SELECT k FROM t AS l JOIN ports FOR SYSTEM_TIME AS OF PROCTIME() AS p ON l.j = p.id',
    'takes a column of processing time',
  ],
  ['SELECT k FROM t FOR SYSTEM_TIME AS OF ts', 'stands in a join, behind a lookup table'],
])('%s is refused', (sql, message) => {
  expect(() => plan(sql)).toThrow(message)
})
