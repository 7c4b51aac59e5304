/** Rows and keys with arrays, maps and rows in the state of operators. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Batch, columnOf, type Value } from '../record/column.ts'
import { arrayOf, INT, mapOf, rowOf, STRING, type Type } from '../record/type.ts'
import { anyValueOf } from '../record/value.test-tool.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Mode } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { SESSION } from './naive.test-tool.ts'
import { openGraph } from './open-graph.ts'
import { collecting } from './run.test-tool.ts'

const PERSON = rowOf([
  { name: 'id', type: INT },
  { name: 'names', type: arrayOf(STRING) },
])
const FIELDS = [
  { name: 'k', type: INT },
  { name: 'ts', type: { kind: 'TIMESTAMP' } as Type },
  { name: 'tags', type: arrayOf(STRING) },
  { name: 'person', type: PERSON },
  { name: 'counts', type: mapOf(STRING, arrayOf(INT)) },
]
const catalog: Catalog = new Map([['t', { name: 't', fields: FIELDS, rowtime: { field: 1, delay: 1000 } }]])

type Row = readonly Value[]

const anyRow: fc.Arbitrary<Row> = fc.tuple(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 5000 }),
  fc.constantFrom<Value>(null, [], ['a'], ['a', null], ['b']),
  fc.oneof(fc.constantFrom<Value>(null, [1, ['x']], [1, []]), anyValueOf(PERSON)),
  anyValueOf(mapOf(STRING, arrayOf(INT))),
)

function run(sql: string, mode: Mode, rows: readonly Row[], piece: number, restarts: boolean): Value[][] {
  const query = planQuery(sql, catalog, { mode, session: SESSION })
  const { ran, output } = collecting()
  const options = { session: SESSION, partitions: () => 1, output }
  let graph = openGraph(query, catalog, options)
  const columns = graph.scans[0]?.columns ?? []
  for (let from = 0; from < rows.length; from += piece) {
    const batch = batchOf(rows.slice(from, from + piece), columns)
    graph.push(0, batch)
    for (const column of batch.columns) overwrite(column)
    if (restarts) graph = openGraph(query, catalog, { ...options, state: structuredClone(graph.snapshot()) })
  }
  graph.end()
  return ran.rows
}

const batchOf = (rows: readonly Row[], columns: readonly number[]): Batch => ({
  count: rows.length,
  columns: columns.map((column) =>
    columnOf(
      (FIELDS[column] as { type: Type }).type,
      rows.map((row) => row[column] as Value),
    ),
  ),
  partition: 0,
  origin: undefined,
  watermark: undefined,
})

/** The maker of a batch writes over its arrays: what is kept must be a copy. */
function overwrite(value: object): void {
  if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(1)
  else for (const inside of Object.values(value)) if (typeof inside === 'object' && inside !== null) overwrite(inside)
}

const WINDOW = "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND))"

test.each<[Mode, string]>([
  ['batch', 'SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY tags ORDER BY k) AS rn FROM t) WHERE rn <= 2'],
  ['batch', 'SELECT person, counts, k FROM t ORDER BY k, ts LIMIT 7'],
  ['batch', 'SELECT tags, person, COUNT(*) AS n, SUM(k) AS s FROM t GROUP BY tags, person'],
  ['batch', 'SELECT k, COUNT(DISTINCT tags) AS n FROM t GROUP BY k'],
  ['batch', 'SELECT DISTINCT person FROM t'],
  [
    'batch',
    'SELECT k, CASE WHEN k > 1 THEN tags ELSE ARRAY[CAST(k AS STRING)] END AS c, COALESCE(person, ROW(k, tags)) AS p FROM t',
  ],
  [
    'streaming',
    `SELECT window_start, window_end, tags, COUNT(*) AS n FROM ${WINDOW} GROUP BY window_start, window_end, tags`,
  ],
  [
    'streaming',
    `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) AS rn FROM ${WINDOW}) WHERE rn = 1`,
  ],
])('%s: neither batches nor restarts change a row of %s', (mode, sql) => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 20 }), fc.integer({ min: 1, max: 8 }), (rows, piece) => {
      const whole = run(sql, mode, rows, rows.length + 1, false)
      expect(run(sql, mode, rows, piece, false)).toEqual(whole)
      expect(run(sql, mode, rows, piece, true)).toEqual(whole)
    }),
    { numRuns: 100 },
  )
})

test('groups of arrays and rows are those of equal values', () => {
  const rows: Row[] = [
    [1, 0, ['a', null], [1, ['x']], null],
    [2, 0, ['a', null], [1, ['x']], null],
    [3, 0, ['a'], [1, ['x']], null],
    [4, 0, null, null, null],
    [5, 0, null, null, null],
    [6, 0, [], [null, null], null],
  ]
  const sql = 'SELECT tags, person, COUNT(*) AS n FROM t GROUP BY tags, person'
  expect(run(sql, 'batch', rows, 2, false)).toEqual([
    [null, null, 2n],
    [[], [null, null], 1n],
    [['a'], [1, ['x']], 1n],
    [['a', null], [1, ['x']], 2n],
  ])
})
