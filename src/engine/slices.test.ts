/** What closes at once comes in batches of a bounded size. */
import { expect, test } from 'vitest'
import { valueAt } from '../record/column.ts'
import { batchOf, CATALOG, planOf, type Row, SESSION } from './naive.test-tool.ts'
import { openGraph } from './open-graph.ts'

const MINUTES = "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '60' SECOND))"
const HOPS = "TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '1' MINUTE))"
const W = 'window_start, window_end'
const KEYS = 30_000
const MOST_ROWS = 8192

const rowOf = (i: number): Row => ({ k: `key ${i * 7919}`, j: 0, v: i, w: null, d: 0, ts: 0, partition: 0 })

// Promise: A window that closes is put out in slices, so what is made of its rows takes no more memory than a slice does.
test.each([
  `SELECT ${W}, k, COUNT(*) AS n FROM ${MINUTES} GROUP BY ${W}, k`,
  `SELECT ${W}, k, SUM(v) AS n, MIN(k) AS m FROM ${HOPS} GROUP BY ${W}, k`,
  `SELECT ${W}, k, COUNT(DISTINCT v) AS n FROM ${MINUTES} GROUP BY ${W}, k`,
  `SELECT * FROM (SELECT ${W}, k, v, ROW_NUMBER() OVER (PARTITION BY ${W}, k ORDER BY v) AS rn FROM ${MINUTES}) WHERE rn <= 2`,
  `SELECT * FROM (SELECT ${W}, k, v, ROW_NUMBER() OVER (PARTITION BY ${W} ORDER BY v) AS rn FROM ${MINUTES}) WHERE rn <= 20000`,
])('%s', (sql) => {
  for (const partitions of [1, 2]) {
    const sizes: number[] = []
    const graph = openGraph(planOf(sql, 'streaming'), CATALOG, {
      session: SESSION,
      partitions: () => partitions,
      output: { emit: ({ count }) => void sizes.push(count), reject() {} },
    })
    const columns = graph.scans[0]?.columns ?? []
    for (let from = 0; from < KEYS; from += 1000) {
      const rows = Array.from({ length: 1000 }, (_, i) => rowOf(from + i))
      for (let partition = 0; partition < partitions; partition++) graph.push(0, batchOf(rows, columns, partition))
    }
    expect(sizes).toEqual([])
    graph.end()
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(20_000)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MOST_ROWS)
  }
})

test('a Top-N over a window of many groups sees the whole window', () => {
  const sql = `SELECT k, n, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, k) AS rn FROM (SELECT ${W}, k, COUNT(*) AS n FROM ${MINUTES} GROUP BY ${W}, k)) WHERE rn <= 3`
  for (const mode of ['streaming', 'batch'] as const) {
    const ranks: unknown[] = []
    const graph = openGraph(planOf(sql, mode), CATALOG, {
      session: SESSION,
      partitions: () => 1,
      output: {
        emit: ({ count, columns }) => {
          for (let row = 0; row < count; row++) ranks.push(columns.slice(1).map((column) => valueAt(column, row)))
        },
        reject() {},
      },
    })
    const columns = graph.scans[0]?.columns ?? []
    const rows = Array.from({ length: KEYS }, (_, i) => rowOf(i))
    for (const often of [9, 19_999, 19_999]) rows.push(rowOf(often))
    graph.push(0, batchOf(rows, columns, 0))
    graph.end()
    expect(ranks).toEqual([
      [3n, 1n],
      [2n, 2n],
      [1n, 3n],
    ])
  }
})
