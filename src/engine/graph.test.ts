import { expect, test } from 'vitest'
import { batchOf, CATALOG, planOf, SESSION } from './naive.test-tool.ts'
import { openGraph } from './open-graph.ts'
import { collecting, made, runRanges, runSql } from './run.test-tool.ts'

const sample = [
  made({ k: 'b', v: 3, ts: 1000 }),
  made({ k: 'a', v: null, ts: 2000 }),
  made({ k: '7', v: 2, ts: 3000 }),
  made({ k: 'c', v: 1, ts: null }),
]

test('ORDER BY, OFFSET and LIMIT give the same rows whole and in ranges; NULL sorts first', () => {
  const sql = 'SELECT v, k FROM t ORDER BY v LIMIT 2 OFFSET 1'
  const expected = [
    [1, 'c'],
    [2, '7'],
  ]
  expect(runSql(sql, sample, { mode: 'batch', piece: 1, restart: true }).rows).toEqual(expected)
  for (const range of [1, 2, 10]) expect(runRanges(sql, sample, range).rows).toEqual(expected)
})

test('LIMIT alone takes the first rows as they come', () => {
  for (const piece of [1, 3]) {
    expect(runSql('SELECT k FROM t LIMIT 2', sample, { mode: 'batch', piece }).rows).toEqual([['b'], ['a']])
    expect(runRanges('SELECT k FROM t LIMIT 2', sample, piece).rows).toEqual([['b'], ['a']])
  }
})

test('a sort with a limit over many rows keeps few of them', () => {
  const many = Array.from({ length: 30_000 }, (_, i) => made({ v: (i * 7919) % 30_011 }))
  const query = planOf('SELECT v FROM t ORDER BY v LIMIT 3', 'batch')
  const { ran, output } = collecting()
  const graph = openGraph(query, CATALOG, { session: SESSION, partitions: () => 1, output })
  for (let from = 0; from < many.length; from += 1000)
    graph.push(0, batchOf(many.slice(from, from + 1000), graph.scans[0]?.columns ?? [], 0))
  expect(JSON.stringify(graph.snapshot()).length).toBeLessThan(400_000)
  graph.end()
  expect(ran.rows).toEqual([[0], [1], [2]])
})

test('VALUES, UNION ALL and a table that WITH names twice', () => {
  const sql = "WITH s AS (SELECT k FROM t WHERE v = 3) SELECT k FROM s UNION ALL SELECT k FROM s UNION ALL VALUES ('x')"
  for (const { rows } of [runSql(sql, sample, { mode: 'batch' }), runRanges(sql, sample, 2)]) {
    expect(rows.flat().sort()).toEqual(['b', 'b', 'x'])
  }
})

test('groups without a window, and one group of no rows', () => {
  const grouped = 'SELECT k, COUNT(*) FROM t GROUP BY k'
  expect(runSql(grouped, sample, { mode: 'batch', piece: 1 }).rows).toEqual([
    ['7', 1n],
    ['a', 1n],
    ['b', 1n],
    ['c', 1n],
  ])
  const none = 'SELECT COUNT(*), SUM(v), COUNT(DISTINCT k) FROM t WHERE v > 100'
  expect(runSql(none, sample, { mode: 'batch' }).rows).toEqual([[0n, null, 0n]])
  expect(runRanges(none, sample, 1).rows).toEqual([[0n, null, 0n]])
  expect(runRanges(none, [], 1).rows).toEqual([[0n, null, 0n]])
})

// Promise failed-expression: A row whose expression fails is a dead letter, and only that row is missing.
test('a row whose expression fails is rejected with its record, and only that row is missing', () => {
  const { rows, rejects } = runSql('SELECT CAST(k AS INT) FROM t WHERE v IS NOT NULL', sample, { mode: 'batch' })
  expect(rows).toEqual([[7]])
  expect(rejects.map(({ kind, origin }) => [kind, origin])).toEqual([
    ['expression', 0],
    ['expression', 3],
  ])
  expect(rejects[0]).toMatchObject({ reason: expect.stringMatching(/b/) })
})

test('a failure behind an aggregate has no record', () => {
  const sql = 'SELECT CAST(k AS INT), n FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k)'
  const { rows, rejects } = runSql(sql, sample, { mode: 'batch' })
  expect(rows).toEqual([[7, 1n]])
  expect(rejects.map(({ origin }) => origin)).toEqual([-1, -1, -1])
})

test('a row without event time is in no window', () => {
  const sql =
    "SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end"
  const { rows, rejects } = runSql(sql, sample, { mode: 'streaming' })
  expect(rows).toEqual([[10_000, 3n]])
  expect(rejects).toEqual([
    {
      scan: 0,
      partition: 0,
      origin: 3,
      kind: 'expression',
      reason: 'the event time is NULL, so the row is in no window',
    },
  ])
})

test('windows of windows: the outer one closes with the inner one, at any batch size', () => {
  const inner =
    "SELECT window_time AS wt, k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, window_time, k"
  const sql = `WITH i AS (${inner}) SELECT window_end, MAX(n), SUM(n) FROM TABLE(TUMBLE(TABLE i, DESCRIPTOR(wt), INTERVAL '4' SECOND)) GROUP BY window_start, window_end`
  const input = Array.from({ length: 40 }, (_, i) => made({ k: 'ab'[i % 2] ?? '', ts: i * 300, partition: 0 }))
  const whole = runSql(sql, input, { mode: 'batch' }).rows
  expect(whole.map(([end]) => end)).toEqual([4000, 8000, 12_000])
  expect(runSql(sql, input, { mode: 'streaming', piece: 3, restart: true }).rows).toEqual(whole)
  expect(runRanges(sql, input, 7).rows).toEqual(whole)
})

test('a window table function alone drops nothing, not even late rows', () => {
  const sql = "SELECT v, window_start FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND))"
  const input = [made({ v: 1, ts: 9000 }), made({ v: 2, ts: 10 })]
  expect(runSql(sql, input, { mode: 'streaming' })).toEqual({
    rows: [
      [1, 9000],
      [2, 0],
    ],
    rejects: [],
    deleted: [false, false],
  })
})

test.each([1, 2])('keys of closed windows are removed, and those of open ones stay: %i partitions', (partitions) => {
  const sql =
    "SELECT window_end, k, COUNT(DISTINCT v) FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '2' SECOND)) GROUP BY window_start, window_end, k"
  const query = planOf(sql, 'streaming')
  const { ran, output } = collecting()
  const graph = openGraph(query, CATALOG, { session: SESSION, partitions: () => partitions, output })
  const bytes = () => {
    let sum = 0
    JSON.stringify(graph.snapshot(), (_, value) => {
      if (!ArrayBuffer.isView(value)) return value
      sum += value.byteLength
      return undefined
    })
    return sum
  }
  const seconds = 50
  const keys = 1000
  for (let second = 0; second < seconds; second++) {
    const input = Array.from({ length: keys }, (_, i) => made({ k: `/${second}/${i}`, v: i % 7, ts: second * 1000 }))
    for (let partition = 0; partition < partitions; partition++) {
      graph.push(0, batchOf(input, graph.scans[0]?.columns ?? [], partition))
    }
    expect(bytes()).toBeLessThan(2_500_000)
  }
  graph.end()
  const expected = Array.from({ length: seconds + 1 }, (_, window) =>
    [window - 1, window]
      .filter((second) => second >= 0 && second < seconds)
      .flatMap((second) => Array.from({ length: keys }, (_, i) => `/${second}/${i}`))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((key) => `${(window + 1) * 1000} ${key} 1`),
  ).flat()
  expect(ran.rows.map(([end, key, count]) => `${end} ${key} ${count}`)).toEqual(expected)
})
